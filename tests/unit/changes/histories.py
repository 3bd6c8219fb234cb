"""Random histories of one run: tries side by side, people, faults, deaths, in an order that a seed decides.

Each try and the people are threads of which one runs at a time; before each of its calls, and while it sleeps, another
may go on. Time passes where all sleep.
"""

from __future__ import annotations

import random
import threading
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from integration.changes import steps
from integration.changes.model import Conflict, Job, Kind, OnWithdrawn, Outcome, Part
from integration.changes.reconciler import Desk
from integration.clients.errors import Misconfigured, Missing, Unavailable
from tests.fakes.changes import (
    CANCELED,
    CLOSED,
    IMPLEMENT,
    NEW,
    REVIEW,
    SCHEDULED,
    WRITES,
    FakeChanges,
    FakeChild,
    Heard,
    carried_out,
)
from tests.fakes.world import Killed
from tests.unit.changes.conftest import FILE, RUN, WISH

if TYPE_CHECKING:
    from collections.abc import Callable


class Turns:
    """Hands the turn to one of those who are awake; where all sleep, time passes."""

    def __init__(self, chance: random.Random) -> None:
        self.now, self._chance = 0.0, chance
        self._wakes: dict[int, float] = {}
        self._turn, self._changed = 0, threading.Condition()
        self.errors: list[BaseException] = []

    def play(self, acts: list[Callable[[], None]]) -> None:
        self._wakes = dict.fromkeys(range(len(acts)), 0.0)
        threads = [threading.Thread(target=self._one, args=(n, act), daemon=True) for n, act in enumerate(acts)]
        self._turn = self._next()
        for each in threads:
            each.start()
        for each in threads:
            each.join(60)
            assert not each.is_alive()
        assert not self.errors, self.errors

    def _one(self, who: int, act: Callable[[], None]) -> None:
        self._await(who)
        try:
            act()
        except BaseException as error:  # noqa: BLE001 - told by whoever plays, not by a thread
            self.errors.append(error)
        finally:
            with self._changed:
                del self._wakes[who]
                self._turn = self._next() if self._wakes else -1
                self._changed.notify_all()

    def _await(self, who: int) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._turn == who)

    def _next(self) -> int:
        awake = [who for who, until in self._wakes.items() if until <= self.now]
        if not awake:
            self.now = min(self._wakes.values())
            return self._next()
        return self._chance.choice(awake)

    def rest(self, seconds: float = 0.0) -> None:
        who = self._turn
        with self._changed:
            self._wakes[who] = self.now + seconds
            self._turn = self._next()
            self._changed.notify_all()
        self._await(who)


class SharedTime:
    def __init__(self, turns: Turns) -> None:
        self._turns = turns

    @property
    def at(self) -> float:
        return self._turns.now

    @at.setter
    def at(self, value: float) -> None:
        self._turns.now = max(self._turns.now, value)

    def seconds(self) -> float:
        return self._turns.now

    def sleep(self, seconds: float) -> None:
        self._turns.rest(seconds)


