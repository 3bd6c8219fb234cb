"""The ledger's rows of the table, beside the link: `Case#<caseId>` / `Comment#…` `Journal#…` `CaseFile#…`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from boto3.dynamodb.conditions import Key

from integration.aws.item import Put
from integration.cases.ports import LedgerRow

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from integration.aws.table import Table
    from integration.cases.link import Link


class LedgerRecords:
    _table: Table

    def ledger(self, case_id: str, keys: Iterable[str]) -> dict[str, LedgerRow]:
        items = self._table.batch((f"Case#{case_id}", key) for key in keys)
        return {row.key: row for row in map(ledger_row, items.values())}

    def whole_ledger(self, case_id: str, kind: str) -> dict[str, LedgerRow]:
        rows = self._table.query(Key("PK").eq(f"Case#{case_id}") & Key("SK").begins_with(f"{kind}#"))
        return {row.key: row for row in map(ledger_row, rows)}


def ledger_puts(link: Link, rows: Sequence[LedgerRow]) -> list[Put]:
    return [ledger_put(link.case_id, row) for row in rows]


def ledger_put(case_id: str, row: LedgerRow) -> Put:
    kept = {"print": row.fingerprint, "peers": list(row.peers), "why": row.why, "attempts": row.attempts}
    return Put({"PK": f"Case#{case_id}", "SK": row.key} | {name: value for name, value in kept.items() if value})


def ledger_row(item: Mapping[str, Any]) -> LedgerRow:
    kind, _, entry = str(item["SK"]).partition("#")
    peers = tuple(item.get("peers", ()))
    return LedgerRow(kind, entry, item.get("print", ""), peers, item.get("why", ""), int(item.get("attempts", 0)))
