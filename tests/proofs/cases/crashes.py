"""Die, or lose an answer, at every external call of every scenario; recover as a queue would; compare with the calm.

A scenario is played undisturbed and its calls are counted. It is played again for each call and each way that call can
go wrong. Afterwards the messages that were not acknowledged come back, sweeps run, and the picture of both systems must
be the same, ids and times apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from integration.cases.link import CASE
from integration.clients.errors import Unavailable
from tests.fakes.running import Running
from tests.fakes.world import WRITES, Killed
from tests.proofs.cases.scenarios import (
    CREATION_REFUSED,
    SCENARIOS,
    SYS_ID_IGNORED,
    TABLE_LOST,
    TITLE_REFUSED,
    Scenario,
)
from tests.proofs.kit.edits import play
from tests.proofs.kit.part import Depth, Figures, Part, spread
from tests.proofs.kit.picture import differences, picture

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

DIES = "death"
NOT_NOW, NO_EFFECT, EFFECT = "refused for now", "answer lost, no effect", "answer lost, effect"
LATE = {"answer lost, effect after 2 s": 2.0, "answer lost, effect after 59 s": 59.0}
LATE_CALLS = frozenset({"create", "update", "upload"})
SYSTEMS = {"aws": "security_ir", "servicenow": "servicenow", "table": "aws"}
AFTER = frozenset({"death after", "death after, then the other event", EFFECT})


@dataclass(frozen=True, slots=True)
class Point:
    """One fault at one call; `call` is its number within the disturbed part."""

    call: int
    name: str
    fault: str

    def __str__(self) -> str:
        return f"{self.fault} at call {self.call} ({self.name})"


def faults_at(name: str) -> Iterator[str]:
    """Every way the call can go wrong. `system.call`."""
    system, _, call = name.partition(".")
    yield "death before"
    yield "death after"
    yield "death after, then the other event"
    yield NOT_NOW
    if call in WRITES:
        yield NO_EFFECT
    if call in WRITES or system == "table":
        yield EFFECT
    if system == "servicenow" and call in LATE_CALLS:
        yield from LATE


class Played:
    """One playing of a scenario. `names` lists the calls of its disturbed part."""

    def __init__(self, scenario: Scenario, module: str, point: Point | None = None) -> None:
        self.scenario, self.point, self.names, self.done = scenario, point, list[str](), False
        self.running = Running(module, scenario.mapping)
        self.running.incidents.honours_sys_id = scenario.given != SYS_ID_IGNORED
        self.case_id, self.sys_id = self._born()
        for edit in scenario.first_edits:
            play(edit, self.running, self.case_id, self.sys_id)
            self._arrive(edit.side)
        self._disturbed()
        for _ in range(3):
            self.running.sweep()

    def _born(self) -> tuple[str, str]:
        running = self.running
        case_id = running.cases.make("Root key used") if self.scenario.born == CASE else ""
        sys_id = "" if case_id else running.incidents.make("Odd logins", description="from two countries")
        if not self.scenario.linked:
            return case_id, sys_id
        running.deliver(running.wake(self.scenario.born, case_id or sys_id))
        return running.linked()

    def _disturbed(self) -> None:
        self.running.world.now += 60
        _GIVEN.get(self.scenario.given, lambda _: None)(self.running)
        for edit in self.scenario.edits:
            play(edit, self.running, self.case_id, self.sys_id)
        self.running.world.hook = self._hook
        sides = [] if self.scenario.linked else [self.scenario.born]
        for side in dict.fromkeys([*sides, *(edit.side for edit in self.scenario.edits)]):
            self._arrive(side)
        self.running.world.hook = lambda *_: None

    def _arrive(self, side: str) -> None:
        """The event of one side, until it is acknowledged; where a death says so, the other side's comes in between."""
        key = self.case_id if side == CASE else self.sys_id
        if not key:
            return
        wake = self.running.wake(side, key)
        try:
            self.running.run(wake)
        except Killed:
            if self.point and self.point.fault.endswith("the other event"):
                self._other_event(side)
            self.running.world.now += 240
            self.running.deliver(wake)
        except Exception:  # noqa: BLE001 - `deliver` decides what becomes of it
            self.running.deliver(wake)

    def _other_event(self, side: str) -> None:
        """It meets the dead pass's claim, leaves a mark and is done with."""
        self.running.world.now += 1
        other = self.sys_id if side == CASE else self.case_id
        if other:
            self.running.deliver(self.running.wake("incident" if side == CASE else CASE, other))

    def _hook(self, moment: str, system: str, call: str) -> None:
        if moment == "before":
            self.names.append(f"{system}.{call}")
        point = self.point
        if point is None or self.done or len(self.names) - 1 != point.call:
            return
        if (moment == "after") == (point.fault in AFTER):
            self.done = True
            self._go_wrong(point.fault, SYSTEMS[system])

    def _go_wrong(self, fault: str, system: str) -> None:
        if fault.startswith(DIES):
            raise Killed
        if fault in LATE:
            self.running.incidents.losing.append(LATE[fault])
        else:
            raise Unavailable(system, fault, outcome_unknown=fault != NOT_NOW)

    def writes_again(self) -> bool:
        before = self.running.world.writes
        self.running.sweep()
        return self.running.world.writes != before


