"""Sends one request: time limits, size limits, and whether a failure may have had an effect.

No cookies are kept: requests that share a session cookie are served one after the other and stick to one node
(knowledge base 0546187). Causes of transport failures are withheld, for they quote the address with its query.
"""

from __future__ import annotations

import re
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase

from integration.clients.certificate import OF_REQUESTS, untrusted
from integration.clients.errors import Misconfigured, RemoteError, Unavailable
from integration.clients.servicenow.errors import SYSTEM

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from integration.clients.stream import Outgoing

CONNECT_S, READ_S, WRITE_S = 5, 30, 65
"""An instance kills a call after 60 s, so a write waited for 65 s has a known outcome (docs: default quota rules)."""
LARGEST_ANSWER_BYTES = 32 * 1024 * 1024
_CHUNK_BYTES = 64 * 1024
_IDLE_S = 20
"""A connection unused for so long is not used again: a frozen function does not notice that the other end left."""


def is_address(url: str) -> bool:
    """One that a secret may be sent to: https, or http on loopback."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    local = parts.hostname in ("127.0.0.1", "localhost", "::1")
    return bool(parts.hostname) and (parts.scheme == "https" or (parts.scheme == "http" and local))


def instance_url(id_or_url: str) -> str:
    """`dev12345` → `https://dev12345.service-now.com`; a base URL stays as it is. http is for loopback only.

    Raises `Misconfigured` for anything else.
    """
    text = id_or_url.strip().rstrip("/")
    if re.fullmatch(r"[A-Za-z0-9](-*[A-Za-z0-9])*", text):
        return f"https://{text.lower()}.service-now.com"
    if is_address(text) and re.fullmatch(r"\w+://[^/?#@\s]+", text):
        return text
    raise Misconfigured(SYSTEM, "the instance is neither an id such as dev12345 nor an https address without a path")


@dataclass(frozen=True, slots=True)
class Manner:
    """How a token is shown."""

    header: str = "Authorization"
    prefix: str = "Bearer "


BEARER, BASIC, API_KEY = Manner(), Manner(prefix="Basic "), Manner("x-sn-apikey", "")


@dataclass(frozen=True, slots=True)
class Tls:
    """Paths of PEM files: `authorities` the instance's certificate is checked by, in place of those known to all; a
    client certificate with its key, which must not be encrypted. `named_by`: the variable that names the authorities.
    """

    authorities: str = ""
    certificate: str = ""
    key: str = ""
    named_by: str = OF_REQUESTS

    @property
    def client(self) -> str | tuple[str, str] | None:
        """Certificate and key, which may stand in one file."""
        return (self.certificate, self.key) if self.certificate and self.key else self.certificate or None


@dataclass(frozen=True, slots=True)
class Sending:
    """One request. `table` names it in messages and metrics; `write`: it may change something; `data` goes out raw."""

    method: str
    path: str
    table: str
    write: bool
    params: Mapping[str, str] | None = None
    json: Mapping[str, Any] | None = None
    data: Outgoing | Mapping[str, str] | bytes | None = None
    headers: Mapping[str, str] | None = None

    @property
    def call(self) -> str:
        return f"{self.method} {self.table}"


class Shown(AuthBase):
    """Given to every request, also without a token: else requests would look for a password in ~/.netrc."""

    def __init__(self, manner: Manner, token: str) -> None:
        self._manner, self._token = manner, token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._token:
            request.headers[self._manner.header] = self._manner.prefix + self._token
        return request


class _Adapter(HTTPAdapter):
    """Leaves unread the cookies that an instance sets with each answer: to parse them twice takes a third of a call's
    processor time.
    """

    def build_response(self, req: requests.PreparedRequest, resp: Any) -> requests.Response:
        with suppress(AttributeError, KeyError):
            del resp._original_response.msg["Set-Cookie"]  # noqa: SLF001 - where requests looks for them
        return super().build_response(req, resp)


class _Session(requests.Session):
    """Reads the environment (proxies, certificates) for its first call alone: all ask for the same at one address."""

    _read: Any = None

    def merge_environment_settings(self, *asked: Any, **named: Any) -> Any:
        if self._read is None:
            self._read = super().merge_environment_settings(*asked, **named)
        return dict(self._read)


class Transport:
    """Sends to one base URL, follows no redirect, and raises `Unavailable` for everything that is no answer.

    `Misconfigured`: the certificates to check it by cannot be read, or the one that is shown cannot be verified.
    """

    def __init__(
        self, url: str, clock: Callable[[], float] = time.time, manner: Manner = BEARER, tls: Tls | None = None
    ) -> None:
        self._url, self._clock, self._manner, self._tls = url, clock, manner, tls or Tls()
        self._session = _Session()
        for scheme in ("https://", "http://"):
            self._session.mount(scheme, _Adapter())
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self._session.headers.update({"Accept": "application/json", "User-Agent": "aws-servicenow-integrations"})
        self._lock, self._last_use = threading.Lock(), clock()

    @contextmanager
    def sent(self, sending: Sending, token: str = "") -> Iterator[requests.Response]:
        """The open answer, headers read, body not."""
        response = self._answered(sending, token)
        try:
            yield response
        finally:
            response.close()

    def _answered(self, sending: Sending, token: str) -> requests.Response:
        self._drop_idle()
        try:
            return self._session.request(
                sending.method,
                self._url + sending.path,
                params=sending.params,
                json=sending.json,
                data=sending.data,
                headers=sending.headers,
                auth=Shown(self._manner, token),
                verify=self._tls.authorities or None,
                cert=self._tls.client,
                timeout=(CONNECT_S, WRITE_S if sending.write else READ_S),
                allow_redirects=False,
                stream=True,
            )
        except requests.RequestException as error:
            raise self._no_answer(error, sending) from None
        except OSError as error:  # requests' word for a REQUESTS_CA_BUNDLE that is not there
            raise Misconfigured(SYSTEM, f"no connection can be checked: {error}") from None

    def body(self, response: requests.Response, sending: Sending) -> bytes:
        """The whole body, bounded in size and time."""
        content, deadline = bytearray(), time.monotonic() + WRITE_S
        try:
            for chunk in response.iter_content(_CHUNK_BYTES):
                content += chunk
                if len(content) > LARGEST_ANSWER_BYTES or time.monotonic() > deadline:
                    raise Unavailable(SYSTEM, f"the answer has no end ({sending.call})", outcome_unknown=sending.write)
        except requests.RequestException as error:
            raise self._no_answer(error, sending) from None
        return bytes(content)

    def _no_answer(self, error: requests.RequestException, sending: Sending) -> RemoteError:
        never_sent = _never_sent(error)
        reason = "no connection to the instance" if never_sent else "no answer from the instance"
        unknown = sending.write and not never_sent
        silent = Unavailable(SYSTEM, f"{reason}: {type(error).__name__} ({sending.call})", outcome_unknown=unknown)
        return untrusted(error, SYSTEM, self._tls.named_by) or silent

    def _drop_idle(self) -> None:
        with self._lock:
            now = self._clock()
            if now - self._last_use > _IDLE_S:
                self._session.close()
            self._last_use = now


def _never_sent(error: requests.RequestException) -> bool:
    """Whether no byte of the request can have reached the instance."""
    if isinstance(error, requests.ConnectTimeout | requests.exceptions.ProxyError):
        return True
    cause = error.args[0] if error.args else None
    reason = getattr(cause, "reason", None)
    return isinstance(reason, urllib3.exceptions.NewConnectionError | urllib3.exceptions.ConnectTimeoutError)
