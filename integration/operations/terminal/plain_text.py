"""Makes foreign text safe for a terminal: drops control characters and those that turn the reading order."""

from __future__ import annotations

import unicodedata

KEPT = "\n\t"


def plain(text: str) -> str:
    """Without control (C0, C1, escape sequences' beginnings), format (bidi, invisible) and separator characters."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(c for c in text if c in KEPT or unicodedata.category(c) not in {"Cc", "Cf", "Zl", "Zp", "Cs"})
