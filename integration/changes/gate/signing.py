"""Signatures at the gate's hooks, in and out; each compared in constant time."""

from __future__ import annotations

import hashlib
import hmac

OLDEST_S = 300.0
"""A signed ask counts for so long, and as long before its time, for clocks that differ."""
TIMESTAMP, SIGNATURE = "X-Gate-Timestamp", "X-Gate-Signature-256"


def signature(key: str, content: bytes) -> str:
    """As GitHub writes it in `X-Hub-Signature-256`. Source: GitHub docs, "Validating webhook deliveries"."""
    return "sha256=" + hmac.new(key.encode(), content, hashlib.sha256).hexdigest()


def same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode(errors="replace"), expected.encode())


def signed(key: str, now: float, content: bytes) -> dict[str, str]:
    """Headers of what is sent at that time."""
    at = str(int(now))
    return {TIMESTAMP: at, SIGNATURE: signature(key, at.encode() + b"." + content)}


def holds(key: str, now: float, timestamp: str, given: str, content: bytes) -> bool:
    """Whether these headers are of this content, sent within the last minutes."""
    fresh = timestamp.isdecimal() and len(timestamp) < 12 and abs(now - int(timestamp)) <= OLDEST_S
    return same(given, signature(key, timestamp.encode() + b"." + content)) and fresh
