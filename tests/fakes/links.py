"""The table of links in memory."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from integration.cases.brake import share
from integration.cases.link import Link, loads_link
from integration.cases.ports import IncidentRow, LedgerRow, Row
from integration.reconcile.claims import DEAD_S
from integration.reconcile.errors import ClaimLost
from integration.reconcile.table_claims import claim_in
from tests.fakes.claims import FakeClaims

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from integration.cases.link import Blocked
    from integration.reconcile.claims import Ending
    from tests.fakes.world import World

HOUR_S = 3600.0


@dataclass
class FakeLinks:
    """The table with the conditions of the real one; links are stored as text, so nothing is shared by accident."""

    world: World
    claims: FakeClaims[Row] = field(default_factory=lambda: FakeClaims(_row))
    by_incident: dict[str, IncidentRow] = field(default_factory=dict)
    incident_due: dict[str, float] = field(default_factory=dict)
    entries: dict[str, dict[str, LedgerRow]] = field(default_factory=dict)
    audit: list[Mapping[str, Any]] = field(default_factory=list)
    creations: list[tuple[float, str]] = field(default_factory=list)
    stopped: float = 0
    halved: bool = False
    unreadable: dict[str, float] = field(default_factory=dict)

    @property
    def rows(self) -> dict[str, dict[str, Any]]:
        """By case, claim and link (`doc`)."""
        return self.claims.rows

    def lose(self) -> None:
        """The table is gone, and stands empty again."""
        self.rows.clear()
        self.by_incident.clear()
        self.entries.clear()

    def get(self, case_id: str) -> Row | None:
        with self.world.call("table", "get"):
            return self.claims.get(case_id)

    def incident(self, sys_id: str) -> IncidentRow | None:
        with self.world.call("table", "get incident"):
            return self.by_incident.get(sys_id)

    def claim(self, case_id: str, owner: str, until: float, now: float, known: Row | None = None) -> Row | None:
        if known and known.live(now) and known.owner != owner:
            return None
        with self.world.call("table", "claim"):
            before = self.claims.claim(case_id, owner, until, now, known)
            self.rows[case_id].setdefault("doc", "")
            return before

    def postpone(self, case_id: str, version: int, due: float | None) -> bool:
        with self.world.call("table", "postpone"):
            return self.claims.postpone(case_id, version, due)

    def mark(self, case_id: str, now: float) -> bool:
        with self.world.call("table", "mark"):
            return self.claims.mark(case_id, now)

    def save(self, owner: str, link: Link, rows: Sequence[LedgerRow] = (), *, clears_mark: bool = False) -> None:
        with self.world.call("table", "clear mark" if clears_mark else "save"):
            self.claims.save(link.case_id, owner, {"doc": link.dumps()}, clears_mark=clears_mark)
            self._remember(link, rows)

    def release(
        self,
        owner: str,
        link: Link,
        rows: Sequence[LedgerRow],
        ending: Ending,
        audit: Mapping[str, Any] | None = None,
    ) -> bool:
        with self.world.call("table", "release" if ending.heeds_mark else "abandon"):
            released = self.claims.release(link.case_id, owner, {"doc": link.dumps()}, ending)
            if released:
                self._remember(link, rows)
                self.audit += [audit] if audit else []
            return released

    def _remember(self, link: Link, rows: Sequence[LedgerRow]) -> None:
        self.entries.setdefault(link.case_id, {}).update({row.key: row for row in rows})

    def claim_incident(self, row: IncidentRow, owner: str, until: float, now: float) -> IncidentRow | None:
        with self.world.call("table", "claim incident"):
            known = self.by_incident.get(row.sys_id)
            if known and known.case_id:
                return known
            if known and known.owner not in {"", owner} and known.expires > now:
                return None
            request = known.request if known and known.request else json.loads(json.dumps(row.request))
            blocked = known.blocked if known else None
            self.by_incident[row.sys_id] = replace(row, owner=owner, expires=until, request=request, blocked=blocked)
            self.incident_due[row.sys_id] = until + DEAD_S
            return self.by_incident[row.sys_id]

    def free_incident(self, sys_id: str, owner: str, due: float) -> None:
        with self.world.call("table", "free incident"):
            known = self.by_incident.get(sys_id)
            if known and known.owner == owner:
                self.by_incident[sys_id] = replace(known, owner="", expires=0)
                self.incident_due[sys_id] = due

    def block_incident(self, sys_id: str, owner: str, blocked: Blocked) -> None:
        with self.world.call("table", "block incident"):
            known = self.by_incident.get(sys_id)
            if known is None or known.owner != owner:
                raise ClaimLost
            self.by_incident[sys_id] = replace(known, owner="", expires=0, request=None, blocked=blocked)
            self.incident_due.pop(sys_id, None)
            if blocked.retry_at:
                self.incident_due[sys_id] = blocked.retry_at

    def settle_incident(self, sys_id: str, now: float) -> None:
        with self.world.call("table", "settle incident"):
            known = self.by_incident[sys_id]
            if not known.case_id and not (known.owner and known.expires > now):
                self.incident_due.pop(sys_id, None)

    def join(self, link: Link, owner: str) -> None:
        with self.world.call("table", "join"):
            known = self.by_incident.get(link.sys_id)
            if known and known.case_id not in {"", link.case_id}:
                raise ClaimLost
            self.claims.save(link.case_id, owner, {"doc": link.dumps()})
            self.by_incident[link.sys_id] = IncidentRow(link.sys_id, link.case_id, link.table)
            self.incident_due.pop(link.sys_id, None)

    def ledger(self, case_id: str, keys: Iterable[str]) -> dict[str, LedgerRow]:
        with self.world.call("table", "ledger"):
            known = self.entries.get(case_id, {})
            return {key: known[key] for key in keys if key in known}

    def whole_ledger(self, case_id: str, kind: str) -> dict[str, LedgerRow]:
        with self.world.call("table", "whole ledger"):
            return {k: r for k, r in self.entries.get(case_id, {}).items() if r.kind == kind}

    def count_creation(self, now: float, limit: int, opener: str = "") -> bool:
        with self.world.call("table", "count creation"):
            if self.stopped and now - self.stopped >= HOUR_S:
                self.creations, self.halved, self.stopped = [], True, 0
            elif not (self.creations and now - self.creations[0][0] < HOUR_S) and not self.stopped:
                self.creations, self.halved = [], False
            most = max(1, limit // 2) if self.halved else limit
            if not self.stopped and len(self.creations) >= most:
                self.stopped = now
            theirs = sum(by == opener for _, by in self.creations) if opener else 0
            counted = not self.stopped and theirs < share(most)
            if counted:
                self.creations.append((now, opener))
            return counted

    def count_unreadable(self, case_id: str, now: float) -> int:
        with self.world.call("table", "count unreadable"):
            self.unreadable[case_id] = now
            return sum(now - t < HOUR_S for t in self.unreadable.values())


def _row(case_id: str, raw: Mapping[str, Any]) -> Row:
    return Row(link=loads_link(raw["doc"]) if raw.get("doc") else Link(case_id), **claim_in(raw))
