"""Faults of one call: those of the line, and answers a broken or strict system gives."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from integration.emulators.kit import line

if TYPE_CHECKING:
    from starlette.requests import Request

STATUS, TRUNCATED, REDIRECT = "status", "truncated", "redirect"


@dataclass
class Fault(line.LineFault):
    """`status` has no effect but the answer; `truncated` takes effect first; `redirect` leads to `location`."""

    KINDS = (*line.KINDS, STATUS, TRUNCATED, REDIRECT)

    status: int = 503
    retry_after: str = ""
    location: str = ""

    @classmethod
    def schema(cls) -> dict[str, Any]:
        found = super().schema()
        found["properties"]["status"] = {"type": "integer", "minimum": 200, "maximum": 599}
        return found


async def disturbed(fault: Fault | None, http: Request, answer: line.Answer) -> tuple[Response, str]:
    if fault is None or fault.kind in line.KINDS:
        return await line.disturbed(fault, http, answer)
    await asyncio.sleep(fault.latency_s)
    if fault.kind == TRUNCATED:
        whole = await answer()
        return line.Truncated(bytes(whole.body) or b"{}", whole.status_code, dict(whole.headers)), TRUNCATED
    if fault.kind == REDIRECT:
        return Response(status_code=307, headers={"Location": fault.location or "/elsewhere"}), REDIRECT
    headers = {"Retry-After": fault.retry_after} if fault.retry_after else {}
    return Response('{"message": "by a fault rule"}', fault.status, headers, "application/json"), str(fault.status)
