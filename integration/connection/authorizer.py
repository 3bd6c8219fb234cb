"""Decides who may post to the webhook: whoever sends the token that ServiceNow was given.

API Gateway keeps a policy for up to 60 s for the same Authorization header, so it is for the whole stage. It keeps no
failure: a token that is unknown now is asked for again with the next call, and may by then be the rotation's new one.
"""

from __future__ import annotations

import hmac
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

KEPT_S = 60
"""A token taken away is accepted for at most this long, and as long again where API Gateway kept our answer."""
LOOK_AGAIN_S = 10
"""An unknown token is a reason to read the secret again, but not more often than this."""
LONGEST_TOKEN = 512
TOLD_EVERY_S = 60
"""Anybody can send unknown tokens, and a line for each would be theirs to fill the log with."""


class Unauthorized(Exception):
    """No token, or one we do not know. API Gateway makes 401 of an exception with exactly this text."""

    def __init__(self) -> None:
        super().__init__("Unauthorized")


class Door:
    """Remembers the accepted tokens; `read` gives them anew."""

    def __init__(self, read: Callable[[], tuple[str, ...]], clock: Callable[[], float] = time.time) -> None:
        self._read, self._clock = read, clock
        self._accepted: tuple[str, ...] = ()
        self._read_at = float("-inf")

    def admits(self, token: str) -> bool:
        """Raises `RemoteError` where the secret cannot be read: API Gateway then answers 500, which the rule logs."""
        if self._age_s() >= KEPT_S:
            self._look()
        if not _among(token, self._accepted) and self._age_s() >= LOOK_AGAIN_S:
            self._look()
        return _among(token, self._accepted)

    def _age_s(self) -> float:
        return self._clock() - self._read_at

    def _look(self) -> None:
        self._accepted, self._read_at = self._read(), self._clock()


class Refusals:
    """Of one execution environment."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock, self._count, self._told_at = clock, 0, float("-inf")

    def to_tell(self) -> int:
        """Counts one refusal; how many there were since the last line, or 0 where it is no time for another."""
        self._count += 1
        if self._clock() - self._told_at < TOLD_EVERY_S:
            return 0
        count, self._count, self._told_at = self._count, 0, self._clock()
        return count


def _among(token: str, accepted: tuple[str, ...]) -> bool:
    """Every token is compared, each in constant time, whatever the others gave."""
    offered = token.encode()
    return sum(hmac.compare_digest(offered, known.encode()) for known in accepted) > 0


def decide(event: Mapping[str, Any], door: Door) -> dict[str, Any]:
    """The policy for an authorizer event of either type, REQUEST or TOKEN. Raises `Unauthorized`; never denies."""
    token = _token(event)
    if not token.isascii() or not 0 < len(token) <= LONGEST_TOKEN or not door.admits(token):
        raise Unauthorized
    statement = {"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": _whole_stage(str(event["methodArn"]))}
    return {"principalId": "servicenow", "policyDocument": {"Version": "2012-10-17", "Statement": [statement]}}


def _token(event: Mapping[str, Any]) -> str:
    """With or without `Bearer`, in whatever case the header's name came."""
    headers = {str(name).lower(): value for name, value in (event.get("headers") or {}).items()}
    offered = str(event.get("authorizationToken") or headers.get("authorization") or "").strip()
    scheme, _, rest = offered.partition(" ")
    return rest.strip() if scheme.lower() == "bearer" else offered


def _whole_stage(method_arn: str) -> str:
    """`arn:…:api/stage/POST/webhook` → `arn:…:api/stage/*`."""
    return "/".join(method_arn.split("/")[:2]) + "/*"
