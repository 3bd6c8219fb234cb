"""Workspaces: every call of every story fails in every way, and histories are invented at random.

Stories and histories are those of `tests/unit/workspaces`; here they are played at full depth.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from tests.fakes.workspaces import AFTER, BEFORE, FAULTS, Killed
from tests.proofs.kit.choices import Choices, shortest
from tests.proofs.kit.part import Figures, Part, spread
from tests.unit.workspaces.histories import History, fails
from tests.unit.workspaces.test_deaths import STORIES, played

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.proofs.kit.part import Depth

FIRST, AT_ONCE, SHARE = 1_000_000, 50, 8
"""Seeds of no test of `make test`; an eighth of what cases have, each being several times longer."""


def _deaths(story: int, share: int) -> Figures:
    found, calls = Figures(), played(STORIES[story]).calls
    for number in range(1, len(calls) + 1, share):
        for fault in FAULTS:
            kind = "workspace_deaths" if fault in {BEFORE, AFTER} else "workspace_faults"
            found.numbers[kind] += 1
            try:
                played(STORIES[story], (number, fault))
                found.numbers[f"{kind}_survived"] += 1
            except (Exception, Killed) as error:  # noqa: BLE001 - whatever it is, it is a finding
                name = STORIES[story].__name__
                found.problems.append(f"{name}: {fault} at call {number} ({calls[number - 1]}): {error}")
    return found


def _histories(first: int, count: int) -> Figures:
    found = Figures(Counter(workspace_histories=count))
    for seed in range(first, first + count):
        history = History(Choices(seed))
        try:
            history.play()
        except AssertionError as error:
            short = History(Choices(shortest(history.choices.played, fails, 300)))
            found.problems.append(f"history {seed}: {error}: {'; '.join(short.told)}")
        found.numbers["workspaces"] += len(history.system.rows())
        found.numbers["files_archived"] += sum("/files/" in key for key in history.system.buckets.archive)
    return found


def _run_deaths(depth: Depth, tell: Callable[[int], None]) -> Figures:
    found = Figures()
    for each in spread(_deaths, [(number, depth.share) for number in range(len(STORIES))], depth.jobs):
        found.add(each)
        tell(1)
    return found


def _run_histories(depth: Depth, tell: Callable[[int], None]) -> Figures:
    found = Figures()
    starts = range(FIRST + depth.first_seed, FIRST + depth.first_seed + depth.histories // SHARE, AT_ONCE)
    for each in spread(_histories, [(start, AT_ONCE) for start in starts], depth.jobs):
        found.add(each)
        tell(AT_ONCE)
    return found


DEATHS = Part("workspace deaths", "Workspaces: a death or a fault at every call", lambda _: len(STORIES), _run_deaths)
HISTORIES = Part(
    "workspace histories", "Workspaces: invented histories", lambda depth: depth.histories // SHARE, _run_histories
)
