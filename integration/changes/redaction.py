"""Replaces secrets in a stream of bytes, also those that two chunks share."""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

MASK = b"***"
SHORTEST = 6
"""A shorter value of the environment (a port, `true`) is a word of many texts."""
_SECRET = re.compile(r"TOKEN|SECRET|PASSW|_PWD|CREDENTIAL|API_?KEY|PRIVATE_?KEY|ACCESS_?KEY|WEBHOOK", re.IGNORECASE)


def secrets_of(environ: Mapping[str, str], own: Iterable[str]) -> frozenset[str]:
    """Values of what is named as secrets are, and `own`, whatever their names."""
    named = (value for name, value in environ.items() if _SECRET.search(name) and len(value) >= SHORTEST)
    return frozenset(each for each in (*named, *own) if each)


class Redaction:
    """For one stream. A secret is known as it is, in base64, as a part of an address, and by each of its long lines."""

    def __init__(self, secrets: Iterable[str]) -> None:
        forms = sorted({form for secret in secrets for form in _forms(secret)}, key=len, reverse=True)
        self._pattern = re.compile(b"|".join(map(re.escape, forms))) if forms else None
        self._reach = len(forms[0]) - 1 if forms else 0
        self._held = b""

    def fed(self, chunk: bytes, *, last: bool = False) -> bytes:
        """What of the stream is decided by now; the rest is held until more is known, or until the `last` chunk."""
        self._held += chunk
        decided, at, parts = (len(self._held) if last else max(0, len(self._held) - self._reach)), 0, []
        for found in self._pattern.finditer(self._held) if self._pattern else ():
            if found.start() >= decided:
                break
            parts += [self._held[at : found.start()], MASK]
            at = found.end()
        end = max(at, decided)
        parts.append(self._held[at:end])
        self._held = self._held[end:]
        return b"".join(parts)


def _forms(secret: str) -> Iterable[bytes]:
    raw = secret.encode()
    yield raw
    yield base64.b64encode(raw)
    yield quote(secret, safe="").encode()
    yield from (line.encode() for line in secret.splitlines() if len(line) >= SHORTEST)
