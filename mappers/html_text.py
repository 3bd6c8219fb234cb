"""Turns HTML into the text that a browser would show.

Tags and comments are found as the HTML standard's tokeniser finds them (13.2.5), here and not by a library:
`html.parser` reads broken markup otherwise from patch to patch, and whatever builds a tree takes quadratic time for
some of it (the list of active formatting elements). One pass, in time with the length only, the same on every Python.

What is opened and never ends (a comment, a tag) is text, so that nothing anybody wrote is lost.
"""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_BLOCKS = frozenset(
    "address article blockquote div dl dt dd h1 h2 h3 h4 h5 h6 hr ol p pre section table tr ul".split()  # noqa: SIM905 - a list to read
)
_ENDED_BY_THE_NEXT = frozenset({"p", "li", "td", "th", "tr", "dt", "dd"})
_RAW = {
    name: re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE)
    for name in ("script", "style", "title", "iframe", "noembed", "noframes")
}
"""Never shown, and no tag but their own end means anything inside."""
_BEGINNING, _NAME = re.compile(r"</?[a-zA-Z]"), re.compile(r"</?([a-zA-Z][^\s/>]*+)")
_TAG = re.compile(r"""</?[a-zA-Z](?:[^=>]++|=\s*+(?:"[^"]*+"|'[^']*+')|=)*+>""")
_ATTRIBUTE = re.compile(r"""([^\s/>="']++)(?:\s*+=\s*+("[^"]*+"|'[^']*+'|[^\s>]*+))?""")
_EMPTY_COMMENT, _COMMENT_END = re.compile(r"<!---?>"), re.compile(r"--!?>")
_LONG_NUMBER, _ZEROS = re.compile(r"&#[1-9][0-9]{7,};?"), re.compile(r"&#0+(?=[0-9])")
_REFERENCE = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});")
_INLINE = re.compile(r"[\x00-\x20]*(data|javascript):", re.IGNORECASE)


def shown(html: str) -> str:
    """With line ends for blocks, `- ` before items, ` | ` between cells, addresses of links and pictures."""
    reader = _Reader(bare=False)
    reader.read(html)
    lines = "".join(reader.parts).split("\n")
    kept = "\n".join(line.strip(" ") if line.isspace() else line.rstrip() for line in lines)
    return re.sub(r"\n{3,}", "\n\n", kept).strip("\n")


def words(html: str) -> str:
    """Only what a person reads: nothing that `shown` adds, no picture, nothing in an element that hides itself."""
    reader = _Reader(bare=True)
    reader.read(html)
    return "".join(reader.parts)


class _Scanner:
    """Cuts HTML into text (second value empty) and tags (their names, `/` before that of an end)."""

    def __init__(self, html: str) -> None:
        self._html = html
        self._endless: set[str] = set()
        """Kinds of markup that end nowhere from here on: looked for once, or time would be quadratic."""

    def tokens(self) -> Iterator[tuple[str, str]]:
        begin = place = 0
        while (start := self._html.find("<", place)) >= 0:
            end = self._end(start)
            if end < 0:
                place = start + 1
                continue
            if begin < start:
                yield self._html[begin:start], ""
            name = _NAME.match(self._html, start, end)
            if name:
                slash = "/" if self._html[start + 1] == "/" else ""
                yield self._html[name.end() : end - 1], slash + name[1].lower()
                end = end if slash else self._behind(name[1].lower(), end)
            begin = place = end
        if begin < len(self._html):
            yield self._html[begin:], ""

    def _end(self, start: int) -> int:
        """Where the markup that begins here ends; -1: it is text."""
        html = self._html
        if html.startswith("<!--", start):
            empty = _EMPTY_COMMENT.match(html, start)
            return empty.end() if empty else self._searched("comment", _COMMENT_END, start + 4)
        if _BEGINNING.match(html, start):
            tag = None if "quote" in self._endless else _TAG.match(html, start)
            if tag:
                return tag.end()
            self._endless.add("quote")
        elif html[start + 1 : start + 2] not in {"!", "?", "/"}:
            return -1
        return self._searched("tag", re.compile(">"), start)

    def _searched(self, kind: str, end: re.Pattern[str], place: int) -> int:
        found = None if kind in self._endless else end.search(self._html, place)
        if found is None:
            self._endless.add(kind)
        return found.end() if found else -1

    def _behind(self, name: str, place: int) -> int:
        """Behind the contents of an element that is never shown; without an end tag, all that follows is that."""
        if name not in _RAW:
            return place
        found = _RAW[name].search(self._html, place)
        return found.start() if found else len(self._html)


