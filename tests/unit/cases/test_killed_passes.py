"""Passes that are killed again and again: what they had to carry is put aside, and the link goes on."""

from __future__ import annotations

import pytest

from integration.cases.aside import KILLED_MOST
from integration.cases.link import CASE
from tests.fakes.running import CLAIM_S, Running
from tests.fakes.world import Killed

POISON = "kills whoever carries it"


def kill_at(running: Running, system: str, call: str) -> None:
    def hook(moment: str, where: str, called: str) -> None:
        if (moment, where, called) == ("before", system, call):
            raise Killed

    running.world.hook = hook


def killed_passes(running: Running, case_id: str, times: int) -> None:
    kill_at(running, "servicenow", "update")
    for _ in range(times):
        with pytest.raises(Killed):
            running.run(running.wake(CASE, case_id))
        running.world.now += CLAIM_S + 40
    running.world.hook = lambda *_: None


def test_what_killed_five_passes_is_put_aside_told_and_the_rest_goes_on(
    running: Running, pair: tuple[str, str]
) -> None:
    """Even where every write of the poison kills: a note to the case and the row are all that is made of it."""
    case_id, sys_id = pair
    running.cases.add_comment(case_id, POISON)
    killed_passes(running, case_id, KILLED_MOST)
    running.cases.records[case_id]["values"]["title"] = "Edited meanwhile"
    report = running.case(case_id)
    assert report is not None
    assert report.outcome == "in step"
    assert not any(POISON in text for text in running.journal(sys_id))
    assert sum("put aside" in body for body in running.comments(case_id)) == 1
    assert running.incidents.records[sys_id]["columns"]["short_description"] == "Edited meanwhile"
    running.cases.add_comment(case_id, "and on it goes")
    running.case(case_id)
    running.sweep()
    assert any("and on it goes" in text for text in running.journal(sys_id))
    assert not any(POISON in text for text in running.journal(sys_id))


def test_fewer_deaths_lose_nothing(running: Running, pair: tuple[str, str]) -> None:
    case_id, sys_id = pair
    running.cases.add_comment(case_id, POISON)
    killed_passes(running, case_id, KILLED_MOST - 1)
    running.case(case_id)
    assert sum(POISON in text for text in running.journal(sys_id)) == 1


def test_deaths_count_only_one_after_the_other(running: Running, pair: tuple[str, str]) -> None:
    """A pass that ends well in between shows that they had causes of their own."""
    case_id, sys_id = pair
    for number in range(KILLED_MOST + 1):
        running.cases.add_comment(case_id, f"{POISON} {number}")
        killed_passes(running, case_id, 1)
        running.case(case_id)
    assert sum(POISON in text for text in running.journal(sys_id)) == KILLED_MOST + 1
