"""The worker: woken by its queue, it makes, ends and tells one workspace, or sees to one request item."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from integration.connection.runtime import runtime
from integration.connection.wiring import Connection
from integration.workspaces.declaration import WORKSPACES
from integration.workspaces.passes import handle
from integration.workspaces.wiring import Parts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from integration.workspaces.ordering import Ordering
    from integration.workspaces.reconciler import Reconciler

HERE = runtime("workspace_worker", WORKSPACES)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """SQS event source with partial batch failures."""
    return handle(event, context, _core, _wake, HERE.telemetry, lambda: HERE.client("sqs"))


def _core() -> tuple[Reconciler, Ordering]:
    return _parts().reconciler, _parts().ordering


def _wake(workspaces: Sequence[str]) -> None:
    _parts().wake(workspaces)


@cache
def _parts() -> Parts:
    return Parts(Connection(HERE))
