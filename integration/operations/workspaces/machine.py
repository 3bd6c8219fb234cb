"""The API of workspaces as a machine calls it: with the deployment's key, over HTTPS or to this machine."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import requests
import tenacity

from integration.clients.certificate import untrusted
from integration.clients.errors import Unavailable
from integration.clients.servicenow.answer import retry_after
from integration.operations.terminal.failure import Failure
from integration.operations.terminal.output import REFUSED, USAGE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

PATIENCE_S, TRIES = 30.0, 16
"""Seconds for one answer; tries of one call, three quarters of a minute in all where every one is refused."""
SYSTEM = "workspaces"
AT_ONCE = 10
"""Calls side by side, where one command makes many."""
_AGAIN = frozenset({429, 500, 502, 503, 504})
"""500 is also what API Gateway answers where the account's quota lets no further function run: a new account has ten,
and workspaces that are being made or ended take five. Source: Lambda developer guide, "Handling Lambda errors with an
API Gateway API".
"""
_CHANCE = tenacity.wait_random_exponential(multiplier=0.5, max=8.0)


@dataclass(frozen=True)
class Machine:
    """`url`: of the stage. What is busy is asked again; each call may be made twice."""

    url: str
    key: str = field(repr=False)
    sleep: Callable[[float], None] = time.sleep

    def call(self, method: str, path: str, body: Mapping[str, Any] | None = None, **query: str) -> dict[str, Any]:
        """The answer's document. Raises `Failure` with the API's own sentence, or `Unavailable`."""
        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_result(_is_busy),
            stop=tenacity.stop_after_attempt(TRIES),
            wait=_wait_s,
            sleep=self.sleep,
            retry_error_callback=_last,
        )
        answer = retrying(partial(self._sent, method, path, body, query))
        if _is_busy(answer):
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


def _is_busy(answer: Any) -> bool:
    return answer.status_code in _AGAIN


def _last(state: tenacity.RetryCallState) -> Any:
    assert state.outcome
    return state.outcome.result()


def _wait_s(state: tenacity.RetryCallState) -> float:
    """What was asked for, if that is not long, else by chance, doubling: callers side by side come back apart."""
    asked = retry_after(_last(state).headers)
    return _CHANCE(state) if asked is None else min(asked, PATIENCE_S)


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
