"""The API of people, `/w`: the page of a workspace, and what it asks."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from integration.connection.runtime import runtime
from integration.connection.wiring import Connection
from integration.workspaces.declaration import WORKSPACES
from integration.workspaces.people import PeopleApi
from integration.workspaces.wiring import Parts

if TYPE_CHECKING:
    from collections.abc import Mapping

HERE = runtime("workspace_backend", WORKSPACES)


def handler(event: Mapping[str, Any], _context: object) -> dict[str, Any]:
    return _api().answer(event)


@cache
def _api() -> PeopleApi:
    parts = Parts(Connection(HERE))
    return PeopleApi(
        parts.reconciler,
        parts.files,
        lambda: parts.signing_key,
        lambda: parts.files.origin,
        parts.wake,
        HERE.telemetry,
    )
