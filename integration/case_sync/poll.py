"""What the scheduled look publishes: cases and incidents that changed, and links somebody must look at by now.

It costs one ListCases call per 25 cases, one query of the table, one of attachments and one of the due index; nothing
per unchanged case. What it publishes is recorded after it was published: a crash in between says it twice.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
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

CASE = "case:"
"""Keys of published cases; they stay while the case is within the overlap, however long nothing else changes."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One case of ListCases, or one incident the table says has changed. `changed` is epoch seconds; `new`: since it
    was made, nobody has changed it.
    """

    key: str
    changed: float
    mod: int | None = None
    attachment: bool = False
    new: bool = False


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
class Polled:
    """For the log line: counts, and what could not be read."""

    cases: int = 0
    incidents: int = 0
    due: int = 0
    listed: int = 0
    errors: tuple[SyncError, ...] = ()


class Poll:
    """`installed_at`: nothing older than the installation is published on its own."""

    def __init__(self, sources: Sources, clock: Callable[[], float], installed_at: float, table: str) -> None:
        self._sources, self._clock, self._installed_at, self._table = sources, clock, installed_at, table

    def run(self) -> Polled:
        """One look. What fails on one side does not keep the other from being published."""
        now, state = self._clock(), self._sources.load()
        state.published = {k: at for k, at in state.published.items() if k.startswith(CASE) or now - at < REPEAT_S}
        parts: dict[str, list[Event]] = {}
        errors: list[SyncError] = []
        listed = 0
        for name, look in (("cases", self._cases), ("incidents", self._incidents), ("due", self._due)):
            try:
                parts[name], count = look(state, now)
                listed += count
            except SyncError as error:
                errors.append(error)
        events = [event for part in parts.values() for event in part]
        if events:
            self._sources.publish(events)
        self._sources.save(state)
        counts = {name: len(part) for name, part in parts.items()}
        return Polled(**counts, listed=listed, errors=tuple(errors))

    def _cases(self, state: PollState, now: float) -> tuple[list[Event], int]:
        since = max(state.cases_since - OVERLAP_S, self._installed_at)
        listed = list(self._sources.cases())
        fresh = [case for case in listed if case.changed >= since]
        events = [
            Event(
                SOURCE_CASES,
                CASE_CREATED if case.new else CASE_UPDATED,
                {"caseId": case.key, "changed": case.changed},
            )
            for case in fresh
            if _first(state, _mark(case), now)
        ]
        listed_now = {_mark(case) for case in fresh}
        state.published = {k: at for k, at in state.published.items() if not k.startswith(CASE) or k in listed_now}
        state.cases_since = max([state.cases_since, *(case.changed for case in listed)])
        return events, len(listed)

    def _incidents(self, state: PollState, now: float) -> tuple[list[Event], int]:
        since = max(state.incidents_since - OVERLAP_S, self._installed_at)
        listed, instance_now = self._sources.incidents(since)
        events = [
            Event(SOURCE_INCIDENTS, INCIDENT_CREATED if record.new else INCIDENT_UPDATED, self._detail(record))
            for record in listed
            if _first(state, f"incident:{record.key}@{record.mod}@{record.changed if record.attachment else ''}", now)
        ]
        state.incidents_since = instance_now
        return events, len(listed)

    def _detail(self, record: Listed) -> dict[str, Any]:
        detail: dict[str, Any] = {"sys_id": record.key, "table": self._table, "polled": True}
        if record.mod is not None:
            detail["sys_mod_count"] = record.mod
        return detail | ({"attachment_action": "added"} if record.attachment else {})

    def _due(self, state: PollState, now: float) -> tuple[list[Event], int]:
        cases, incidents = self._sources.due(now)
        events = [
            Event(SOURCE_CASES, CASE_UPDATED, {"caseId": key, "sweep": True})
            for key in cases
            if _first(state, f"due:{key}", now)
        ]
        events += [
            Event(SOURCE_INCIDENTS, INCIDENT_UPDATED, {"sys_id": key, "table": self._table, "sweep": True})
            for key in incidents
            if _first(state, f"due:{key}", now)
        ]
        return events, len(cases) + len(incidents)


def _mark(case: Listed) -> str:
    """Short, so that ten thousand cases changed at once still fit into one item."""
    return CASE + hashlib.sha256(f"{case.key}@{case.changed}".encode()).hexdigest()[:12]


def _first(state: PollState, key: str, now: float) -> bool:
    """Whether this was not published lately; it counts as published from now on."""
    if key in state.published:
        return False
    state.published[key] = int(now)
    return True
