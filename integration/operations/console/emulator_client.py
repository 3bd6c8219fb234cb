"""A client for the people's side of both emulators; refusals keep the emulated system's words."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Any

import requests

from integration.operations.console.source import Refused, Unreadable

TIMEOUT_S = 20


@dataclass
class EmulatorClient:
    """`security_ir` and `servicenow` are the admin URLs. Every method raises `Refused` and `Unreadable`."""

    security_ir: str
    servicenow: str
    _local: threading.local = field(default_factory=threading.local)

    def aws(self, method: str, path: str, **more: Any) -> Any:
        return self._send(method, f"{self.security_ir}/{path}", "Security IR", **more)

    def snow(self, method: str, path: str, **more: Any) -> Any:
        return self._send(method, f"{self.servicenow}/{path}", "ServiceNow", **more)

    def _send(self, method: str, url: str, system: str, **more: Any) -> Any:
        try:
            answer = self._session().request(method, url, timeout=TIMEOUT_S, **more)
        except requests.RequestException as error:
            raise Unreadable(f"The emulated {system} does not answer ({type(error).__name__}).") from error
        if answer.status_code >= 400:
            raise Refused(f"{system}: {_reason(answer)}")
        return answer.json() if answer.content else {}

    def _session(self) -> requests.Session:
        """One per thread: a session is not made to be shared."""
        session: requests.Session | None = getattr(self._local, "session", None)
        if session is None:
            session = self._local.session = requests.Session()
            session.trust_env = False
        return session


def _reason(answer: requests.Response) -> str:
    try:
        told = answer.json()
    except ValueError:
        return f"status {answer.status_code}"
    return ": ".join(str(told[key]) for key in ("error", "detail") if told.get(key)) or f"status {answer.status_code}"
