"""The same stage as a Hypothesis state machine: it invents the steps, and shortens what fails to the fewest."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, ClassVar

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from integration.cases.link import CASE, INCIDENT
from integration.clients.errors import Unavailable
from tests.fakes.world import Killed
from tests.proofs.choices import TOP, Tape
from tests.proofs.part import Depth, Figures, Part
from tests.proofs.stage import SYSTEMS, Odds, Stage

if TYPE_CHECKING:
    from collections.abc import Callable

NOTHING_BY_CHANCE = Odds(crash=0, fail=0, lost_answer=0, lost_event=0, early_event=0)
STEPS = 30
which = st.integers(0, 7)


class Pair(RuleBasedStateMachine):
    """Each rule is one thing that happens; everything that is not a rule is calm."""

    played: ClassVar[Counter[str]] = Counter()

    @initialize(opening=st.lists(st.integers(0, TOP - 1), min_size=12, max_size=12))
    def begin(self, opening: list[int]) -> None:
        """Module, policies, clock, and on which side it begins."""
        self.stage = Stage(Tape(opening), NOTHING_BY_CHANCE)
        self.stage.tape = Tape([])
        Pair.played["histories"] += 1

    @rule(choices=st.lists(st.integers(0, TOP - 1), min_size=1, max_size=5))
    def somebody_edits(self, choices: list[int]) -> None:
        """The first number is the side, the next the kind, the others its value."""
        self.stage.tape = Tape(choices)
        self.stage.edit()
        self.stage.tape = Tape([])

    @rule()
    def the_road_to_the_journal_changes(self) -> None:
        self.stage.change_access()

    @precondition(lambda self: self.stage.queue)
    @rule(number=which)
    def a_message_arrives(self, number: int) -> None:
        """Any of those in the queue, so in any order."""
        busy = {worker.message.number for worker in self.stage.workers}
        free = [m for m in self.stage.queue if m.number not in busy]
        if free and len(self.stage.workers) < 4:
            message = free[number % len(free)]
            self.stage.world.now = max(self.stage.world.now, message.at)
            self.stage.start(message)

    @rule(side=st.sampled_from([CASE, INCIDENT]))
    def an_event_is_doubled(self, side: str) -> None:
        self.stage.send(side)

    @precondition(lambda self: self.stage.queue)
    @rule(number=which)
    def an_event_is_lost(self, number: int) -> None:
        busy = {worker.message.number for worker in self.stage.workers}
        free = [m for m in self.stage.queue if m.number not in busy and not m.receives]
        if free:
            self.stage.queue.remove(free[number % len(free)])
            self.stage.count["lost events"] += 1

    @precondition(lambda self: self.stage.workers)
    @rule(number=which, calls=st.integers(1, 12))
    def a_pass_goes_on(self, number: int, calls: int) -> None:
        worker = self.stage.workers[number % len(self.stage.workers)]
        for _ in range(calls):
            if worker in self.stage.workers:
                self.stage.go_on(worker)

    @precondition(lambda self: self.stage.workers)
    @rule(
        number=which,
        how=st.sampled_from(["dies", "is refused for now", "loses an answer", "lands late"]),
        late=st.integers(0, 59),
    )
    def a_pass_fails(self, number: int, how: str, late: int) -> None:
        worker = self.stage.workers[number % len(self.stage.workers)]
        if worker.call[1] != "start":
            self.stage.go_on(worker, self._fault(worker.call, how, late))

    def _fault(self, call: tuple[str, str], how: str, late: int) -> BaseException | str:
        if how == "dies":
            return Killed()
        if how == "is refused for now" or not self.stage.may_lose(*call):
            return Unavailable(SYSTEMS[call[0]], "not now")
        if how == "lands late" and self.stage.may_land_late(*call):
            self.stage.world.incidents.losing.append(float(late))
            return "late effect, answer lost"
        return "effect"

    @rule(seconds=st.sampled_from([1.0, 10.0, 70.0, 250.0]))
    def time_passes(self, seconds: float) -> None:
        self.stage.world.now += seconds
        self.stage.end_overdue()

    @invariant()
    def nothing_forbidden_was_seen(self) -> None:
        if hasattr(self, "stage"):
            assert not self.stage.witness.wrong, "\n".join([*self.stage.story, *self.stage.witness.wrong])

    def teardown(self) -> None:
        if hasattr(self, "stage"):
            wrong = self.stage.finish()
            Pair.played += self.stage.count
            assert not wrong, "\n".join([*self.stage.story, *wrong])


def run(depth: Depth, advance: Callable[[int], None]) -> Figures:
    """Derandomised, so that a run can be repeated."""
    Pair.played.clear()
    found = Figures()
    how = settings(
        max_examples=depth.machine, stateful_step_count=STEPS, database=None, derandomize=True, deadline=None,
        phases=(Phase.generate, Phase.shrink), suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    try:
        run_state_machine_as_test(Pair, settings=how)
    except AssertionError as error:
        found.problems += str(error).splitlines()
    found.numbers += Counter({name: Pair.played[name] for name in ("histories", "passes", "crashes")})
    found.numbers["violations"] += bool(found.problems)
    advance(1)
    return found


PART = Part("machine", "a state machine that invents histories", lambda _: 1, run)
