"""A scheduled look: what changed is published, and recorded after that, so that a crash in between says it twice.

What is recorded is recorded some hundreds at a time, so that a poll which dies among thousands goes on behind them. The
poll also announces again what nothing followed, and sends somebody to look at what is due.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Generic, Protocol, TypeAlias, TypeVar

from integration.reconcile.errors import EXPECTED
from integration.reconcile.scheduling import ANNOUNCED_S, REPEAT_S, paced, repeats

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Mapping, Sequence
    from typing import Self

    from integration.aws.bus import Event

AT_ONCE = 500
"""Events that are published before what was published is recorded."""
ANNOUNCED_MOST = 2000
HELD_S = 240.0
"""What was told stays remembered so long though it is not due: a pass at work moves its time, and may put it back."""

Record: TypeAlias = tuple[str, str]
"""Kind and id."""


@dataclass(frozen=True, slots=True)
class Announcement:
    """An event, and under which key and with which time it counts as published; `heard`: a rule should have said so."""

    key: str
    at: float
    event: Event
    record: Record
    heard: bool = False


@dataclass(frozen=True, slots=True)
class Due:
    """A record, and the time by which somebody must look."""

    record: Record
    at: float

    @property
    def key(self) -> str:
        return f"{self.record[1]}@{self.at:.3f}"


@dataclass
class PollState:
    """What was published lately. An integration adds its cursors; stored as one small item."""

    published: dict[str, float] = field(default_factory=dict)
    sweeps_until: float = 0
    sweeps: dict[str, list[float]] = field(default_factory=dict)
    """Of each look that is due: told first, told last, seen due last."""
    announced: dict[str, list[float]] = field(default_factory=dict)
    """Records told, first and last, of which the table may know nothing: `<kind>:<id>`."""

    def copy(self) -> Self:
        return replace(self, published=dict(self.published), announced=dict(self.announced))

    def news(self, found: Iterable[Announcement]) -> list[Announcement]:
        """What was not published lately, each once."""
        return list({each.key: each for each in found if each.key not in self.published}.values())

    def remember(self, told: Iterable[Announcement], now: float) -> None:
        """Published now; of each record an answer is awaited from now on, anew where it has changed."""
        for each in told:
            if each.key:
                self.published[each.key] = each.at
            name = ":".join(each.record)
            if name in self.announced or len(self.announced) < ANNOUNCED_MOST:
                self.announced[name] = [now if each.key else self.announced.get(name, [now])[0], now]

    def unswept(self, due: Sequence[Due], now: float) -> list[Due]:
        """Those nobody was sent to look at, or too long ago."""
        keys = {d.key for d in due}
        seen = {key: [first, last, now if key in keys else at] for key, (first, last, at) in self.sweeps.items()}
        self.sweeps = {key: at for key, at in seen.items() if now - at[2] < HELD_S}
        waits = {key for key, (first, last, _) in self.sweeps.items() if not repeats(first, last, now)}
        return [d for d in due if d.key not in waits]

    def forget(self, now: float) -> None:
        """What is old, unless `lasting`."""
        self.published = {k: at for k, at in self.published.items() if self.lasting(k) or now - at < REPEAT_S}

    def lasting(self, key: str) -> bool:  # noqa: ARG002 - of the kernel's own keys none is
        """Whether a key stays until the integration itself drops it."""
        return False


S = TypeVar("S", bound=PollState)
Look: TypeAlias = "Callable[[S], tuple[Sequence[Announcement], int]]"
"""News of one kind of records, and of how many; it moves its cursors in the state it is given."""


class Sources(Protocol[S]):
    """What a poll reads and writes."""

    def due(self, now: float) -> Sequence[Due]:
        """Records whose time has come."""

    def known(self, records: Sequence[Record]) -> Container[Record]:
        """Those of which something stands in the table."""

    def publish(self, events: Sequence[Event]) -> None: ...

    def send(self, kind: str, events: Sequence[tuple[Event, int]]) -> None:
        """Straight to the queue of that kind's events, each to be seen after so many seconds."""

    def load(self) -> S: ...

    def save(self, state: S) -> None: ...


@dataclass(frozen=True)
class Polled:
    """For the log line: counts, and what could not be read. `heard`: of how many an event should have told."""

    found: Mapping[str, int]
    """Of each look, how much was news."""
    due: int = 0
    again: int = 0
    listed: int = 0
    heard: int = 0
    errors: tuple[Exception, ...] = ()


@dataclass(frozen=True)
class Poll(Generic[S]):
    """`event`: what is told of a record that waits for an answer, or (True) that somebody must look at."""

    sources: Sources[S]
    looks: Mapping[str, Look[S]]
    event: Callable[[Record, bool], Event]
    clock: Callable[[], float]

    def run(self) -> Polled:
        """One look of each kind. What fails in one does not keep the others from being published."""
        now, state = self.clock(), self.sources.load()
        before = state.copy()
        found, listed, errors = self._looked(state)
        due = self.sources.due(now)
        wanted = state.unswept(due, now)
        again = self._again(state, now)
        state.forget(now)
        told = [*(each for part in found.values() for each in part), *again]
        self._publish(told, before)
        state.remember(told, int(now))
        self._sweep(wanted, state, now)
        self.sources.save(state)
        return Polled(
            {name: len(part) for name, part in found.items()},
            due=len(wanted),
            again=len(again),
            listed=listed + len(due),
            heard=sum(each.heard for each in told),
            errors=tuple(errors),
        )

    def _looked(self, state: S) -> tuple[dict[str, Sequence[Announcement]], int, list[Exception]]:
        found: dict[str, Sequence[Announcement]] = dict.fromkeys(self.looks, ())
        errors: list[Exception] = []
        listed = 0
        for name, look in self.looks.items():
            try:
                found[name], count = look(state)
                listed += count
            except EXPECTED as error:
                errors.append(error)
        return found, listed, errors

    def _publish(self, told: Sequence[Announcement], state: S) -> None:
        """`state` is that before this poll: its cursors move only once everything is published."""
        for start in range(0, len(told), AT_ONCE):
            if start:
                self.sources.save(state)
            part = told[start : start + AT_ONCE]
            self.sources.publish([each.event for each in part])
            state.remember(part, int(self.clock()))

    def _again(self, state: S, now: float) -> list[Announcement]:
        """The one event of a new record may be lost behind the bus, and nothing sweeps what the table does not know."""
        state.announced = {name: at for name, at in state.announced.items() if now - at[0] < ANNOUNCED_S}
        waiting = [_record(name) for name, (first, last) in state.announced.items() if repeats(first, last, now)]
        known = self.sources.known(waiting) if waiting else ()
        for record in waiting:
            if record in known:
                del state.announced[":".join(record)]
        return [Announcement("", now, self.event(record, False), record) for record in waiting if record not in known]

    def _sweep(self, due: Sequence[Due], state: S, now: float) -> None:
        """At a pace, so that records which fall due together take nobody's share."""
        delays, state.sweeps_until = paced(now, state.sweeps_until, len(due))
        for kind in sorted({d.record[0] for d in due}):
            events = [(self.event(d.record, True), s) for d, s in zip(due, delays, strict=True) if d.record[0] == kind]
            self.sources.send(kind, events)
        told = int(now)
        state.sweeps |= {d.key: [state.sweeps.get(d.key, [told])[0], told, told] for d in due}


def _record(name: str) -> Record:
    kind, _, key = name.partition(":")
    return kind, key
