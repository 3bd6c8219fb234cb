"""Faults of calls: rules an admin sets, and the answers a broken instance, network or proxy gives."""

from __future__ import annotations

import json
import threading
from dataclasses import asdict, dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

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
class Fault:
    """One rule. `path` and `table` are globs, `method` a name or `*`; `skip` lets so many pass, `times` 0 is always.

    `seconds`: how long latency and timeout last, when a late effect lands, what Retry-After says (0: no such header).
    """

    kind: str
    method: str = "*"
    path: str = "*"
    table: str = "*"
    times: int = 1
    skip: int = 0
    seconds: float = 0.0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"kinds of faults are {', '.join(KINDS)}")

    def matches(self, method: str, path: str, table: str) -> bool:
        return self.method in ("*", method) and fnmatchcase(path, self.path) and fnmatchcase(table, self.table)


class Faults:
    """Rules in the order they were set; the first that matches a call is used up by it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rules: list[Fault] = []

    def add(self, values: dict[str, Any]) -> None:
        """Raises TypeError or ValueError for what is no rule."""
        fault = Fault(**values)
        with self._lock:
            self._rules.append(fault)

    def clear(self) -> None:
        with self._lock:
            self._rules.clear()

    def take(self, method: str, path: str, table: str) -> Fault | None:
        with self._lock:
            for fault in self._rules:
                if not fault.matches(method, path, table):
                    continue
                if fault.skip:
                    fault.skip -= 1
                    continue
                fault.times -= 1
                if fault.times == 0:
                    self._rules.remove(fault)
                return fault
        return None

    def as_json(self) -> list[dict[str, Any]]:
        with self._lock:
            return [asdict(fault) for fault in self._rules]


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
