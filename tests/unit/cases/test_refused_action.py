"""One action on a linked pair is refused: by a rule it is told at once, by chance it is first done again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from integration.cases.blocking import RETRY_BLOCKED_S, RETRY_CHANCE_S
from integration.clients.errors import Refused
from integration.reconcile.chance import TRIES

if TYPE_CHECKING:
    from tests.fakes.running import Running

REFUSALS = [  # by chance, refused so often -> calls, times told, arrives after so many seconds
    (False, 1, 1, 1, RETRY_BLOCKED_S),
    (True, 1, 2, 0, 0),
    (True, TRIES - 1, TRIES, 0, 0),
    (True, TRIES, TRIES, 1, RETRY_CHANCE_S),
]


def refuse(running: Running, times: int, *, by_chance: bool) -> list[str]:
    """`CreateCaseComment` is refused so often; the list tells of each call."""
    called: list[str] = []

    def hook(moment: str, _: str, call: str) -> None:
        if (moment, call) == ("before", "CreateCaseComment"):
            called.append(call)
            if len(called) <= times:
                raise Refused("security_ir", "not so", by_chance=by_chance)

    running.world.hook = hook
    return called


@pytest.mark.parametrize(("by_chance", "times", "calls", "told", "after_s"), REFUSALS)
def test_what_chance_refuses_is_told_only_where_it_stays(
    running: Running, pair: tuple[str, str], by_chance: bool, times: int, calls: int, told: int, after_s: float
) -> None:
    case_id, sys_id = pair
    called = refuse(running, times, by_chance=by_chance)
    running.incidents.edit(sys_id, work_notes="welcome")
    report = running.incident(sys_id)
    assert report is not None
    assert (len(called), sum(done.endswith("blocked") for done in report.done)) == (calls, told)
    running.world.now += after_s
    running.incident(sys_id, sweep=True)
    assert sum("welcome" in text for text in running.comments(case_id)) == 1
    assert sum("not so" in text for text in running.journal(sys_id)) == told
