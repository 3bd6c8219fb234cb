"""Whoever stands at the admin routes of an emulator: tours, console and tests act and look through this, over HTTP."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import requests

if TYPE_CHECKING:
    from collections.abc import Iterator

PATIENCE_S = 120
"""A file of 100 MiB takes its time on a busy machine."""


class People:
    """`url` is the admin URL. What the system refuses is raised as `refused` in its words, no answer as `silent`."""

    def __init__(
        self,
        url: str,
        system: str,
        *,
        refused: type[Exception] = RuntimeError,
        silent: type[Exception] = RuntimeError,
        timeout_s: float = PATIENCE_S,
    ) -> None:
        self.url, self.system = url, system
        self._refused, self._silent, self._timeout_s = refused, silent, timeout_s
        self._local = threading.local()

    def send(self, method: str, path: str = "", *, timeout_s: float | None = None, **more: Any) -> Any:
        """`path` below the admin URL; `more` as `requests` takes it."""
        url, patience_s = f"{self.url}/{path}".rstrip("/"), timeout_s or self._timeout_s
        try:
            answer = self._session().request(method, url, timeout=patience_s, **more)
        except requests.RequestException as error:
            raise self._silent(f"The emulated {self.system} does not answer ({type(error).__name__}).") from error
        if answer.status_code >= 400:
            refused = self._refused(f"{self.system}: {_reason(answer)}")
            refused.add_note(f"{method} {path}: {answer.status_code}")
            raise refused
        return answer.json() if answer.content else {}

    @contextmanager
    def switched(self, route: str = "config", **values: Any) -> Iterator[None]:
        """Switches, or what else `route` reads and patches, put back afterwards."""
        before = self.send("GET", route)
        self.send("PATCH", route, json=values)
        try:
            yield
        finally:
            self.send("PATCH", route, json={name: before[name] for name in values})

    def fault(self, route: str = "faults", **rule: Any) -> None:
        self.send("POST", route, json=rule)

    def _session(self) -> requests.Session:
        """One per thread: a session is not made to be shared. No connection outlives its request: people pause, and the
        server may give an idle one up in the moment it is used again.
        """
        session: requests.Session | None = getattr(self._local, "session", None)
        if session is None:
            session = self._local.session = requests.Session()
            session.trust_env = False
            session.headers["Connection"] = "close"
        return session


def _reason(answer: requests.Response) -> str:
    try:
        told = answer.json()
    except ValueError:
        return f"status {answer.status_code}"
    return ": ".join(str(told[key]) for key in ("error", "detail") if told.get(key)) or f"status {answer.status_code}"
