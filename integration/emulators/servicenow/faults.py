"""Faults of calls: rules an admin sets, and the answers a broken instance, network or proxy gives."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from integration.emulators.kit import faults as kit
from integration.emulators.kit.line import HOLD_S, LineFault

from .errors import ApiError, api_acl, cancelled, not_authenticated, rate_limited, unscoped
from .exchange import HTML, Response, error_response

if TYPE_CHECKING:
    from collections.abc import Callable

KINDS = (
    "latency", "401", "403-unscoped", "403-acl", "429-json", "429-html", "500", "500-after-commit", "commit-late",
    "reset-before", "reset-after", "html-200", "hibernation", "truncated-200", "202-empty", "timeout",
)  # fmt: skip
_LOGIN = "<html><head><title>Log in | SSO</title></head><body><form action='/login'></form></body></html>"
_HIBERNATING = "<html><head><title>Instance Hibernating page</title></head><body></body></html>"
_BUSY = "<html><body><h1>429 Too Many Requests</h1></body></html>"
TAIL = {
    "error": {
        "message": "Transaction cancelled: maximum execution time exceeded",
        "detail": "Check logs for error trace.",
    },
    "status": "failure",
}


@dataclass
class Fault(kit.Fault):
    """`path` and `table` are globs, `method` a name or `*`.

    `seconds`: how long latency and timeout last, when a late effect lands, what Retry-After says (0: no such header).
    """

    KINDS = KINDS

    method: str = "*"
    path: str = "*"
    table: str = "*"
    seconds: float = 0.0

    @property
    def on_the_line(self) -> LineFault:
        latency_s = self.seconds if self.kind == "latency" else 0.0
        return LineFault(self.kind, latency_s=latency_s, hold_s=self.seconds or HOLD_S)


def instead(fault: Fault) -> Response | None:
    """What is answered without the call taking effect; None for faults that let it through."""
    retry = {"Retry-After": str(int(fault.seconds))} if fault.seconds else {}
    errors: dict[str, Callable[[], ApiError]] = {
        "401": not_authenticated,
        "403-unscoped": unscoped,
        "403-acl": api_acl,
        "429-json": lambda: rate_limited(100, "Table API"),
        "500": cancelled,
    }
    if fault.kind in errors:
        response = error_response(errors[fault.kind]())
        response.headers.update(retry if fault.kind == "429-json" else {})
        return response
    pages = {"html-200": (200, _LOGIN), "hibernation": (200, _HIBERNATING), "429-html": (429, _BUSY)}
    if fault.kind in pages:
        status, page = pages[fault.kind]
        return Response(status, page.encode(), {"Content-Type": HTML, **(retry if status == 429 else {})})
    return Response(202) if fault.kind == "202-empty" else None


def truncated(whole: Response) -> Response:
    """The answer cut in its middle with the error behind it, as when a quota ends a transaction while it streams."""
    tail = json.dumps(TAIL)[1:]
    body = whole.body[: max(len(whole.body) * 2 // 3, 1)] + b"," + tail.encode()
    return Response(200, body, dict(whole.headers))
