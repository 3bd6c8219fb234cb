"""Turns formatted text into text that reads the same and is never executed on the other side."""

from __future__ import annotations

import re

from mappers import html_text

_GAP = "\u200b"
"""A zero-width space: what it stands in no system takes for markup any more, and nobody sees it."""
_FORMAT = "\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff9-\ufffb"
"""Characters nobody sees (Unicode: default ignorable), which an instance may drop when it stores a text."""
_F, _S = f"[{_FORMAT}]*+", rf"[\s{_FORMAT}]*+"
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f]")
"""C0 and C1 but tab and line ends: no text needs them, and what drops them sees the tag around them."""
_CODE_TAG = re.compile(rf"\[({_S}/?{_S}c{_F}o{_F}d{_F}e{_S}\])", re.IGNORECASE)
_HTML_TAG = re.compile(rf"<{_F}(?=[a-zA-Z/!?])")
_STAMP, _LONGEST_STAMP = re.compile(r"\d[:.]\d\d"), 40
_UNSEEN = re.compile(f"[{_FORMAT}]")
_CODE = re.compile(r"(\[/?code\])", re.IGNORECASE)


def neutral(text: str) -> str:
    """The same text to read, without a tag that ServiceNow would render (`[code]`, HTML in journals that allow it), and
    without a line that a displayed journal would take for the next entry.
    """
    harmless = _CODE_TAG.sub(lambda tag: f"[{_GAP}{_UNSEEN.sub('', tag[1])}", _CONTROL.sub("", text))
    return "\n".join(map(_no_header, _HTML_TAG.sub(f"<{_GAP}", harmless).split("\n")))


def _no_header(line: str) -> str:
    """A displayed journal begins each entry with `<stamp> - <name> (<label>)`; a line like it would end ours there."""
    before, apart, who = line.partition(" - ")
    like_one = apart and len(before) <= _LONGEST_STAMP and who.rstrip().endswith(")") and _STAMP.search(before)
    return f"{before} -{_GAP} {who}" if like_one and f"-{_GAP}" not in before else line


def plain(text: str) -> str:
    """Every `[code]…[/code]` of a journal entry as the text its HTML shows; what stands outside stays as it is."""
    shown: list[str] = []
    html: list[str] = []
    opening = ""
    for part in _CODE.split(text):
        if part.lower() == "[code]" and not opening:
            opening = part
        elif part.lower() == "[/code]" and opening:
            shown.append(html_text.shown("".join(html)))
            opening, html = "", []
        else:
            (html if opening else shown).append(part)
    return "".join([*shown, opening, *html])


def words(text: str) -> str:
    """What a person reads of an entry, all of it taken for HTML: for looking at, not for carrying."""
    return html_text.words(_CODE.sub("", text))
