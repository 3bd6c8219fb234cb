"""Faults of the line, carried out: what a broken network or a silent service does to one request."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from starlette.responses import Response

from .faults import Fault

if TYPE_CHECKING:
    import threading
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request
    from starlette.types import Receive, Scope, Send

    from .service import Service

    Answer = Callable[[], Awaitable[Response]]
    Befalling = Callable[[Any, Request, Answer], Awaitable[tuple[Response, str]]]

KINDS = ("latency", "reset-before", "reset-after", "timeout", "timeout-after")
"""Those ending in `-after` take effect first."""
HOLD_S = 120.0
"""How long a silent service holds the line when the rule does not say."""


@dataclass
class LineFault(Fault):
    """`operation` is a glob; `latency_s` delays any kind of call, `hold_s` is how long a timeout holds the line."""

    KINDS: ClassVar[tuple[str, ...]] = KINDS

    operation: str = ""
    latency_s: float = 0.0
    hold_s: float = HOLD_S


class Cut(Response):
    """No answer: the connection ends."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - ASGI
        scope["state"]["transport"].abort()
        while (await receive())["type"] != "http.disconnect":
            pass  # what the caller still had to say


class Truncated(Response):
    """Promises the whole body, sends half of it and drops the connection."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        half = bytes(self.body)[: len(self.body) // 2]
        await send({"type": "http.response.body", "body": half, "more_body": True})
        scope["state"]["transport"].close()
        while (await receive())["type"] != "http.disconnect":
            pass  # what the caller still had to say


async def disturbed(fault: LineFault | None, http: Request, answer: Answer) -> tuple[Response, str]:
    """The response to send and how the call went: its status, or the fault that cut the line."""
    if fault:
        await asyncio.sleep(fault.latency_s)
    if fault is None or fault.kind == "latency" or fault.kind not in KINDS:
        response = await answer()
        return response, str(response.status_code)
    if fault.kind.endswith("-after"):
        await answer()
    if fault.kind.startswith("timeout"):
        await _silence(http, fault.hold_s, http.app.state.service.ending)
    return Cut(), fault.kind


async def called(
    http: Request, operation: str, answer: Answer, befalling: Befalling = disturbed, **ids: str
) -> Response:
    """One call of an operation: counted, late as the switch says, and with the fault that befalls it."""
    service: Service[Any, Any] = http.app.state.service
    outcome = "none"
    service.calls.arrived(operation)
    try:
        await asyncio.sleep(service.switches.latency_s)
        response, outcome = await befalling(service.faults.take(operation=operation), http, answer)
    finally:
        service.calls.answered(operation, outcome, service.clock(), **ids)
    return response


async def _silence(http: Request, hold_s: float, ending: threading.Event) -> None:
    """Until the caller hangs up or the server ends, but no longer than `hold_s`."""
    loop = asyncio.get_running_loop()
    end = loop.time() + hold_s
    while loop.time() < end and not ending.is_set() and not await http.is_disconnected():  # noqa: ASYNC110 - no event
        await asyncio.sleep(0.02)
