"""Sends an answer to another system: to listed addresses, not to private networks, without following a redirect."""

from __future__ import annotations

import ipaddress
import socket
import ssl
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from integration.changes.gate.addresses import NotAllowed
from integration.clients.errors import Misconfigured, Refused, Unavailable
from integration.clients.measured import measured

if TYPE_CHECKING:
    from collections.abc import Mapping

    from integration.changes.gate.addresses import Allowed
    from integration.clients.measured import OnCall

TIMEOUT_S = 10.0
LARGEST_ANSWER = 1 << 20


@dataclass(frozen=True, slots=True)
class Reply:
    """2xx, or a 4xx by which the other side says that this one request makes no sense (any more)."""

    status: int
    body: bytes

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300


class Outbound:
    """`on_call` is told of each. Every answer may be repeated, so none of the errors says whether one arrived."""

    def __init__(self, allowed: Allowed, on_call: OnCall | None = None) -> None:
        self._allowed, self._on_call = allowed, on_call

    def send(self, system: str, method: str, url: str, headers: Mapping[str, str], body: bytes | None = None) -> Reply:
        """Raises `Refused` for an address that is not allowed, and what `_understood` raises."""
        try:
            self._allowed.checked(url)
        except NotAllowed as error:
            raise Refused(system, str(error), text=f"{system}: {error}") from None
        told = {"User-Agent": "aws-servicenow-integrations", "Accept": "application/json", **headers}
        return measured(self._on_call, system, method, "", lambda: _sent(system, method, url, told, body))


def _sent(system: str, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Reply:
    parts = urlsplit(url)
    connection = _connection(parts.scheme, parts.netloc)
    try:
        connection.request(method, url.partition(parts.netloc)[2] or "/", body, dict(headers))
        response = connection.getresponse()
        content, status, asked = response.read(LARGEST_ANSWER), response.status, response.headers.get("Retry-After", "")
    except _Private:
        raise Refused(system, "private", text=f"{system}: the address to answer to is in a private network") from None
    except ssl.SSLCertVerificationError:
        raise Misconfigured(system, "the certificate of the address to answer to is none we trust") from None
    except (OSError, HTTPException, ValueError) as error:
        raise Unavailable(system, f"no answer: {type(error).__name__}") from None
    finally:
        connection.close()
    return _understood(system, Reply(status, content), asked)


def _understood(system: str, reply: Reply, retry_after: str) -> Reply:
    """Raises `Unavailable` (busy, broken), `Misconfigured` (not let in), `Refused` (sends us elsewhere)."""
    if reply.status == 429 or reply.status >= 500:
        raise Unavailable(
            system, f"status {reply.status}", retry_after_s=float(retry_after) if retry_after.isdigit() else None
        )
    if reply.status in (401, 403):
        raise Misconfigured(system, f"does not let the gate in (status {reply.status})")
    if 300 <= reply.status < 400:
        raise Refused(system, "redirect", text=f"{system}: answers with a redirect, which the gate does not follow")
    return reply


def _connection(scheme: str, place: str) -> HTTPConnection:
    if scheme == "http":
        return HTTPConnection(place, timeout=TIMEOUT_S)  # loopback: no other entry of the list may be http
    secure = HTTPSConnection(place, timeout=TIMEOUT_S, context=ssl.create_default_context())
    secure._create_connection = _public  # type: ignore[attr-defined]  # noqa: SLF001 - before the handshake, not after
    return secure


class _Private(OSError):
    """A name that leads into a network of ours, or to the machine itself."""


def _public(address: tuple[str, int], *how: Any) -> socket.socket:
    """Judged by whom it reached, since a name may mean another machine at the next look."""
    reached = socket.create_connection(address, *how)
    if not ipaddress.ip_address(reached.getpeername()[0]).is_global:
        reached.close()
        raise _Private
    return reached
