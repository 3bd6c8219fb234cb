"""The Security IR client: woken by changes in ServiceNow and by backfill, it brings the whole link in step."""

from __future__ import annotations

from functools import cache
from typing import Any

from integration.cases.declaration import CASES
from integration.cases.messages import handle
from integration.cases.wiring import Parts
from integration.connection.runtime import runtime
from integration.connection.wiring import Connection
from integration.registry import foreign_marks


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """SQS event source with partial batch failures."""
    return handle(event, context, _parts())


@cache
def _parts() -> Parts:
    return Parts(Connection(runtime("security_ir_client", CASES), foreign_marks(CASES.key)))
