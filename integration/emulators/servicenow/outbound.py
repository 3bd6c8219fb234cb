"""HTTP calls the instance makes (webhooks), what may go wrong with them, and a record of each without its secrets."""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import requests

from integration.emulators.kit.faults import Fault, Faults

if TYPE_CHECKING:
    from collections.abc import Callable

    from .clock import Clock

CAP_S = 30.0
"""glide.http.outbound.max_timeout: no call waits longer."""
FAULTS = ("lost", "doubled", "late", "disordered")
_SECRET_HEADERS = ("authorization", "cookie", "x-api-key", "x-sn-apikey")
_NO_ANSWER = {"status": 0, "headers": {}, "body": ""}


@dataclass
class WebhookFault(Fault):
    """`lost` never leaves, `doubled` arrives twice, `late` after `seconds`, `disordered` behind the next call.

    `seconds` bounds how long a disordered call waits for another one.
    """

    KINDS = FAULTS

    url: str = "*"
    seconds: float = 2.0


class Outbound:
    def __init__(self, clock: Clock) -> None:
        self.faults = Faults(WebhookFault)
        self._log: deque[dict[str, Any]] = deque(maxlen=5000)
        self._clock = clock
        self._changed = threading.Condition()
        self._sent = 0
        self._running = 0
        self._number = 0
        self._stopped = False

    def send(self, request: dict[str, Any]) -> dict[str, Any]:
        """`{method, url, headers, body, timeout_ms}` to `{status, headers, body, error}`; no answer is status 0."""
        return self.sending(request)()

    def sending(self, request: dict[str, Any]) -> Callable[[], dict[str, Any]]:
        """The same in two steps: the call is running from now on, and is made where what this returns is called."""
        request = {**request, "headers": [["User-Agent", "ServiceNow/1.0"], *request["headers"]]}
        fault = self.faults.take(url=str(request["url"]))
        with self._changed:
            self._running += 1
        return partial(self._sent_with, fault, request)

    def _sent_with(self, fault: WebhookFault | None, request: dict[str, Any]) -> dict[str, Any]:
        try:
            return self._send_with(fault, request)
        finally:
            with self._changed:
                self._running -= 1
                self._changed.notify_all()

    @property
    def sent(self) -> int:
        """How many calls have ended, answered or not."""
        return self._sent

    def settle(self, timeout_s: float) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: not self._running, timeout_s)

    def stop(self) -> None:
        """Calls that are held back leave at once."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    def reset(self) -> None:
        self.faults.clear()
        self.clear_log()

    def clear_log(self) -> None:
        with self._changed:
            self._log.clear()

    def log_as_json(self) -> list[dict[str, Any]]:
        """Calls in the order they ended; header values that are secrets are not kept."""
        with self._changed:
            return list(self._log)

    def _send_with(self, fault: WebhookFault | None, request: dict[str, Any]) -> dict[str, Any]:
        kind = fault.kind if fault else ""
        if kind == "lost":
            self._record(request, 0, kind)
            return {**_NO_ANSWER, "error": "the call was lost"}
        if fault and kind in ("late", "disordered"):
            self._hold(fault)
        answer = self._exchange(request, kind)
        if kind == "doubled":
            answer = self._exchange(request, kind)
        return answer

    def _hold(self, fault: WebhookFault) -> None:
        with self._changed:
            target = self._sent + 1 if fault.kind == "disordered" else float("inf")
            self._changed.wait_for(lambda: self._sent >= target or self._stopped, fault.seconds)

    def _exchange(self, request: dict[str, Any], fault: str) -> dict[str, Any]:
        """One call without cookies or retries, as RESTMessageV2 makes them."""
        headers = {str(name): str(value) for name, value in request["headers"]}
        timeout_s = min(float(request.get("timeout_ms") or 0) / 1000 or CAP_S, CAP_S)
        body = str(request.get("body") or "").encode()
        started = time.monotonic()
        try:
            with requests.Session() as http:
                http.trust_env = False
                response = http.request(
                    str(request["method"]), str(request["url"]), headers=headers, data=body or None, timeout=timeout_s,
                    allow_redirects=False,
                )  # fmt: skip
        except (requests.RequestException, ValueError) as error:
            self._record(request, 0, fault, started)
            return {**_NO_ANSWER, "error": f"{type(error).__name__}: no answer"}
        self._record(request, response.status_code, fault, started)
        return {"status": response.status_code, "headers": dict(response.headers), "body": response.text, "error": ""}

    def _record(self, request: dict[str, Any], status: int, fault: str, started: float | None = None) -> None:
        headers = {
            str(name): "(hidden)" if str(name).lower() in _SECRET_HEADERS else str(value)
            for name, value in request["headers"]
        }
        with self._changed:
            self._number += 1
            self._sent += 1
            self._changed.notify_all()
            self._log.append({
                "n": self._number, "at": self._clock.stamp(), "method": str(request["method"]),
                "url": str(request["url"]), "headers": headers, "body": str(request.get("body") or ""),
                "status": status, "fault": fault,
                "ms": round((time.monotonic() - started) * 1000) if started is not None else 0,
            })  # fmt: skip
