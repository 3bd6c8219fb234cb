"""What the scheduled look publishes: cases and incidents that changed, and links somebody must look at by now.

It costs one ListCases call per 25 cases, thirty at most, one query of the table, one of attachments and one of the due
index; nothing per unchanged case. What it publishes is recorded after it was published, some hundreds at a time: a
crash in between says these twice, and the next poll goes on behind them.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol

from integration.aws.bus import Event
from integration.cases.link import CASE, INCIDENT
from integration.names import (
    CASE_CREATED,
    CASE_UPDATED,
    INCIDENT_CREATED,
    INCIDENT_UPDATED,
    SOURCE_CASES,
    SOURCE_INCIDENTS,
)
from integration.reconcile.errors import EXPECTED
from integration.reconcile.scheduling import ANNOUNCED_S, REPEAT_S, paced, repeats

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Sequence

OVERLAP_S = 120.0
"""Both systems may show a change a little later than they date it."""

AT_ONCE = 500
"""Events that are published before what was published is recorded."""
ANNOUNCED_MOST = 2000

HELD_S = 240.0
"""What was told stays remembered so long though it is not due: a pass at work moves its time, and may put it back."""

CASES = "case:"
"""Begin of the key of a case that was published, with when it changed: it stays while that is within the overlap,
however long nothing else changes."""

Key = tuple[str, str]
"""Side and id of a record."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One case of ListCases, or one incident the table says has changed. `changed` is epoch seconds; `new`: since it
    was made, nobody has changed it; `told`: a rule should have said so, since somebody else changed it.
    """

    key: str
    changed: float
    mod: int | None = None
    attachment: bool = False
    new: bool = False
    told: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """Some of all cases. `more`: where the next poll goes on; empty: that was the last of the round. `anew`: the place
    to go on from was not known any more, so these are the first.
    """

    cases: Sequence[Listed]
    more: str = ""
    anew: bool = False


@dataclass(frozen=True, slots=True)
class Due:
    """A link, or a case being made for an incident, and the time by which somebody must look."""

    record: Key
    at: float

    @property
    def key(self) -> str:
        return f"{self.record[1]}@{self.at:.3f}"


@dataclass(frozen=True, slots=True)
class Announcement:
    """An event, and under which key and with which time it counts as published; `heard`: a rule should have said so."""

    key: str
    at: float
    event: Event
    record: Key
    heard: bool = False


@dataclass
class PollState:
    """Cursors, and what was published lately. Stored as one small item."""

    cases_since: float = 0
    incidents_since: float = 0
    published: dict[str, float] = field(default_factory=dict)
    cases_from: str = ""
    """Where the round over all cases goes on."""
    round_began: float = 0
    newest: float = 0
    """The latest change this round has seen."""
    sweeps_until: float = 0
    sweeps: dict[str, list[float]] = field(default_factory=dict)
    """Of each look that is due: told first, told last, seen due last."""
    announced: dict[str, list[float]] = field(default_factory=dict)
    """Records told, first and last, of which the table may know nothing: `<side>:<id>`."""

    def copy(self) -> PollState:
        return replace(self, published=dict(self.published), announced=dict(self.announced))

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
        """What is old."""
        self.published = {k: at for k, at in self.published.items() if k.startswith(CASES) or now - at < REPEAT_S}


class Sources(Protocol):
    """What a poll reads and writes."""

    def cases(self, at: str) -> Page:
        """The cases from there on, as many as one poll may ask for; from the first where `at` is empty."""

    def incidents(self, since: float) -> tuple[Sequence[Listed], float]:
        """Records and attachments changed since then, and the instance's own clock."""

    def due(self, now: float) -> Sequence[Due]:
        """Links and incidents whose time has come."""

    def known(self, records: Sequence[Key]) -> Container[Key]:
        """Those of which something stands in the table: a link, a decision, a pass at work."""

    def publish(self, events: Sequence[Event]) -> None: ...

    def send(self, side: str, events: Sequence[tuple[Event, int]]) -> None:
        """Straight to the queue of that side's events, each to be seen after so many seconds."""

    def load(self) -> PollState: ...

    def save(self, state: PollState) -> None: ...


@dataclass(frozen=True)
class Polled:
    """For the log line: counts, and what could not be read. `told`: of how many incidents an event should speak."""

    cases: int = 0
    incidents: int = 0
    due: int = 0
    again: int = 0
    listed: int = 0
    told: int = 0
    errors: tuple[Exception, ...] = ()


