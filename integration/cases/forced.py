"""The mark of what an operator asked for, `detail.forced`: past filter and dates, and past what a link is blocked by.

Many may put a message on a queue or start a function; only who may read the client secret can make this. It is bound to
one record and ends with what a queue keeps. Pure.
"""

from __future__ import annotations

import hashlib
import hmac

VALID_S, SKEW_S = 15 * 86400, 3600
"""A queue keeps a message for 14 days; the operator's clock may be ahead."""


def mark(client_secret: str, key: str, now: float) -> str:
    """`key`: the case id or sys_id that the event is about."""
    at = str(int(now))
    return f"{at}.{_signature(client_secret, key, at)}"


def is_marked(said: object, key: str, client_secret: str, now: float) -> bool:
    """Whether `said` is a mark for this record, made with this secret, that still counts."""
    at, _, signature = said.partition(".") if isinstance(said, str) and said.isascii() else ("", "", "")
    if not hmac.compare_digest(signature, _signature(client_secret, key, at)):
        return False
    return -SKEW_S < now - int(at) < VALID_S


def _signature(client_secret: str, key: str, at: str) -> str:
    return hmac.new(client_secret.encode(), f"forced|{key}|{at}".encode(), hashlib.sha256).hexdigest()
