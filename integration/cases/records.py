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
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.conditions import Attr

from integration.aws.item import Put
from integration.cases import brake
from integration.cases.incident_records import IncidentRecords
from integration.cases.ledger_records import LedgerRecords, ledger_puts
from integration.cases.link import CASE, INCIDENT, LATEST, Link, loads_link
from integration.cases.ports import LedgerRow, Row
from integration.reconcile.audit import audit_row
from integration.reconcile.table_claims import TableClaims, claim_in

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from integration.aws.encryption import Envelope
    from integration.aws.table import Table
    from integration.reconcile.claims import Ending

SIDES = {"Case": CASE, "Incident": INCIDENT}
HOUR_S = 3600.0
UNREADABLE_KEPT = 20


class LinkRecords(IncidentRecords, LedgerRecords):
    """`envelope` encrypts the request of a creation in flight."""

    def __init__(self, table: Table, envelope: Envelope) -> None:
        super().__init__(table, envelope)
        self._claims = TableClaims(table, _row)

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
        self._claims.save(_key(link.case_id), owner, _body(link), ledger_puts(link, rows), clears_mark=clears_mark)

    def release(
        self,
        owner: str,
        link: Link,
        rows: Sequence[LedgerRow],
        ending: Ending,
        audit: Mapping[str, Any] | None = None,
    ) -> bool:
        writes = [*ledger_puts(link, rows), *([audit_row(_key(link.case_id)[0], audit)] if audit else [])]
        return self._claims.release(_key(link.case_id), owner, _body(link), ending, writes)

    def join(self, link: Link, owner: str) -> None:
        incident = {"caseId": link.case_id, "incidentTable": link.table, "instance": link.instance}
        put = Put(
            {"PK": f"Incident#{link.sys_id}", "SK": LATEST, **incident},
            Attr("caseId").not_exists() | Attr("caseId").eq(link.case_id),
        )
        self._claims.save(_key(link.case_id), owner, _body(link), [put])

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
