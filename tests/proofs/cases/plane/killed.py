"""Processes of the running system killed at their calls, before and after the effect.

Each scenario is played undisturbed on a pair of its own and its calls are counted. Then it is played again for every
point of the sample, all pairs at once: at the n-th call of its kind the function's process gets SIGKILL while the call
is held, and the call takes effect or not. What follows is ordinary: the queue hands the message out again, for every
second pair at once, when the dead claim still stands; claims expire; the poller looks once a minute. In the end both
systems must show what they show undisturbed, and a sweep must change nothing.
"""

from __future__ import annotations

import uuid
from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Any

from integration.aws_plane.faults import Effect, Fault
from integration.emulators.security_ir.records import SYSTEM
from integration.operations.waiting import NotYet
from tests.e2e.shift import Pair
from tests.proofs.kit.part import Figures
from tests.proofs.kit.picture import differences
from tests.proofs.kit.plane.stage import staged

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tests.proofs.kit.plane.stage import Stage
    from tests.proofs.kit.plane.traffic import Met

POINTS = {"full": 60, "quick": 8}
SEED = 4
PATIENCE_S = 420
NOBODY = Pair("", "")


@dataclass(frozen=True)
class Scenario:
    """`born` is the side a pair begins on; with `linked` it is in step before `does` is disturbed."""

    name: str
    does: Callable[[Stage, Pair, str], Pair]
    linked: bool = True


def _case_made(stage: Stage, _: Pair, mark: str) -> Pair:
    case_id = stage.new_case(f"Root key used {mark}", "Seen twice.", watchers=[{"email": "soc@example.net"}])
    stage.respond(case_id, "comment", body=f"First words {mark}.")
    return Pair(case_id, "")


def _incident_made(stage: Stage, _: Pair, mark: str) -> Pair:
    columns = {"description": "From two countries.", "state": stage.states["new"], "work_notes": f"First words {mark}."}
    return Pair("", stage.act("insert", short_description=f"Odd logins {mark}", **columns)["sys_id"])


def _case_written(stage: Stage, pair: Pair, mark: str) -> Pair:
    stage.respond(pair.case_id, "comment", body=f"Seen in CloudTrail {mark}.")
    stage.respond(pair.case_id, "fields", title=f"Root key used again {mark}", description="Seen thrice.")
    return pair


def _incident_written(stage: Stage, pair: Pair, mark: str) -> Pair:
    stage.edit(
        pair.sys_id, work_notes=f"Key disabled {mark}.", description="Cause found.", state=stage.states["working"]
    )
    return pair


def _case_file(stage: Stage, pair: Pair, mark: str) -> Pair:
    stage.attach_to_case(pair.case_id, f"trail-{mark}.txt", b"the whole trail")
    return pair


def _incident_file(stage: Stage, pair: Pair, mark: str) -> Pair:
    stage.attach_to_incident(pair.sys_id, f"log-{mark}.txt", b"the whole log")
    return pair


def _both(stage: Stage, pair: Pair, mark: str) -> Pair:
    stage.respond(pair.case_id, "fields", description=f"From AWS {mark}.")
    stage.edit(pair.sys_id, description=f"From ServiceNow {mark}.", comments=f"To all {mark}.")
    return pair


def _case_closed(stage: Stage, pair: Pair, mark: str) -> Pair:
    stage.respond(pair.case_id, "comment", body=f"Last words {mark}.")
    stage.respond(pair.case_id, "close", closureCode="False Positive")
    return pair


def _incident_closed(stage: Stage, pair: Pair, mark: str) -> Pair:
    stage.close_incident(pair, work_notes=f"Last words {mark}.")
    return pair


SCENARIOS = (
    Scenario("a case becomes an incident", _case_made, linked=False),
    Scenario("an incident becomes a case", _incident_made, linked=False),
    Scenario("comment and fields go to the incident", _case_written),
    Scenario("note, field and state go to the case", _incident_written),
    Scenario("a file goes to the incident", _case_file),
    Scenario("a file goes to the case", _incident_file),
    Scenario("both change one field", _both),
    Scenario("the case is closed", _case_closed),
    Scenario("the incident is closed", _incident_closed),
)


@dataclass(frozen=True)
class Point:
    scenario: Scenario
    function: str
    call: str
    number: int
    effect: Effect

    def __str__(self) -> str:
        when = "before" if self.effect is Effect.KILL_BEFORE else "after"
        return f"{self.scenario.name}: {self.function} killed {when} {self.call} ({self.number + 1}.)"


@dataclass
class Playing:
    """One pair on its way. `seen` counts its calls since it was armed; `died`: the process was killed at the point."""

    scenario: Scenario
    point: Point | None
    mark: str = field(default_factory=lambda: uuid.uuid4().hex[:8])
    pair: Pair = NOBODY
    seen: Counter[tuple[str, str]] = field(default_factory=Counter)
    died: bool = False

    def meets(self, met: Met) -> Fault | None:
        kind = (met.function, met.name)
        self.seen[kind] += 1
        point = self.point
        if point is None or self.died or kind != (point.function, point.call) or self.seen[kind] != point.number + 1:
            return None
        self.died = True
        return Fault("*", point.effect)


