"""The reaper, once a minute: wakes the workspaces and orders whose time has come."""

from __future__ import annotations

import time
from functools import cache
from typing import Any

from integration.connection.runtime import runtime
from integration.connection.wiring import Connection
from integration.workspaces.declaration import WORKSPACES
from integration.workspaces.names import WAITING
from integration.workspaces.sweep import Sweep
from integration.workspaces.wiring import Parts

HERE = runtime("workspace_reaper", WORKSPACES)


def handler(_event: dict[str, Any], _context: Any) -> dict[str, int]:
    """What it found. Raises what could not be read or sent, so that the error alarm sees it."""
    swept = _sweep().run()
    HERE.telemetry.emit({WAITING: swept.longest_s}, {"due": swept.due})
    return {"due": swept.due}


@cache
def _sweep() -> Sweep:
    parts = Parts(Connection(HERE))
    return Sweep(parts.records, parts.queue, time.time)
