"""The table behind the `Links` port: one item per link with its claim, ledger rows beside it, one item per incident.

| PK | SK | what |
|---|---|---|
| `Case#<caseId>` | `latest` | the link (`doc`, JSON), its claim (`owner`, `expires`), `marked`, `unclean`, `due` |
| `Case#<caseId>` | `Comment#…` `Journal#…` `CaseFile#…` `IncidentFile#…` | ledger rows |
| `Case#<caseId>` | `Audit#<time>#<pass>` | what one pass changed; expires |
| `Incident#<sys_id>` | `latest` | its case, or the case being made for it |
| `Brake`, `Unreadable`, `Poll` | `latest` | counters and cursors |
| `Heard` | `event` `probe` | when the instance last told something; the webhook's function writes them |
"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.conditions import Attr, Key

from integration.aws.errors import ConditionFailed
from integration.aws.item import Put, Update
from integration.cases import brake
from integration.cases.link import CASE, INCIDENT, Blocked, Link, as_known, loads_link
from integration.cases.ports import IncidentRow, LedgerRow, Row
from integration.reconcile.audit import audit_row
from integration.reconcile.errors import ClaimLost
from integration.reconcile.table_claims import TableClaims, claim_in, due_at, leased

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from integration.aws.encryption import Envelope
    from integration.aws.table import Table
    from integration.reconcile.claims import Ending

LATEST = "latest"
SIDES = {"Case": CASE, "Incident": INCIDENT}
HOUR_S = 3600.0
UNREADABLE_KEPT = 20
KEPT_MOST = 10_000
"""Incidents whose case a container remembers: about 1 MiB."""


class LinkRecords:
    """`envelope` encrypts the request of a creation in flight."""

    def __init__(self, table: Table, envelope: Envelope) -> None:
        self._table, self._envelope = table, envelope
        self._claims = TableClaims(table, _row)
        self._case_of: dict[str, str] = {}

    # ------------------------------------------------------------------------------------------- links and claims
    def get(self, case_id: str) -> Row | None:
        row = self._claims.get(_key(case_id))
        if row is None:
            self._case_of.clear()  # the table was lost
        return row

    def claim(self, case_id: str, owner: str, until: float, now: float, known: Row | None = None) -> Row | None:
        return self._claims.claim(_key(case_id), owner, until, now, known, {"caseId": case_id})

    def postpone(self, case_id: str, version: int, due: float | None) -> bool:
        return self._claims.postpone(_key(case_id), version, due)

    def mark(self, case_id: str, now: float) -> bool:
        return self._claims.mark(_key(case_id), now)

    def save(self, owner: str, link: Link, rows: Sequence[LedgerRow] = (), *, clears_mark: bool = False) -> None:
        self._claims.save(_key(link.case_id), owner, _body(link), _ledger_puts(link, rows), clears_mark=clears_mark)

    def release(
        self,
        owner: str,
        link: Link,
        rows: Sequence[LedgerRow],
        ending: Ending,
        audit: Mapping[str, Any] | None = None,
    ) -> bool:
        writes = [*_ledger_puts(link, rows), *([audit_row(_key(link.case_id)[0], audit)] if audit else [])]
        return self._claims.release(_key(link.case_id), owner, _body(link), ending, writes)

    # ------------------------------------------------------------------------------------------- incidents
    def incident(self, sys_id: str) -> IncidentRow | None:
        """A linked incident keeps its case, so a container asks once; `claim_incident` goes by the table alone."""
        if sys_id in self._case_of:
            return IncidentRow(sys_id, case_id=self._case_of[sys_id])
        item = self._table.get(f"Incident#{sys_id}", LATEST)
        row = self._incident_row(sys_id, item) if item else None
        if row and row.case_id and len(self._case_of) < KEPT_MOST:
            self._case_of[sys_id] = row.case_id
        return row

    def claim_incident(self, row: IncidentRow, owner: str, until: float, now: float) -> IncidentRow | None:
        """The request is kept by the first who comes; a linked incident is told and left as it is."""
        free = Attr("owner").not_exists() | Attr("expires").lte(now) | Attr("owner").eq(owner)
        values = leased(owner, until) | {"incidentTable": row.table}
        key = (f"Incident#{row.sys_id}", LATEST)
        request = {"request": self._envelope.encrypt(json.dumps(row.request), key)} if row.request else {}
        update = Update(key, values, defaults=request, condition=Attr("caseId").not_exists() & free)
        try:
            return self._incident_row(row.sys_id, self._table.update(update))
        except ConditionFailed as failed:
            known = self._incident_row(row.sys_id, failed.item or {})
            return known if known.case_id or known.owner == owner else None

    def free_incident(self, sys_id: str, owner: str, due: float) -> None:
        values, _ = due_at(due)
        ours = Attr("owner").eq(owner)
        freed = Update((f"Incident#{sys_id}", LATEST), values, removed=("owner", "expires"), condition=ours)
        with suppress(ConditionFailed):
            self._table.write(freed)

    def block_incident(self, sys_id: str, owner: str, blocked: Blocked) -> None:
        due, not_due = due_at(blocked.retry_at or None)
        freed = Update(
            (f"Incident#{sys_id}", LATEST),
            {"blocked": json.dumps(asdict(blocked)), **due},
            removed=("owner", "expires", "request", *not_due),
            condition=Attr("owner").eq(owner),
        )
        try:
            self._table.write(freed)
        except ConditionFailed as failed:
            raise ClaimLost from failed

    def settle_incident(self, sys_id: str, now: float) -> None:
        free = Attr("caseId").not_exists() & (Attr("owner").not_exists() | Attr("expires").lte(now))
        _, due = due_at(None)
        settled = Update((f"Incident#{sys_id}", LATEST), removed=due, condition=Attr("PK").exists() & free)
        with suppress(ConditionFailed):
            self._table.write(settled)

    def join(self, link: Link, owner: str) -> None:
        incident = {"caseId": link.case_id, "incidentTable": link.table, "instance": link.instance}
        put = Put(
            {"PK": f"Incident#{link.sys_id}", "SK": LATEST, **incident},
            Attr("caseId").not_exists() | Attr("caseId").eq(link.case_id),
        )
        self._claims.save(_key(link.case_id), owner, _body(link), [put])

    def _incident_row(self, sys_id: str, item: Mapping[str, Any]) -> IncidentRow:
        kept, key = item.get("request"), (f"Incident#{sys_id}", LATEST)
        return IncidentRow(
            sys_id=sys_id,
            case_id=item.get("caseId", ""),
            table=item.get("incidentTable", ""),
            owner=item.get("owner", ""),
            expires=float(item.get("expires", 0)),
            request=json.loads(self._envelope.decrypt(kept, key)) if kept else None,
            blocked=as_known(Blocked, json.loads(item["blocked"])) if "blocked" in item else None,
        )

    # ------------------------------------------------------------------------------------------- ledger
    def ledger(self, case_id: str, keys: Iterable[str]) -> dict[str, LedgerRow]:
        items = self._table.batch((f"Case#{case_id}", key) for key in keys)
        return {row.key: row for row in map(_ledger_row, items.values())}

    def whole_ledger(self, case_id: str, kind: str) -> dict[str, LedgerRow]:
        rows = self._table.query(Key("PK").eq(f"Case#{case_id}") & Key("SK").begins_with(f"{kind}#"))
        return {row.key: row for row in map(_ledger_row, rows)}

    # ------------------------------------------------------------------------------------------- counters
    def count_creation(self, now: float, limit: int, opener: str = "") -> bool:
        return brake.counted(self._table, now, limit, opener)

    def count_unreadable(self, case_id: str, now: float) -> int:
        """A handful of ids, each with its last time; many are one outage, so no more are kept."""
        item = self._table.get("Unreadable", LATEST) or {}
        seen = {k: float(v) for k, v in item.items() if k not in {"PK", "SK"} and now - float(v) < HOUR_S}
        if case_id in seen or len(seen) <= UNREADABLE_KEPT:
            seen[case_id] = now
            self._table.put({"PK": "Unreadable", "SK": LATEST, **seen})
        return len(seen)

    # ------------------------------------------------------------------------------------------- for poll and CLI
    def due(self, now: float) -> list[tuple[tuple[str, str], float]]:
        """Side, id and time of what somebody must look at by now, the longest waiting first; at most a thousand."""
        keys = [(*pk.partition("#")[::2], at) for (pk, _), at in self._claims.due(now)]
        return [((SIDES[kind], key), at) for kind, key, at in keys if kind in SIDES]

    def known(self, records: Sequence[tuple[str, str]]) -> set[tuple[str, str]]:
        """Those, each a side and an id, of which there is an item: a link, a decision, a pass at work."""
        kinds = {side: kind for kind, side in SIDES.items()}
        items = self._table.batch((f"{kinds[side]}#{key}", LATEST) for side, key in records)
        return {(SIDES[kind], key) for kind, _, key in (pk.partition("#") for pk, _ in items)}

    def load(self, name: str) -> dict[str, Any]:
        item = self._table.get(name, LATEST)
        loaded: dict[str, Any] = json.loads(item["doc"]) if item else {}
        return loaded

    def store(self, name: str, content: Mapping[str, Any]) -> None:
        self._table.put({"PK": name, "SK": LATEST, "doc": json.dumps(dict(content))})


def _key(case_id: str) -> tuple[str, str]:
    return f"Case#{case_id}", LATEST


def _body(link: Link) -> dict[str, Any]:
    return {"doc": link.dumps(), "state": link.state, "sysId": link.sys_id, "number": link.number}


def _row(key: tuple[str, str], item: Mapping[str, Any]) -> Row:
    doc = item.get("doc")
    link = loads_link(doc) if doc else Link(key[0].removeprefix("Case#"))
    return Row(link=link, **claim_in(item))


def _ledger_puts(link: Link, rows: Sequence[LedgerRow]) -> list[Put]:
    return [_ledger_put(link.case_id, row) for row in rows]


def _ledger_put(case_id: str, row: LedgerRow) -> Put:
    kept = {"print": row.fingerprint, "peers": list(row.peers), "why": row.why, "attempts": row.attempts}
    return Put({"PK": f"Case#{case_id}", "SK": row.key} | {name: value for name, value in kept.items() if value})


def _ledger_row(item: Mapping[str, Any]) -> LedgerRow:
    kind, _, entry = str(item["SK"]).partition("#")
    peers = tuple(item.get("peers", ()))
    return LedgerRow(kind, entry, item.get("print", ""), peers, item.get("why", ""), int(item.get("attempts", 0)))