def points_of(calm: Iterable[Playing]) -> list[Point]:
    return [
        Point(playing.scenario, function, call, number, effect)
        for playing in calm
        for (function, call), count in sorted(playing.seen.items())
        for number in range(count)
        for effect in (Effect.KILL_BEFORE, Effect.KILL_AFTER)
    ]


def play(stage: Stage, playings: list[Playing]) -> None:
    """All of them at once, until nothing moves and what died lies where it fell."""
    for playing in playings:
        if playing.scenario.linked:
            case_id = stage.new_case(f"Root key used {playing.mark}", "Seen twice.")
            playing.pair = Pair(case_id, "")
    stage.until(lambda: _joined(stage, playings), seconds=PATIENCE_S)
    stage.quiet(PATIENCE_S)
    armed: dict[str, Playing] = {}
    stage.traffic.rules[:] = [lambda met: armed[met.about].meets(met) if met.about in armed else None]
    with stage.held_back():
        for playing in playings:
            playing.pair = playing.scenario.does(stage, playing.pair, playing.mark)
            armed |= {key: playing for key in playing.pair if key}
    stage.quiet(PATIENCE_S)


def _joined(stage: Stage, playings: list[Playing]) -> bool:
    look = stage.look()
    for playing in playings:
        if playing.scenario.linked:
            playing.pair = Pair(playing.pair.case_id, look.pair(playing.pair.case_id))
    return all(playing.pair.sys_id for playing in playings if playing.scenario.linked)


def recover(stage: Stage, playings: list[Playing], wanted: dict[str, dict[str, Any]]) -> None:
    """Ordinary redelivery: every second message at once, the others when their time ends; until all is as it should."""
    for poller in stage.pollers:
        poller.redeliver(every=2)

    def as_calm() -> bool:
        look = stage.look()
        same = all(look.picture(p.mark) == wanted[p.scenario.name] for p in playings)
        return same and stage.empty_queues() and not stage.claims()

    try:
        stage.until(as_calm, seconds=PATIENCE_S)
    except NotYet:
        return  # what differs is told by whoever compares
    finally:
        stage.traffic.rules.clear()


def wrong(stage: Stage, playings: list[Playing], wanted: dict[str, dict[str, Any]]) -> dict[str, str]:
    """What differs from the calm, by mark; after a sweep of everything, which must change nothing."""
    before = _versions(stage, playings)
    for case_id in stage.linked():
        stage.look_at_case(case_id, sweep=True)
    stage.quiet(PATIENCE_S)
    after, look, found = _versions(stage, playings), stage.look(), {}
    for playing in playings:
        what = differences(wanted[playing.scenario.name], look.picture(playing.mark))
        what = what or ("" if before[playing.mark] == after[playing.mark] else "a sweep still wrote")
        found[playing.mark] = what
    return found


def _versions(stage: Stage, playings: list[Playing]) -> dict[str, list[Any]]:
    """What was written by anybody but AWS, whose scan of a file may end meanwhile."""
    look = stage.look()
    return {
        p.mark: [row["sys_mod_count"] for row in look.incidents.values() if p.mark in row["short_description"]]
        + [
            [edit for edit in case["edits"] if edit["principal"] != SYSTEM]
            for case in look.cases.values()
            if p.mark in case["title"]
        ]
        for p in playings
    }


def killed(stage: Stage, most: int, show: Callable[[str], None]) -> Figures:
    show(f"{stage.module}: {len(SCENARIOS)} scenarios undisturbed")
    calm = [Playing(scenario, None) for scenario in SCENARIOS]
    play(stage, calm)
    stage.traffic.rules.clear()
    look = stage.look()
    wanted = {playing.scenario.name: look.picture(playing.mark) for playing in calm}
    points = points_of(calm)
    chosen = Random(SEED).sample(points, min(most, len(points)))
    show(f"{stage.module}: {len(chosen)} of {len(points)} points, all at once")
    playings = [Playing(point.scenario, point) for point in chosen]
    play(stage, playings)
    show(f"{stage.module}: {sum(p.died for p in playings)} processes killed, waiting for redelivery")
    recover(stage, playings, wanted)
    return figures(stage, playings, wrong(stage, playings, wanted))


def figures(stage: Stage, playings: list[Playing], found: dict[str, str]) -> Figures:
    total = Figures()
    died = [playing for playing in playings if playing.died]
    survived = sum(not found[playing.mark] for playing in died)
    total.numbers += Counter(crash_points=len(died), crash_points_survived=survived, plane_kills=len(died))
    total.problems += [f"[{stage.module}] {p.point}: {found[p.mark]}" for p in playings if found[p.mark]]
    if dead := stage.dead():
        total.problems.append(f"[{stage.module}] dead letters: {dead}")
    if not died:
        total.problems.append(f"[{stage.module}] nobody died")
    total.notes.append(
        f"[{stage.module}] seed {SEED}: {len(died)} of {len(playings)} points were met again; what runs at once is the"
        " queue's choice, and the others are not counted"
    )
    return total


def run(quick: bool, show: Callable[[str], None]) -> Figures:
    """Quick: the module `itsm` alone."""
    total = Figures()
    for module in ("itsm",) if quick else ("itsm", "ir"):
        with staged(module) as stage, stage.one_by_one():
            total.add(killed(stage, POINTS["quick"] if quick else POINTS["full"] // 2, show))
    return total