@dataclass
class History:
    """`broken`: what must never be seen, and was."""

    seed: int
    parts: int = 0
    broken: list[str] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    started: int = 0
    watched: dict[Job, FakeChild] = field(default_factory=dict)
    """Commands of the tries that live."""

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self.turns = Turns(self.chance)
        self.changes = FakeChanges(time=SharedTime(self.turns), ci=self.chance.choice(["", "c" * 32]))
        self.changes.shows_journal = self.chance.random() < 0.5
        self.faulty = self.chance.choice([0.0, 0.05, 0.3])
        self.deadly = self.chance.choice([0.0, 0.02, 0.1])
        self.tries = self.parts or self.chance.randint(1, 3)
        self.wish = replace(
            WISH,
            kind=self.chance.choice(list(Kind)),
            timeout_s=self.chance.choice([0, 300, 3600]),
            cancel_on_timeout=self.chance.random() < 0.3,
            on_withdrawn=self.chance.choice(list(OnWithdrawn)),
        )
        self.quiet = False

    def play(self) -> None:
        self.changes.hook = self._met
        self.turns.play([*(lambda n=n: self._try(n) for n in range(self.tries)), self._people])
        self.quiet = True
        for each in self.changes.rows.values():
            if each.on_hold:
                self.changes.by_hand(each.sys_id, on_hold=False)
        desk = Desk(self.changes, Heard(), self.changes.time)
        self.turns.play([lambda: self.outcomes.append(steps.settle(desk, self.wish, RUN, code=1))])

    def _met(self, moment: str, name: str) -> None:
        """Before a call others may go on; before or after it, it may fail or kill."""
        if self.quiet:
            return
        if moment == "before":
            self.turns.rest()
        if self.chance.random() < self.deadly / 2:
            raise Killed
        if self.chance.random() < self.faulty / 2:
            raise self._fault(unknown=moment == "after" and name in WRITES)
        if moment == "before" and name == "create" and self.chance.random() < self.faulty:
            self.changes.losing = [self.chance.choice([0.0, 2.0, 30.0, 59.0])]
        if moment == "before" and name == "start" and self.chance.random() < self.faulty:
            self.changes.losing_starts = [self.chance.choice([0.0, 2.0, 30.0, 59.0])]

    def _fault(self, *, unknown: bool) -> Exception:
        kinds = [
            Unavailable("servicenow", "the instance failed", outcome_unknown=unknown),
            Unavailable("servicenow", "too many requests", retry_after_s=self.chance.choice([None, 7.0])),
        ]
        rest = [Misconfigured("servicenow", "no role"), Missing("servicenow", "No Record found")]
        return self.chance.choice(kinds[:1] if unknown else kinds + rest * bool(self.changes.rows))

    def _try(self, number: int) -> None:
        run = replace(RUN, part=Part(number + 1, self.parts)) if self.parts else RUN
        self.changes.time.sleep(self.chance.choice([0, 0, 1, 100]))
        for attempt in range(3):
            job = Job(f"job {number}", str(attempt))
            child = FakeChild(self.changes.time, self.chance.choice([0, 0, 1]), self.chance.choice([1, 90, 400]))
            child.on_start = lambda job=job, child=child: self._starts(job, child)
            try:
                args = (self.wish, run, (FILE,), self.changes, child, Heard(), self.changes.time, job)
                self.outcomes.append(carried_out(*args))
            except Killed:
                self.watched.pop(job, None)
                self.changes.time.sleep(self.chance.choice([0, 10, 100]))
            except (Misconfigured, Missing):
                return
            else:
                return

    def _starts(self, job: Job, child: FakeChild) -> None:
        self.started += 1
        beside = [other for other, each in self.watched.items() if each.runs]
        if beside and not self.parts:
            self.broken.append(f"{job} ran beside {beside}")
        self.watched[job] = child
        now = self.changes.now()
        fit = [
            each
            for each in self.changes.rows.values()
            if each.state == IMPLEMENT and not each.on_hold and each.start <= now < each.end
            and (each.approval == "approved" or (self.wish.kind is Kind.STANDARD and each.approval == "not requested"))
        ]  # fmt: skip
        if not fit:
            self.broken.append(f"ran without an approved change: {list(self.changes.rows.values())}")
        if (
            any(not each.type.endswith("already_scheduled") for each in self.changes.found_conflicts)
            and self.changes.ci
        ):
            self.conflicted = True

    def _people(self) -> None:
        for _ in range(self.chance.randint(1, 8)):
            self.changes.time.sleep(self.chance.choice([0, 5, 40, 120, 900]))
            if self.changes.open():
                self._act(self.chance.choice(self.changes.open()).sys_id)

    def _act(self, sys_id: str) -> None:
        change, by_hand = self.changes.rows[sys_id], self.changes.by_hand
        now = self.changes.now()
        acts = [
            *[lambda: self.changes.approve(sys_id)] * 6,
            lambda: self.changes.reject(sys_id),
            lambda: by_hand(sys_id, on_hold=True, hold_reason="wait"),
            lambda: by_hand(sys_id, on_hold=False),
            lambda: by_hand(sys_id, approval="rejected"),
            lambda: by_hand(sys_id, approval="nobody knows"),
            lambda: by_hand(sys_id, state=CANCELED),
            lambda: by_hand(sys_id, state=self.chance.choice([SCHEDULED, IMPLEMENT, REVIEW, CLOSED, NEW, "77"])),
            lambda: by_hand(sys_id, start=now + timedelta(minutes=5)),
            lambda: by_hand(sys_id, end=now),
            lambda: setattr(self.changes, "found_conflicts", (Conflict("blackout", "Blackout"),)),
            lambda: setattr(self.changes, "found_conflicts", ()),
        ]
        if change.state not in (CLOSED, CANCELED):
            self.chance.choice(acts)()
