"""Carries out the faults of calls: what a broken service, network or proxy does to one request."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.responses import FileResponse, HTMLResponse, Response

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
    import threading
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request
    from starlette.types import Receive, Scope, Send

    from .rules import Rule

    Answer = Callable[[], Awaitable[Response]]


class Truncated(Response):
    """Promises the whole body, sends half of it and drops the connection."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        half = bytes(self.body)[: len(self.body) // 2]
        await send({"type": "http.response.body", "body": half, "more_body": True})
        scope["state"]["transport"].close()
        while (await receive())["type"] != "http.disconnect":
            pass  # what the caller still had to say


def _truncated(whole: Response) -> Response:
    body = Path(whole.path).read_bytes() if isinstance(whole, FileResponse) else bytes(whole.body)
    return Truncated(body, whole.status_code, dict(whole.headers))


def api_error(error: ApiError) -> Response:
    return Response(json.dumps(error.body), error.status, error.headers, media_type="application/json")


def _error(rule: Rule) -> ApiError:
    makers: dict[str, Callable[[], ApiError]] = {
        "400": lambda: invalid("Refused by a fault rule"),
        "inactive": inactive,
        "402": lambda: over_quota("Refused by a fault rule", "fault", "Case"),
        "403": denied,
        "404": lambda: not_found("Refused by a fault rule"),
        "409": lambda: conflict("Refused by a fault rule", "fault", "Case"),
        "423": bad_page_token,
        "429": lambda: throttled(rule.retry_after_s),
        "500": lambda: internal(rule.retry_after_s),
    }
    return makers[rule.kind]()


async def disturbed(rule: Rule | None, request: Request, answer: Answer) -> tuple[Response, str]:
    """The response to send and how the call went. Kinds ending in `-after`, and `truncated`, take effect first."""
    if rule is None:
        return _with_outcome(await answer())
    await asyncio.sleep(rule.latency_s)
    if rule.kind == "latency":
        return _with_outcome(await answer())
    if rule.kind == "html":
        page = HTMLResponse("<html><body><h1>Service unavailable</h1></body></html>", rule.status)
        return page, "html"
    if rule.kind == "truncated":
        return _truncated(await answer()), "truncated"
    if rule.kind.startswith(("reset", "timeout")):
        return await _cut(rule, request, answer), rule.kind
    return _with_outcome(api_error(_error(rule)))


def _with_outcome(response: Response) -> tuple[Response, str]:
    return response, str(response.status_code)


async def _cut(rule: Rule, request: Request, answer: Answer) -> Response:
    if rule.kind.endswith("-after"):
        await answer()
    if rule.kind.startswith("timeout"):
        await _silence(request, rule.hold_s, request.app.state.service.ending)
    transport: Any = request.scope["state"]["transport"]
    transport.abort()
    await asyncio.sleep(0)  # lets the server see the broken line before it is given a response to drop
    return Response(status_code=500)


async def _silence(request: Request, hold_s: float, ending: threading.Event) -> None:
    """Until the caller hangs up or the server ends, but no longer than `hold_s`."""
    loop = asyncio.get_running_loop()
    end = loop.time() + hold_s
    while loop.time() < end and not ending.is_set() and not await request.is_disconnected():  # noqa: ASYNC110 - no event
        await asyncio.sleep(0.02)
