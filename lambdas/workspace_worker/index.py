"""The worker: woken by its queue, it makes, ends and tells one workspace, sees to one request item, or looks at all."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from integration.connection.runtime import runtime
from integration.connection.wiring import Connection
from integration.workspaces.declaration import WORKSPACES
from integration.workspaces.messages import LOOK, ORDER, WORKSPACE
from integration.workspaces.passes import handle
from integration.workspaces.wiring import Parts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from integration.workspaces.passes import Run

HERE = runtime("workspace_worker", WORKSPACES)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """SQS event source with partial batch failures."""
    return handle(event, context, _runs, _wake, HERE.telemetry, lambda: HERE.client("sqs"))


def _runs() -> Mapping[str, Run]:
    parts = _parts()
    return {WORKSPACE: parts.reconciler.run, ORDER: parts.ordering.run, LOOK: parts.unheard.run}


def _wake(workspaces: Sequence[str]) -> None:
    _parts().wake(workspaces)


@cache
def _parts() -> Parts:
    return Parts(Connection(HERE))
