"""What the scheduled look publishes: cases and incidents that changed, and links somebody must look at by now.

It costs one ListCases call per 25 cases, one query of the table, one of attachments and one of the due index; nothing
per unchanged case. What it publishes is recorded after it was published, some hundreds at a time: a crash in between
says these twice, and the next poll goes on behind them.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol

from integration.aws.bus import Event
from integration.case_sync.errors import SyncError
from integration.names import (
    CASE_CREATED,
    CASE_UPDATED,
    INCIDENT_CREATED,
    INCIDENT_UPDATED,
    SOURCE_CASES,
    SOURCE_INCIDENTS,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

OVERLAP_S = 120.0
"""Both systems may show a change a little later than they date it."""
REPEAT_S = 900.0
"""What was published and is still due is not published again before this."""

AT_ONCE = 500
"""Events that are published before what was published is recorded."""

CASE = "case:"
"""Keys of published cases; they stay while the case is within the overlap, however long nothing else changes."""


Told = tuple[str, Event]
"""By which key an event counts as published, and the event."""


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


@dataclass
class PollState:
    """Cursors, and what was published lately: key and version → when. Stored as one small item."""

    cases_since: float = 0
    incidents_since: float = 0
    published: dict[str, float] = field(default_factory=dict)


class Sources(Protocol):
    """What a poll reads and writes."""

    def cases(self) -> Iterable[Listed]: ...

    def incidents(self, since: float) -> tuple[Sequence[Listed], float]:
        """Records and attachments changed since then, and the instance's own clock."""

    def due(self, now: float) -> tuple[Sequence[str], Sequence[str]]:
        """Case ids and sys_ids whose time has come."""

    def publish(self, events: Sequence[Event]) -> None: ...

    def load(self) -> PollState: ...

    def save(self, state: PollState) -> None: ...


@dataclass(frozen=True)
class Look:
    """At one part: what is new of it, how many there were, and of how many of the new ones an event should speak."""

    news: Sequence[Told]
    listed: int
    told: int = 0


@dataclass(frozen=True)
class Polled:
    """For the log line: counts, and what could not be read. `told`: of how many incidents an event should speak."""

    cases: int = 0
    incidents: int = 0
    due: int = 0
    listed: int = 0
    told: int = 0
    errors: tuple[SyncError, ...] = ()


class Poll:
    """`installed_at`: nothing older than the installation is published on its own."""

    def __init__(self, sources: Sources, clock: Callable[[], float], installed_at: float, table: str) -> None:
        self._sources, self._clock, self._installed_at, self._table = sources, clock, installed_at, table

    def run(self) -> Polled:
        """One look. What fails on one side does not keep the other from being published."""
        now, state = self._clock(), self._sources.load()
        state.published = {k: at for k, at in state.published.items() if k.startswith(CASE) or now - at < REPEAT_S}
        before = replace(state, published=dict(state.published))
        parts: dict[str, Look] = {}
        errors: list[SyncError] = []
        for name, look in (("cases", self._cases), ("incidents", self._incidents), ("due", self._due)):
            try:
                parts[name] = look(state, now)
            except SyncError as error:
                errors.append(error)
        self._publish([told for part in parts.values() for told in part.news], before)
        self._sources.save(state)
        counts = {name: len(part.news) for name, part in parts.items()}
        listed, told = sum(part.listed for part in parts.values()), sum(part.told for part in parts.values())
        return Polled(**counts, listed=listed, told=told, errors=tuple(errors))

    def _publish(self, told: Sequence[Told], state: PollState) -> None:
        """`state` is that before this poll: its cursors move only once everything is published."""
        for start in range(0, len(told), AT_ONCE):
            if start:
                self._sources.save(state)
            part = told[start : start + AT_ONCE]
            self._sources.publish([event for _, event in part])
            state.published |= {key: int(self._clock()) for key, _ in part}

    def _cases(self, state: PollState, now: float) -> Look:
        since = max(state.cases_since - OVERLAP_S, self._installed_at)
        listed = list(self._sources.cases())
        fresh = [case for case in listed if case.changed >= since]
        news = _news(state, [(_mark(case), _case_event(case)) for case in fresh], now)
        listed_now = {_mark(case) for case in fresh}
        state.published = {k: at for k, at in state.published.items() if not k.startswith(CASE) or k in listed_now}
        state.cases_since = max([state.cases_since, *(case.changed for case in listed)])
        return Look(news, len(listed))

    def _incidents(self, state: PollState, now: float) -> Look:
        since = max(state.incidents_since - OVERLAP_S, self._installed_at)
        listed, instance_now = self._sources.incidents(since)
        state.incidents_since = instance_now
        by_version = {_version(record): record for record in listed}
        news = _news(state, [(version, self._incident_event(record)) for version, record in by_version.items()], now)
        return Look(news, len(listed), sum(by_version[version].told for version, _ in news))

    def _incident_event(self, record: Listed) -> Event:
        detail: dict[str, Any] = {"sys_id": record.key, "table": self._table, "polled": True}
        if record.mod is not None:
            detail["sys_mod_count"] = record.mod
        if record.attachment:
            detail["attachment_action"] = "added"
        return Event(SOURCE_INCIDENTS, INCIDENT_CREATED if record.new else INCIDENT_UPDATED, detail)

    def _due(self, state: PollState, now: float) -> Look:
        cases, incidents = self._sources.due(now)
        told = [(f"due:{key}", Event(SOURCE_CASES, CASE_UPDATED, {"caseId": key, "sweep": True})) for key in cases]
        told += [(f"due:{key}", Event(SOURCE_INCIDENTS, INCIDENT_UPDATED, self._swept(key))) for key in incidents]
        return Look(_news(state, told, now), len(told))

    def _swept(self, sys_id: str) -> dict[str, Any]:
        return {"sys_id": sys_id, "table": self._table, "sweep": True}


def _mark(case: Listed) -> str:
    """Short, so that ten thousand cases changed at once still fit into one item."""
    return CASE + hashlib.sha256(f"{case.key}@{case.changed}".encode()).hexdigest()[:12]


def _version(record: Listed) -> str:
    return f"incident:{record.key}@{record.mod}@{record.changed if record.attachment else ''}"


def _case_event(case: Listed) -> Event:
    kind = CASE_CREATED if case.new else CASE_UPDATED
    return Event(SOURCE_CASES, kind, {"caseId": case.key, "changed": case.changed})


def _news(state: PollState, told: Sequence[Told], now: float) -> list[Told]:
    """What was not published lately; it counts as published from now on."""
    news = {key: event for key, event in told if key not in state.published}
    state.published |= dict.fromkeys(news, int(now))
    return list(news.items())
