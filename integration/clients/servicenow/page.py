"""Recognises the HTML page that came in place of an answer, by its words; for calls and for `check`."""

from __future__ import annotations

import re

HIBERNATES = "the instance hibernates: open it in a browser once"
MAINTENANCE = "the instance is in maintenance"
SIGN_IN = "the answer is a sign-in page"
_WORDS = (
    (r"hibernat", HIBERNATES),
    (r"maintenance|upgrade in progress|wartung|mise à niveau|manutenção|メンテナンス", MAINTENANCE),
    (r"saml|single sign-on|\bsso\b|log in|sign in|<form[^>]*login", SIGN_IN),
)
"""The first that fits counts."""
_READ_BYTES = 20_000


def known_page(content: bytes) -> str:
    """What the page says of the instance; empty: none that is known, or JSON cut off, whose texts are people's."""
    text = content[:_READ_BYTES].decode(errors="replace")
    if text.lstrip().startswith(("{", "[")):
        return ""
    return next((what for words, what in _WORDS if re.search(words, text, re.IGNORECASE)), "")
