"""The table of links in memory."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from integration.cases.brake import share
from integration.cases.link import loads_link
from integration.cases.ports import IncidentRow, LedgerRow, Row
from integration.cases.scheduling import DEAD_S
from integration.reconcile.errors import ClaimLost

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from integration.cases.link import Blocked, Link
    from tests.fakes.world import World

HOUR_S = 3600.0


@dataclass
class FakeLinks:
    """The table with the conditions of the real one; links are stored as text, so nothing is shared by accident."""

    world: World
    rows: dict[str, dict[str, Any]] = field(default_factory=dict)
    by_incident: dict[str, IncidentRow] = field(default_factory=dict)
    incident_due: dict[str, float] = field(default_factory=dict)
    entries: dict[str, dict[str, LedgerRow]] = field(default_factory=dict)
    audit: list[Mapping[str, Any]] = field(default_factory=list)
    creations: list[tuple[float, str]] = field(default_factory=list)
    stopped: float = 0
    halved: bool = False
    unreadable: dict[str, float] = field(default_factory=dict)

    def _row(self, case_id: str, raw: dict[str, Any]) -> Row:
        link = loads_link(raw["doc"]) if raw["doc"] else loads_link(json.dumps({"case_id": case_id}))
        claim = {name: raw[name] for name in ("version", "owner", "expires", "marked", "killed", "due")}
        return Row(link, ended_unclean=raw["unclean"], **claim)

    def get(self, case_id: str) -> Row | None:
        with self.world.call("table", "get"):
            raw = self.rows.get(case_id)
            return self._row(case_id, raw) if raw else None

    def incident(self, sys_id: str) -> IncidentRow | None:
        with self.world.call("table", "get incident"):
            return self.by_incident.get(sys_id)

    def claim(self, case_id: str, owner: str, until: float, now: float, known: Row | None = None) -> Row | None:
        if known and known.live(now) and known.owner != owner:
            return None
        with self.world.call("table", "claim"):
            raw = self.rows.setdefault(
                case_id,
                {
                    "doc": "",
                    "version": 0,
                    "owner": "",
                    "expires": 0,
                    "marked": False,
                    "unclean": False,
                    "due": None,
                    "killed": 0,
                },
            )
            if raw["owner"] and raw["expires"] > now and raw["owner"] != owner:
                return None
            before = self._row(case_id, raw)
            raw |= {"owner": owner, "expires": until, "marked": False, "version": raw["version"] + 1}
            raw |= {"due": until + DEAD_S, "killed": before.deaths}
            return before

    def postpone(self, case_id: str, version: int, due: float | None) -> bool:
        with self.world.call("table", "postpone"):
            raw = self.rows.get(case_id)
            if raw is None or raw["version"] != version or raw["owner"]:
                return False
            raw["due"] = due
            return True

    def mark(self, case_id: str, now: float) -> bool:
        with self.world.call("table", "mark"):
            raw = self.rows.get(case_id)
            if raw is None or not raw["owner"] or raw["expires"] <= now:
                return False
            raw["marked"] = True
            return True

    def _fenced(self, owner: str, case_id: str) -> dict[str, Any]:
        raw = self.rows.get(case_id)
        if raw is None or raw["owner"] != owner:
            raise ClaimLost
        return raw

    def _store(self, raw: dict[str, Any], link: Link, rows: Sequence[LedgerRow]) -> None:
        raw["doc"] = link.dumps()
        self.entries.setdefault(link.case_id, {}).update({row.key: row for row in rows})

    def save(self, owner: str, link: Link, rows: Sequence[LedgerRow] = ()) -> None:
        with self.world.call("table", "save"):
            self._store(self._fenced(owner, link.case_id), link, rows)

    def clear_mark(self, owner: str, link: Link, rows: Sequence[LedgerRow] = ()) -> None:
        with self.world.call("table", "clear mark"):
            raw = self._fenced(owner, link.case_id)
            self._store(raw, link, rows)
            raw["marked"] = False

    def release(self, owner: str, link: Link, rows: Sequence[LedgerRow], due: float | None, audit: Any) -> bool:
        with self.world.call("table", "release"):
            raw = self._fenced(owner, link.case_id)
            if raw["marked"]:
                return False
            self._store(raw, link, rows)
            raw |= {"owner": "", "expires": 0, "unclean": False, "due": due, "killed": 0}
            self.audit += [audit] if audit else []
            return True

    def abandon(
        self,
        owner: str,
        link: Link,
        rows: Sequence[LedgerRow],
        due: float | None,
        audit: Mapping[str, Any] | None = None,
        *,
        unclean: bool = True,
    ) -> None:
        with self.world.call("table", "abandon"):
            raw = self._fenced(owner, link.case_id)
            self._store(raw, link, rows)
            self.audit += [audit] if audit else []
            raw |= {"owner": "", "expires": 0, "unclean": unclean, "due": due}
            raw["killed"] = raw["killed"] if unclean else 0

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
            raw = self._fenced(owner, link.case_id)
            known = self.by_incident.get(link.sys_id)
            if known and known.case_id not in {"", link.case_id}:
                raise ClaimLost
            self._store(raw, link, ())
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