def _refuse_title(running: Running) -> None:
    running.incidents.refuse = lambda _, values: "no" if "curse" in values.get("short_description", "") else None


def _refuse_creation(running: Running) -> None:
    running.incidents.refuse = lambda what, _: "a mandatory field is empty" if what == "create" else None
    running.cases.refuse = lambda call: "ValidationException" if call == "CreateCase" else None


_GIVEN: dict[str, Callable[[Running], None]] = {
    TABLE_LOST: lambda running: running.links.lose(),
    TITLE_REFUSED: _refuse_title,
    CREATION_REFUSED: _refuse_creation,
}


# ------------------------------------------------------------------------------------------------ all of them
def points_of(calm: Played) -> list[Point]:
    return [Point(number, name, fault) for number, name in enumerate(calm.names) for fault in faults_at(name)]


def wrong_at(scenario: Scenario, module: str, point: Point, calm: Played) -> str:
    """What differs from the calm, in words; empty: nothing."""
    try:
        played = Played(scenario, module, point)
        what = differences(picture(calm.running), picture(played.running))
        return what or ("a further pass still writes" if played.writes_again() else "")
    except Exception as error:  # noqa: BLE001 - whatever the pass raises is a finding
        return f"{type(error).__name__}: {error}"


def sweep(number: int, module: str, share: int) -> Figures:
    """Every `share`-th point of one scenario."""
    scenario, found = SCENARIOS[number], Figures()
    calm = Played(scenario, module)
    if calm.running.dead or calm.writes_again():
        found.problems.append(f"{scenario.name} [{module}]: undisturbed, it does not come to rest")
    for point in points_of(calm)[number % share :: share]:
        wrong = wrong_at(scenario, module, point, calm)
        kind = "crash_points" if point.fault.startswith(DIES) else "faults"
        found.numbers[kind] += 1
        found.numbers[f"{kind}_survived"] += not wrong
        if wrong:
            found.problems.append(f"{scenario.name} [{module}], {point}: {wrong}")
    found.numbers["scenarios"] += 1
    return found


def plays(depth: Depth) -> list[tuple[int, str, int]]:
    return [(n, module, depth.share) for n, scenario in enumerate(SCENARIOS) for module in scenario.modules]


def run(depth: Depth, advance: Callable[[int], None]) -> Figures:
    total = Figures()
    for found in spread(sweep, plays(depth), depth.jobs):
        total.add(found)
        advance(1)
    return total


PART = Part("crashes", "a death and a lost answer at every call", lambda depth: len(plays(depth)), run)
