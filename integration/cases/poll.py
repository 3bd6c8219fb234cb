"""What the scheduled look publishes: cases and incidents that changed, and links somebody must look at by now.

It costs one ListCases call per 25 cases, thirty at most, one query of the table, one of attachments and one of the due
index; nothing per unchanged case.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
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
from integration.reconcile.poll import Announcement, Look, Poll, PollState, Sources

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from integration.reconcile.poll import Polled, Record

OVERLAP_S = 120.0
"""Both systems may show a change a little later than they date it."""

CASES = "case:"
"""Begin of the key of a case that was published, with when it changed: it stays while that is within the overlap,
however long nothing else changes."""


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


@dataclass
class Cursors(PollState):
    """How far both sides were read, and what was published lately."""

    cases_since: float = 0
    incidents_since: float = 0
    cases_from: str = ""
    """Where the round over all cases goes on."""
    round_began: float = 0
    newest: float = 0
    """The latest change this round has seen."""

    def lasting(self, key: str) -> bool:
        return key.startswith(CASES)


class CaseSources(Sources[Cursors], Protocol):
    """What this poll reads and writes."""

    def cases(self, at: str) -> Page:
        """The cases from there on, as many as one poll may ask for; from the first where `at` is empty."""

    def incidents(self, since: float) -> tuple[Sequence[Listed], float]:
        """Records and attachments changed since then, and the instance's own clock."""


class CasePoll:
    """`installed_at`: nothing older than the installation is published on its own."""

    def __init__(self, sources: CaseSources, clock: Callable[[], float], installed_at: float, table: str) -> None:
        self._sources, self._clock, self._installed_at, self._table = sources, clock, installed_at, table
        looks: dict[str, Look[Cursors]] = {"cases": self._cases, "incidents": self._incidents}
        self._poll = Poll(sources, looks, self._event, clock)

    def run(self) -> Polled:
        return self._poll.run()

    def _cases(self, state: Cursors) -> tuple[list[Announcement], int]:
        """A change made while a round is under way, on a page read before, is found by the next: it looks back to where
        this one began.
        """
        page = self._sources.cases(state.cases_from)
        if page.anew or not state.cases_from:
            state.round_began, state.newest = self._clock(), 0
        since = self._since(state.cases_since)
        fresh = [case for case in page.cases if case.changed >= since]
        told = [Announcement(_mark(case), case.changed, _case_event(case), (CASE, case.key)) for case in fresh]
        news = state.news(told)
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

    def _incidents(self, state: Cursors) -> tuple[list[Announcement], int]:
        listed, instance_now = self._sources.incidents(self._since(state.incidents_since))
        state.incidents_since = instance_now
        now = int(self._clock())
        told = [
            Announcement(_version(each), now, self._incident_event(each), (INCIDENT, each.key), each.told)
            for each in listed
        ]
        return state.news(told), len(listed)

    def _incident_event(self, record: Listed) -> Event:
        detail: dict[str, Any] = {"sys_id": record.key, "table": self._table, "polled": True}
        if record.mod is not None:
            detail["sys_mod_count"] = record.mod
        if record.attachment:
            detail["attachment_action"] = "added"
        return Event(SOURCE_INCIDENTS, INCIDENT_CREATED if record.new else INCIDENT_UPDATED, detail)

    def _event(self, record: Record, swept: bool) -> Event:
        """Of a record that may be new, or (`swept`) that somebody must look at."""
        side, key = record
        if side == CASE:
            detail = {"caseId": key}
            return Event(SOURCE_CASES, *((CASE_UPDATED, detail | {"sweep": True}) if swept else (CASE_CREATED, detail)))
        detail = {"sys_id": key, "table": self._table}
        if swept:
            return Event(SOURCE_INCIDENTS, INCIDENT_UPDATED, detail | {"sweep": True})
        return Event(SOURCE_INCIDENTS, INCIDENT_CREATED, detail | {"polled": True})


def _mark(case: Listed) -> str:
    """Short, so that ten thousand cases changed at once still fit into one item."""
    return CASES + hashlib.sha256(f"{case.key}@{case.changed}".encode()).hexdigest()[:12]


def _version(record: Listed) -> str:
    return f"incident:{record.key}@{record.mod}@{record.changed if record.attachment else ''}"


def _case_event(case: Listed) -> Event:
    kind = CASE_CREATED if case.new else CASE_UPDATED
    return Event(SOURCE_CASES, kind, {"caseId": case.key, "changed": case.changed})
