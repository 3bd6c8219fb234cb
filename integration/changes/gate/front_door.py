"""The hooks `POST /prod/gate/{kind}`: who asks is checked, what is asked is put into the gate's queue.

Bad input is 4xx and nobody's alarm; so is a call of a hook whose secret nobody entered, since anybody can make one.
Trouble of ours is 503: GitHub lets the delivery be sent again, a check of Azure fails, the command line tries again.
"""

from __future__ import annotations

import base64
import json
import time
from typing import TYPE_CHECKING, Any

from integration.changes.gate.hook_secrets import NotEntered
from integration.changes.gate.intake import HOOKED
from integration.changes.gate.signing import SIGNATURE, TIMESTAMP, holds, same, signature
from integration.changes.gate.waiter import Kind, to_json
from integration.clients.errors import RemoteError
from integration.connection.authorizer import Refusals
from integration.reconcile.verdict import Malformed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from integration.aws.telemetry import Telemetry
    from integration.changes.gate.addresses import Allowed
    from integration.changes.gate.hook_secrets import HookSecrets

LARGEST_BODY = 128 * 1024
"""Bytes; a payload of GitHub has some 30 KB, and a message of the queue holds 256."""
GITHUB_EVENT = "deployment_protection_rule"
NOT_OURS = {"error": "signature or token is not ours, or too old"}


class FrontDoor:
    """`allowed` is read when it is needed; `send` puts one ask, which we vouch for, into the queue."""

    def __init__(
        self,
        secrets: HookSecrets,
        allowed: Callable[[], Allowed],
        send: Callable[[dict[str, Any]], None],
        telemetry: Telemetry,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._secrets, self._allowed, self._send = secrets, allowed, send
        self._telemetry, self._clock = telemetry, clock
        self._strangers, self._troubles = Refusals(clock), Refusals(clock)

    def answer(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """The proxy response. 200 and not 202, since Azure waits for that alone."""
        kind = str(event.get("path") or "").rpartition("/")[2]
        code = kind if kind in HOOKED else ""
        try:
            status, said = self._answered(kind, event)
        except Malformed as malformed:
            self._told("refused", code, 400, 1)
            return _response(400, {"error": str(malformed)})
        except NotEntered:
            self._told("no secret", code, 401, self._strangers.to_tell())
            return _response(401, NOT_OURS)
        except RemoteError:
            if count := self._troubles.to_tell():
                self._telemetry.log.exception("ask not taken", extra={"code": code, "count": count})
            return _response(503, {"error": "not taken; send it again"})
        if status >= 400:
            self._told("refused", code, status, self._strangers.to_tell())
        return _response(status, said)

    def _told(self, outcome: str, code: str, status: int, count: int) -> None:
        """Of what nobody signed there is one line a minute, since anybody can send it."""
        if count:
            extra = {"status": status, "outcome": outcome, "code": code, "count": count}
            self._telemetry.log.warning("bad ask", extra=extra)

    def _answered(self, kind: str, event: Mapping[str, Any]) -> tuple[int, dict[str, Any]]:
        if kind not in HOOKED:
            return 404, {"error": f"no such hook; there are {', '.join(HOOKED)}"}
        headers = {name.lower(): str(value) for name, value in (event.get("headers") or {}).items()}
        content = _content(event)
        if len(content) > LARGEST_BODY:
            return 413, {"error": "the body is too large"}
        if not self._known(Kind(kind), headers, content):
            return 401, NOT_OURS
        body = _object(content)
        if kind == Kind.GITHUB and not _asks(headers, body):
            return 200, {"ignored": "no deployment asks for anything"}
        ask = json.dumps(to_json(HOOKED[Kind(kind)](headers, body, self._allowed(), self._clock())))
        self._send({"ask": ask, "mac": signature(self._secrets.token, ask.encode())})
        return 200, {"accepted": True}

    def _known(self, kind: Kind, headers: Mapping[str, str], content: bytes) -> bool:
        """Before the body is read."""
        if kind is Kind.GITHUB:
            expected = signature(self._secrets.of("github", "webhook_secret"), content)
            return same(headers.get("x-hub-signature-256", ""), expected)
        if kind is Kind.AZURE:
            return same(headers.get("authorization", ""), f"Bearer {self._secrets.token}")
        at, given = headers.get(TIMESTAMP.lower(), ""), headers.get(SIGNATURE.lower(), "")
        return holds(self._secrets.token, self._clock(), at, given, content)


def _asks(headers: Mapping[str, str], body: Mapping[str, Any]) -> bool:
    """A GitHub App is told of its installation, and pinged, too."""
    return headers.get("x-github-event") == GITHUB_EVENT and body.get("action") == "requested"


def _content(event: Mapping[str, Any]) -> bytes:
    raw = event.get("body") or ""
    try:
        return base64.b64decode(raw, validate=True) if event.get("isBase64Encoded") else str(raw).encode()
    except ValueError:
        raise Malformed("the body is not what its encoding says") from None


def _object(content: bytes) -> dict[str, Any]:
    try:
        body = json.loads(content)
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        raise Malformed("the body is no JSON object")
    return body


def _response(status: int, body: Mapping[str, Any]) -> dict[str, Any]:
    headers = {"Content-Type": "application/json", "Cache-Control": "no-store"}
    return {"statusCode": status, "headers": headers, "body": json.dumps(dict(body))}
