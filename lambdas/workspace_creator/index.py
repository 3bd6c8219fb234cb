"""The API of machines, `/workspaces`: one workspace is made while the caller waits, for 1.5 s at most."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from integration.connection.runtime import runtime
from integration.connection.wiring import Connection
from integration.workspaces.api import MachineApi
from integration.workspaces.declaration import WORKSPACES
from integration.workspaces.wiring import Parts

if TYPE_CHECKING:
    from collections.abc import Mapping

HERE = runtime("workspace_creator", WORKSPACES)


def handler(event: Mapping[str, Any], _context: object) -> dict[str, Any]:
    return _api().answer(event)


@cache
def _api() -> MachineApi:
    parts = Parts(Connection(HERE))
    return MachineApi(parts.reconciler, lambda: parts.api_key, parts.wake, HERE.telemetry)
