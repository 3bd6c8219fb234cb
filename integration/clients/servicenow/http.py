"""Sends calls to one instance: signs in, limits concurrency, retries, measures."""

from __future__ import annotations

import json
import threading
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import tenacity

from integration.clients.errors import Unavailable
from integration.clients.measured import OnCall, measured
from integration.clients.servicenow.answer import Answer, server_date, understood
from integration.clients.servicenow.errors import SYSTEM, TokenRefused
from integration.clients.servicenow.transport import BEARER, READ_S, Manner, Sending, Tls, Transport, instance_url
from integration.clients.stream import Content, Outgoing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime

    import requests

    from integration.clients.servicenow.auth import Auth

__all__ = ["Answer", "Http", "OnCall", "Patience", "instance_url", "may_repeat"]

_T = TypeVar("_T")


@dataclass(frozen=True)
class Patience:
    """How often a call is tried, how long one wait may be, and after how long no further try begins.

    A function pays for waiting and a queue does not, so more than two seconds is the queue's business; who has nothing
    else to do may wait longer.
    """

    attempts: int = 3
    wait_s: float = 2.0
    total_s: float = READ_S


def may_repeat(error: BaseException, wait_s: float = Patience.wait_s) -> bool:
    """The one retry decision: only what certainly had no effect, and only if it need not wait long."""
    return isinstance(error, Unavailable) and not error.outcome_unknown and (error.retry_after_s or 0) <= wait_s


class _Waits(tenacity.wait.wait_base):
    """What the instance asks for, else by chance, doubling."""

    def __init__(self, longest_s: float) -> None:
        self._chance = tenacity.wait_random_exponential(multiplier=0.2, max=longest_s)

    def __call__(self, state: tenacity.RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        asked = error.retry_after_s if isinstance(error, Unavailable) else None
        return asked or self._chance(state)


class Http:
    """Safe for threads. `base_url` is what `instance_url` gives; every method raises `RemoteError`.

    An instance runs about four API calls at a time and queues fifty (knowledge base 0635398), so only `parallel` are
    under way; a call waits up to 30 s for its turn.
    """

    def __init__(
        self,
        base_url: str,
        auth: Auth,
        parallel: int = 3,
        on_call: OnCall | None = None,
        sleep: Callable[[float], None] = time.sleep,
        patience: Patience | None = None,
        manner: Manner = BEARER,
        tls: Tls | None = None,
    ) -> None:
        self.base_url = base_url
        self.server_date: datetime | None = None
        """The instance's clock at its last answer."""
        self._auth, self._on_call, self._sleep = auth, on_call, sleep
        self._patience = patience or Patience()
        self._transport = Transport(base_url, manner=manner, tls=tls)
        self._turns = threading.BoundedSemaphore(parallel)

    def __repr__(self) -> str:
        return f"Http({self.base_url})"

    def call(
        self,
        method: str,
        path: str,
        table: str,
        params: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        *,
        write: bool | None = None,
    ) -> Answer:
        """A JSON call. `table` names it in messages and metrics; `write`: it may change something (None: no GET)."""
        changes = method != "GET" if write is None else write
        sending = Sending(method, path, table, changes, params=params, json=body)
        with self._turn():
            return self._repeated(lambda: self._as_user(sending, self._answer))

    def upload(self, path: str, table: str, params: Mapping[str, str], content: Outgoing, content_type: str) -> Answer:
        """A streamed POST. It is sent once, since what was read from the source cannot be read again."""
        data = content if len(content) else b""
        headers = {"Content-Type": content_type}
        sending = Sending("POST", path, table, write=True, params=params, data=data, headers=headers)
        with self._turn():
            token = self._auth.token(self._exchange)
            try:
                return self._measured(sending, lambda: self._answer(sending, token))
            except TokenRefused as error:
                self._auth.refused(token)
                raise Unavailable(SYSTEM, error.reason) from error

    @contextmanager
    def open(self, path: str, table: str) -> Iterator[Content]:
        """A streamed download; it keeps its turn until it is closed."""
        headers = {"Accept": "*/*", "Accept-Encoding": "identity"}
        sending = Sending("GET", path, table, write=False, headers=headers)
        with self._turn(), ExitStack() as answers:

            def start(sending: Sending, token: str) -> Content:
                return Content(self._streamed(answers, sending, token), SYSTEM)

            yield self._repeated(lambda: self._as_user(sending, start))

    def _answer(self, sending: Sending, token: str) -> Answer:
        with self._transport.sent(sending, token) as response:
            return self._read(response, sending)

    def _streamed(self, answers: ExitStack, sending: Sending, token: str) -> requests.Response:
        response = answers.enter_context(self._transport.sent(sending, token))
        if response.status_code != 200:
            self._read(response, sending)
            raise Unavailable(SYSTEM, f"no content in the answer ({sending.call}: {response.status_code})")
        return response

    def _read(self, response: requests.Response, sending: Sending) -> Answer:
        self.server_date = server_date(response.headers) or self.server_date
        content = self._transport.body(response, sending)
        return understood(response.status_code, response.headers, content, write=sending.write, call=sending.call)

    def _as_user(self, sending: Sending, send: Callable[[Sending, str], _T]) -> _T:
        """Once more with a fresh token if the one we hold is not taken; a refused request had no effect."""
        token = self._auth.token(self._exchange)
        try:
            return self._measured(sending, lambda: send(sending, token))
        except TokenRefused:
            self._auth.refused(token)
        fresh = self._auth.token(self._exchange)
        return self._measured(sending, lambda: send(sending, fresh))

    def _exchange(self, form: Mapping[str, str]) -> tuple[int, Mapping[str, Any]]:
        sending = Sending("POST", "/oauth_token.do", "oauth_token", write=False, data=form)
        return self._measured(sending, lambda: self._token_answer(sending))

    def _token_answer(self, sending: Sending) -> tuple[int, Mapping[str, Any]]:
        """The endpoint says no with 200, 400, 401 or 403 and JSON; anything else says nothing about the client."""
        with self._transport.sent(sending) as response:
            content = self._transport.body(response, sending)
        try:
            body = json.loads(content)
        except ValueError:
            body = None
        if response.status_code in (200, 400, 401, 403) and isinstance(body, dict):
            return response.status_code, body
        understood(response.status_code, response.headers, content, write=False, call=sending.call)
        raise Unavailable(SYSTEM, f"the token endpoint gave no token ({response.status_code})")

    def _repeated(self, attempt: Callable[[], _T]) -> _T:
        patience = self._patience
        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception(lambda error: may_repeat(error, patience.wait_s)),
            stop=tenacity.stop_after_attempt(patience.attempts) | tenacity.stop_after_delay(patience.total_s),
            wait=_Waits(patience.wait_s),
            sleep=self._sleep,
            reraise=True,
        )
        return retrying(attempt)

    def _measured(self, sending: Sending, work: Callable[[], _T]) -> _T:
        return measured(self._on_call, SYSTEM, sending.method, sending.table, work)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self._turns.acquire(timeout=READ_S):
            raise Unavailable(SYSTEM, "too many calls of ours are under way")
        try:
            yield
        finally:
            self._turns.release()