class _Reader:
    def __init__(self, *, bare: bool) -> None:
        self.parts: list[str] = []
        self._bare = bare
        self._unseen: list[str] = []
        self._link: tuple[str, int] | None = None
        self._kept = 0

    def read(self, html: str) -> None:
        for content, name in _Scanner(html).tokens():
            if not name:
                self._text(content)
            elif name.startswith("/"):
                self._ended(name[1:])
            else:
                self._started(name, content)

    def _text(self, text: str) -> None:
        if not self._unseen:
            read = unescape(_LONG_NUMBER.sub("\ufffd", _ZEROS.sub("&#", text)))
            self.parts.append(read if self._kept else re.sub(r"[ \t\r\n\f]+", " ", read))

    def _started(self, name: str, attributes: str) -> None:
        if self._unseen and self._unseen[-1] in _ENDED_BY_THE_NEXT and name in _BLOCKS | _ENDED_BY_THE_NEXT:
            self._unseen.pop()
        if self._unseen or name == "template" or (self._bare and _hides_itself(attributes)):
            if name == "template" or name in self._unseen or not self._unseen:
                self._unseen.append(name)
        elif name == "br":
            self.parts.append("\n")
        elif name == "img":
            self._add(_picture(attributes))
        elif name == "a":
            self._end_link()
            self._link = (_value(attributes, "href"), len(self.parts))
        elif name in {"td", "th"}:
            self._apart()
        elif name in _BLOCKS or name == "li":
            self._kept += name == "pre"
            self._line()
            self._add("- " if name == "li" else "")

    def _ended(self, name: str) -> None:
        if self._unseen:
            if self._unseen[-1] == name:
                self._unseen.pop()
        elif name == "a":
            self._end_link()
        elif name in _BLOCKS or name == "li":
            self._kept = max(0, self._kept - (name == "pre"))
            self._line()

    def _end_link(self) -> None:
        address, start = self._link or ("", 0)
        self._link = None
        if address and not _INLINE.match(address) and address not in "".join(self.parts[start:]):
            self._add(f" ({address})")

    def _add(self, ours: str) -> None:
        if ours and not self._bare:
            self.parts.append(ours)

    def _line(self) -> None:
        if self.parts and not self.parts[-1].endswith("\n"):
            self.parts.append("\n")

    def _apart(self) -> None:
        if self.parts and not self.parts[-1].endswith("\n"):
            self._add(" | ")


def _picture(attributes: str) -> str:
    """An inline picture is named by nothing but its alternative text: its `src` is the whole picture."""
    source = _value(attributes, "src")
    named = _value(attributes, "alt") or ("" if _INLINE.match(source) else source or "without a name")
    return f"[image: {named}]" if named else "[image]"


def _hides_itself(attributes: str) -> bool:
    style = "".join(_value(attributes, "style").lower().split())
    return "display:none" in style or any(name[1].lower() == "hidden" for name in _ATTRIBUTE.finditer(attributes))


def _value(attributes: str, name: str) -> str:
    """The first of that name counts; `&copy=1` in an address is no reference, since it does not end with `;`."""
    for found in _ATTRIBUTE.finditer(attributes):
        if found[1].lower() == name:
            value = found[2] or ""
            return _REFERENCE.sub(lambda reference: unescape(reference[0]), value.strip("\"'"))
    return ""
