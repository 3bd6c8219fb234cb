"""Who waits for which change, for `status`: ids and moments."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from boto3.dynamodb.conditions import Key

from integration import names as n
from integration.aws.table import Table
from integration.changes.gate.names import TABLE
from integration.operations.changes import checks
from integration.operations.overview import Looks, Overview
from integration.operations.terminal.output import ago
from integration.reconcile.table_claims import DUE_SHARD

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from integration.operations.deployment.deployed import Deployed

LATE_S = 3600
FAR = 1 << 40
"""Epoch seconds nobody lives to see: everything with a due time is before it."""


def overview(deployed: Deployed, *, every: bool = False) -> Overview:
    """Those that wait over an hour; `every`: all."""
    looks, now = Looks(), time.time()
    table = Table(deployed.client("dynamodb"), deployed.names.of(TABLE))
    held = looks.part("changes that are waited for", lambda: _waiting(table), [])
    secret = looks.part("the gate's secret", lambda: list(checks.secret(deployed)), [])
    lacking = [f"{each.told}: {each.fix}" for each in secret if each.state == "fail"]
    late = [item for item in held if now - float(item["asked"]) > LATE_S]
    attention = [
        f"{item.get('number') or 'a change not made yet'} was asked for {ago(float(item['asked']))} and is waited for: "
        "its approvers decide, or cancel it"
        for item in late
    ]
    return Overview(rows=tuple(map(_row, held if every else late)), attention=(*looks.attention, *lacking, *attention))


def _waiting(table: Table) -> list[Mapping[str, Any]]:
    query = Key(n.DUE_SHARD).eq(DUE_SHARD) & Key(n.DUE).lte(FAR)
    return [item for item in table.query(query, index=n.DUE_INDEX) if int(item.get("waiting", 0))]


def _row(item: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "number": item.get("number", ""),
        "sys_id": item.get("sysId", ""),
        "waiting": int(item["waiting"]),
        "since": int(item["asked"]),
    }
