"""Many events for one link at once, from both directions: one holder at a time, and as few passes as for a handful."""

from __future__ import annotations

from typing import TYPE_CHECKING

from integration.cases.link import CASE, INCIDENT
from tests.proofs.kit.choices import Choices
from tests.proofs.kit.edits import edit_of, play
from tests.proofs.kit.part import Depth, Figures, Part
from tests.proofs.kit.stage import Odds, Stage

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

CALM = Odds(crash=0, fail=0, lost_answer=0, lost_event=0, early_event=0)
AT_ONCE = 10
"""Two functions with a concurrency of five each."""
RUNS_AT_MOST = 2 * AT_ONCE
"""Whatever the number of events: each of those who work at once may have one run, and a few follow for marks."""
SEEDS = 5
BEFORE = ("case title: new from AWS", "incident description: new from ServiceNow")
MEANWHILE = ("case comment: hello", "incident work note: hello too")
"""While the holder of the claim is about to let go: then the mark alone brings it back."""


def contend(seed: int, events: int) -> Figures:
    """Everybody is woken at the same moment, and people go on; who works next at each call is the seed's choice."""
    stage = Stage(Choices([]), CALM)
    stage.settle()
    stage.choices = Choices(seed)
    stage.count.clear()
    stage.calm, stage.at_once = True, AT_ONCE
    edit(stage, BEFORE)
    for number in range(events):
        stage.send((CASE, INCIDENT)[number % 2])
    for does in MEANWHILE:
        while not letting_go(stage) and stage.step():
            pass
        edit(stage, [does])
        stage.send(edit_of(does).side)
        overtake(stage)
    stage.settle()
    found = Figures(problems=stage.finish(), numbers=stage.count)
    if stage.count["runs"] > RUNS_AT_MOST:
        found.problems.append(f"{stage.count['runs']} runs for {events} events")
    found.problems = [f"{events} events, seed {seed}: {problem}" for problem in found.problems]
    found.notes = stage.story
    return found


def letting_go(stage: Stage) -> bool:
    return any(worker.call == ("table", "release") for worker in stage.workers)


def overtake(stage: Stage) -> None:
    """The newest message is dealt with before anybody else takes another step."""
    stage.start(stage.queue[-1])
    newest = stage.workers[-1]
    while newest in stage.workers:
        stage.go_on(newest)


def edit(stage: Stage, texts: Sequence[str]) -> None:
    for does in map(edit_of, texts):
        stage.oracle.look()
        play(does, stage.running, stage.key(CASE) or "", stage.key(INCIDENT) or "")
        stage.oracle.person(does)


def fewest(seed: int, events: int) -> list[str]:
    """The story of the fewest events, up to these, that end badly."""
    return next((found.notes for n in range(1, events + 1) if (found := contend(seed, n)).problems), [])


def run(depth: Depth, advance: Callable[[int], None]) -> Figures:
    total = Figures()
    for seed in range(1, SEEDS + 1):
        for events in (10, depth.events):
            found = contend(seed, events)
            total.problems += [*found.problems, *(fewest(seed, events) if found.problems else ())]
            total.numbers["violations"] += bool(found.problems)
            total.numbers["contention_events"] += events
            most = f"most_runs_for_{'10' if events == 10 else 'all'}_events"
            total.numbers[most] = max(total.numbers[most], found.numbers["runs"])
            advance(1)
    return total


PART = Part("contention", "many events for one link at once", lambda _: 2 * SEEDS, run)
