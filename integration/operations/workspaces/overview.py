"""Which workspaces and orders are late, for `status`: ids and moments."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from integration.operations.overview import Looks, Overview
from integration.operations.terminal.output import ago
from integration.operations.workspaces.inventory import Inventory
from integration.workspaces.model import Phase
from integration.workspaces.names import TABLE

if TYPE_CHECKING:
    from typing import Any

    from integration.operations.deployment.deployed import Deployed
    from integration.workspaces.model import Row

LATE_S = 900


def overview(deployed: Deployed, *, every: bool = False) -> Overview:
    """Those that are late or blocked; `every`: all that are not gone."""
    looks, now = Looks(), time.time()
    rows = looks.part("workspaces", Inventory(deployed, deployed.names.of(TABLE)).rows, [])
    alive = [row for row in rows if row.phase is not Phase.GONE]
    shown = tuple(_shown(row) for row in alive if every or _stuck(row, now))
    return Overview(rows=shown, attention=(*looks.attention, *(_said(row) for row in alive if _stuck(row, now))))


def _stuck(row: Row, now: float) -> bool:
    return row.blocked is not None or (row.due is not None and now - row.due > LATE_S)


def _said(row: Row) -> str:
    if row.blocked:
        return f"workspace {row.id} waits: {row.blocked.reason}"
    return f"workspace {row.id} was to be looked at {ago(row.due)}: the worker's log says why it was not"


def _shown(row: Row) -> dict[str, Any]:
    return {
        "workspace": row.id,
        "phase": str(row.phase),
        "due": round(row.due or 0),
        "blocked": row.blocked is not None,
    }
