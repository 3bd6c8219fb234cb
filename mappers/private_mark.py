"""Recognises the mark at the beginning of an entry by which its author keeps it on one side.

What nobody sees does not count, nor do signs before the mark (bullets, `>` of a quotation, emphasis, emojis), white
space inside it, capitals, accents, or which kind of brackets it has. In doubt an entry stays: AWS deletes nothing.
A letter or digit before the mark is content: `not [private]` and a greeting before it go over.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from mappers.markup import words

_NO_CONTENT = frozenset("*_~`\u115f\u1160")
"""Emphasis, and Hangul fillers: letters to Unicode, nothing to see (the other fillers become these by NFKD)."""
_BRACKETS = {"Ps": "[", "Pi": "[", "Pe": "]", "Pf": "]"}


def is_marked(text: str, mark: str) -> bool:
    """Both as it stands and as HTML shows it, inside `[code]` or not."""
    wanted = "".join(_seen(character) or character for character in mark if not character.isspace())
    return any(_begins(reading, wanted) for reading in (text, words(text)))


def _begins(text: str, wanted: str) -> bool:
    """Reads no further than it must: to the first letter or digit, and the mark's length from there."""
    seen: list[str] = []
    content = -1
    for written in text:
        for character in written if written in wanted else _seen(written):
            seen.append(character)
            if content < 0 and character.isalnum():
                content = len(seen) - 1
        if 0 <= content <= len(seen) - len(wanted):
            break
    found = "".join(seen).find(wanted)
    return found >= 0 and (content < 0 or found <= content)


@lru_cache(4096)
def _seen(written: str) -> str:
    """What is read of a character: letters without case and accents, one kind of brackets, no emphasis."""
    return "".join(map(_read, unicodedata.normalize("NFKD", written).casefold()))


def _read(character: str) -> str:
    kind = unicodedata.category(character)
    if kind in _BRACKETS:
        return _BRACKETS[kind]
    return "" if kind[0] in "CMZ" or character in _NO_CONTENT else character
