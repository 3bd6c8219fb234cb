"""Cut and split texts at a limit, between characters as people see them, without losing any."""

from __future__ import annotations

import unicodedata

_JOINER = "\u200d"
_LOOK_BACK = 60
"""How far a cut may move back to keep a cluster or a word whole."""


def units(text: str) -> int:
    """Length as the strictest of the two systems counts it: UTF-16 units, so never less than its characters."""
    return len(text) + sum(ord(character) > 0xFFFF for character in text)


def cut(text: str, limit: int | None) -> str:
    """The longest beginning of at most `limit` units that ends between two characters as people see them."""
    return text[: _end(text, 0, limit)] if limit is not None else text


def split(text: str, limit: int) -> tuple[str, ...]:
    """In order; joined they are `text`. Each has at most `limit` units and, if it can, ends before white space."""
    if limit < 2:
        raise ValueError("a piece must have room for any one character")
    pieces, start = [], 0
    while start < len(text):
        end = _end(text, start, limit)
        end = _word_end(text, start, end)
        pieces.append(text[start:end])
        start = end
    return tuple(pieces)


def _end(text: str, start: int, limit: int) -> int:
    end, left = start, limit
    while end < len(text):
        left -= 2 if ord(text[end]) > 0xFFFF else 1
        if left < 0:
            return _cluster_end(text, start, end)
        end += 1
    return end


def _cluster_end(text: str, start: int, end: int) -> int:
    for place in range(end, max(start, end - _LOOK_BACK), -1):
        if not _inside(text, start, place):
            return place
    return end


def _word_end(text: str, start: int, end: int) -> int:
    """Before white space, since ServiceNow may trim what an entry ends with."""
    if end == len(text):
        return end
    for place in range(end, max(start, end - _LOOK_BACK), -1):
        if text[place].isspace() and not text[place - 1].isspace():
            return place
    return end


def _inside(text: str, start: int, place: int) -> bool:
    """Whether a break before `text[place]` would part what is seen as one character of the piece begun at `start`."""
    before, after = text[place - 1], text[place]
    return (
        unicodedata.category(after).startswith("M")
        or _JOINER in {before, after}
        or 0x1F3FB <= ord(after) <= 0x1F3FF
        or 0xE0020 <= ord(after) <= 0xE007F
        or (before, after) == ("\r", "\n")
        or (_is_flag(after) and _flags_before(text, start, place) % 2 == 1)
    )


def _is_flag(character: str) -> bool:
    return 0x1F1E6 <= ord(character) <= 0x1F1FF


def _flags_before(text: str, start: int, place: int) -> int:
    count = 0
    while count < place - start and _is_flag(text[place - 1 - count]):
        count += 1
    return count