class Poll:
    """`installed_at`: nothing older than the installation is published on its own."""

    def __init__(self, sources: Sources, clock: Callable[[], float], installed_at: float, table: str) -> None:
        self._sources, self._clock, self._installed_at, self._table = sources, clock, installed_at, table

    def run(self) -> Polled:
        """One look. What fails on one side does not keep the other from being published."""
        now, state = self._clock(), self._sources.load()
        before = state.copy()
        parts: dict[str, list[Announcement]] = {}
        errors: list[Exception] = []
        listed = 0
        for name, look in (("cases", self._cases), ("incidents", self._incidents)):
            try:
                parts[name], count = look(state)
                listed += count
            except EXPECTED as error:
                errors.append(error)
        due = self._sources.due(now)
        wanted = state.unswept(due, now)
        parts["again"] = self._again(state, now)
        state.forget(now)
        told = [each for part in parts.values() for each in part]
        self._publish(told, before)
        state.remember(told, int(now))
        self._sweep(wanted, state, now)
        self._sources.save(state)
        counts = {name: len(part) for name, part in parts.items()}
        heard, listed = sum(each.heard for each in told), listed + len(due)
        return Polled(**counts, due=len(wanted), listed=listed, told=heard, errors=tuple(errors))

    def _publish(self, told: Sequence[Announcement], state: PollState) -> None:
        """`state` is that before this poll: its cursors move only once everything is published."""
        for start in range(0, len(told), AT_ONCE):
            if start:
                self._sources.save(state)
            part = told[start : start + AT_ONCE]
            self._sources.publish([each.event for each in part])
            state.remember(part, int(self._clock()))

    def _cases(self, state: PollState) -> tuple[list[Announcement], int]:
        """A change made while a round is under way, on a page read before, is found by the next: it looks back to where
        this one began.
        """
        page = self._sources.cases(state.cases_from)
        if page.anew or not state.cases_from:
            state.round_began, state.newest = self._clock(), 0
        since = self._since(state.cases_since)
        fresh = [case for case in page.cases if case.changed >= since]
        told = [Announcement(_mark(case), case.changed, _case_event(case), (CASE, case.key)) for case in fresh]
        news = _news(state, told)
        state.cases_from, state.newest = page.more, max([state.newest, *(case.changed for case in page.cases)])
        if not page.more:
            state.cases_since = max(state.cases_since, min(state.newest, state.round_began))
            old = {
                k for k, at in state.published.items() if k.startswith(CASES) and at < self._since(state.cases_since)
            }
            state.published = {k: at for k, at in state.published.items() if k not in old}
        return news, len(page.cases)

    def _since(self, cursor: float) -> float:
        return max(cursor - OVERLAP_S, self._installed_at)

    def _incidents(self, state: PollState) -> tuple[list[Announcement], int]:
        listed, instance_now = self._sources.incidents(self._since(state.incidents_since))
        state.incidents_since = instance_now
        now = int(self._clock())
        told = [
            Announcement(_version(each), now, self._incident_event(each), (INCIDENT, each.key), each.told)
            for each in listed
        ]
        return _news(state, told), len(listed)

    def _incident_event(self, record: Listed) -> Event:
        detail: dict[str, Any] = {"sys_id": record.key, "table": self._table, "polled": True}
        if record.mod is not None:
            detail["sys_mod_count"] = record.mod
        if record.attachment:
            detail["attachment_action"] = "added"
        return Event(SOURCE_INCIDENTS, INCIDENT_CREATED if record.new else INCIDENT_UPDATED, detail)

    def _again(self, state: PollState, now: float) -> list[Announcement]:
        """The one event of a new record may be lost behind the bus, and nothing sweeps what has no link."""
        state.announced = {name: at for name, at in state.announced.items() if now - at[0] < ANNOUNCED_S}
        waiting = [_record(name) for name, (first, last) in state.announced.items() if repeats(first, last, now)]
        known = self._sources.known(waiting) if waiting else ()
        for record in waiting:
            if record in known:
                del state.announced[":".join(record)]
        return [Announcement("", now, self._found_again(record), record) for record in waiting if record not in known]

    def _found_again(self, record: Key) -> Event:
        side, key = record
        if side == CASE:
            return Event(SOURCE_CASES, CASE_CREATED, {"caseId": key})
        return Event(SOURCE_INCIDENTS, INCIDENT_CREATED, {"sys_id": key, "table": self._table, "polled": True})

    def _sweep(self, due: Sequence[Due], state: PollState, now: float) -> None:
        """At a pace, so that links which fall due together take nobody's share."""
        delays, state.sweeps_until = paced(now, state.sweeps_until, len(due))
        for side in (CASE, INCIDENT):
            events = [(self._swept(d.record), s) for d, s in zip(due, delays, strict=True) if d.record[0] == side]
            if events:
                self._sources.send(side, events)
        told = int(now)
        state.sweeps |= {d.key: [state.sweeps.get(d.key, [told])[0], told, told] for d in due}

    def _swept(self, record: Key) -> Event:
        side, key = record
        if side == CASE:
            return Event(SOURCE_CASES, CASE_UPDATED, {"caseId": key, "sweep": True})
        return Event(SOURCE_INCIDENTS, INCIDENT_UPDATED, {"sys_id": key, "table": self._table, "sweep": True})


def _record(name: str) -> Key:
    side, _, key = name.partition(":")
    return side, key


def _mark(case: Listed) -> str:
    """Short, so that ten thousand cases changed at once still fit into one item."""
    return CASES + hashlib.sha256(f"{case.key}@{case.changed}".encode()).hexdigest()[:12]


def _version(record: Listed) -> str:
    return f"incident:{record.key}@{record.mod}@{record.changed if record.attachment else ''}"


def _case_event(case: Listed) -> Event:
    kind = CASE_CREATED if case.new else CASE_UPDATED
    return Event(SOURCE_CASES, kind, {"caseId": case.key, "changed": case.changed})


def _news(state: PollState, told: Sequence[Announcement]) -> list[Announcement]:
    """What was not published lately, each once."""
    return list({each.key: each for each in told if each.key not in state.published}.values())
