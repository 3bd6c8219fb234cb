"""Woken by what happens in ServiceNow and by backfill; brings the whole link in step, both ways."""

from __future__ import annotations

from typing import Any

from integration.cases.messages import handle
from integration.cases.wiring import parts


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """SQS event source with partial batch failures."""
    return handle(event, context, parts("security_ir_client"))
