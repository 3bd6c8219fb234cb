"""The API of workspaces as a machine calls it: with the deployment's key, over HTTPS or to this machine."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import requests

from integration.clients.certificate import untrusted
from integration.clients.errors import Unavailable
from integration.operations.terminal.failure import Failure
from integration.operations.terminal.output import REFUSED, USAGE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

PATIENCE_S, TRIES, PAUSE_S = 30.0, 5, 1.0
SYSTEM = "workspaces"
AT_ONCE = 10
"""Calls side by side, where one command makes many."""
_AGAIN = frozenset({429, 502, 503, 504})


@dataclass(frozen=True)
class Machine:
    """`url`: of the stage. What is busy is asked again; each call may be made twice."""

    url: str
    key: str = field(repr=False)
    sleep: Callable[[float], None] = time.sleep

    def call(self, method: str, path: str, body: Mapping[str, Any] | None = None, **query: str) -> dict[str, Any]:
        """The answer's document. Raises `Failure` with the API's own sentence, or `Unavailable`."""
        for left in reversed(range(TRIES)):
            answer = self._sent(method, path, body, query)
            if answer.status_code not in _AGAIN or not left:
                break
            self.sleep(float(answer.headers.get("Retry-After") or PAUSE_S))
        if answer.status_code in _AGAIN:
            raise Unavailable(SYSTEM, f"{method} {path} is answered with {answer.status_code}")
        return _document(answer)

    def _sent(self, method: str, path: str, body: Mapping[str, Any] | None, query: Mapping[str, str]) -> Any:
        try:
            return requests.request(
                method, self.url + path, params=query, json=body, headers={"x-api-key": self.key},
                timeout=PATIENCE_S, allow_redirects=False,
            )  # fmt: skip
        except requests.RequestException as error:
            silent = Unavailable(SYSTEM, f"no answer to {method} {path}: {type(error).__name__}")
            raise untrusted(error, SYSTEM) or silent from None


def _document(answer: Any) -> dict[str, Any]:
    try:
        document = answer.json()
    except ValueError:
        document = {}
    if not isinstance(document, dict):
        document = {}
    if answer.status_code // 100 == 2:
        return document
    said = str(document.get("error") or document.get("message") or f"the API answers {answer.status_code}")
    code = USAGE if answer.status_code in {413, 415, 422} else REFUSED
    raise Failure(f"{said[:1].upper()}{said[1:].removesuffix('.')}.", "", code)
