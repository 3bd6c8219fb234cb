"""Faults of calls and native events: rules an admin sets, and the answers a broken service or proxy gives."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.responses import FileResponse, HTMLResponse, Response

from integration.emulators.kit import line

from .errors import (
    ApiError,
    bad_page_token,
    conflict,
    denied,
    inactive,
    internal,
    invalid,
    not_found,
    over_quota,
    throttled,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

ERROR_KINDS = ("400", "inactive", "402", "403", "404", "409", "423", "429", "500")
CALL_KINDS = (*line.KINDS, *ERROR_KINDS, "html", "truncated")
EVENT_KINDS = ("lost", "doubled", "late", "disordered")


@dataclass
class Fault(line.LineFault):
    """For calls, or with `event`, a glob over detail-types, for native events.

    `delay_s` is for late events and the longest a disordered one waits.
    """

    KINDS = (*CALL_KINDS, *EVENT_KINDS)

    event: str = ""
    delay_s: float = 2.0
    retry_after_s: int = 1
    status: int = 503

    @classmethod
    def schema(cls) -> dict[str, Any]:
        found = super().schema()
        found["properties"]["status"] = {"type": "integer", "minimum": 200, "maximum": 599}
        return found | {
            "oneOf": [_befalling("operation", CALL_KINDS, "event"), _befalling("event", EVENT_KINDS, "operation")]
        }


def _befalling(target: str, kinds: tuple[str, ...], other: str) -> dict[str, Any]:
    named = {target: {"minLength": 1}, "kind": {"enum": list(kinds)}, other: False}
    return {"required": [target], "properties": named}


def _truncated(whole: Response) -> Response:
    body = Path(whole.path).read_bytes() if isinstance(whole, FileResponse) else bytes(whole.body)
    return line.Truncated(body, whole.status_code, dict(whole.headers))


def api_error(error: ApiError) -> Response:
    return Response(json.dumps(error.body), error.status, error.headers, media_type="application/json")


def _error(fault: Fault) -> ApiError:
    makers: dict[str, Callable[[], ApiError]] = {
        "400": lambda: invalid("Refused by a fault rule"),
        "inactive": inactive,
        "402": lambda: over_quota("Refused by a fault rule", "fault", "Case"),
        "403": denied,
        "404": lambda: not_found("Refused by a fault rule"),
        "409": lambda: conflict("Refused by a fault rule", "fault", "Case"),
        "423": bad_page_token,
        "429": lambda: throttled(fault.retry_after_s),
        "500": lambda: internal(fault.retry_after_s),
    }
    return makers[fault.kind]()


async def disturbed(fault: Fault | None, http: Request, answer: line.Answer) -> tuple[Response, str]:
    """The response to send and how the call went. Kinds ending in `-after`, and `truncated`, take effect first."""
    if fault is None or fault.kind in line.KINDS:
        return await line.disturbed(fault, http, answer)
    await asyncio.sleep(fault.latency_s)
    if fault.kind == "html":
        return HTMLResponse("<html><body><h1>Service unavailable</h1></body></html>", fault.status), "html"
    if fault.kind == "truncated":
        return _truncated(await answer()), "truncated"
    response = api_error(_error(fault))
    return response, str(response.status_code)
