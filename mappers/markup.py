"""Formatted text: shown as it reads, and never executed on the other side."""

from __future__ import annotations

import re
from html.parser import HTMLParser

_GAP = "\u200b"
"""A zero-width space: what it stands in no system takes for markup any more, and nobody sees it."""
_CODE_TAG = re.compile(r"\[(?=\s*/?\s*code\s*\])", re.IGNORECASE)
_HTML_TAG = re.compile(r"<(?=[a-zA-Z/!?])")
_CODE = re.compile(r"(\[/?code\])", re.IGNORECASE)
_DECLARATION = re.compile(r"<!(?!--)[^<>]*>")
_BROKEN_DECLARATION = re.compile(r"<!(?!--)")
_BLOCKS = frozenset(
    "address article blockquote div dl dt dd h1 h2 h3 h4 h5 h6 hr ol p pre section table tr ul".split()  # noqa: SIM905 - a list to read
)
_UNSEEN = frozenset({"script", "style", "head", "template"})


def neutral(text: str) -> str:
    """The same text to read, without a tag that ServiceNow would render (`[code]`, HTML in journals that allow it)."""
    return _HTML_TAG.sub(f"<{_GAP}", _CODE_TAG.sub(f"[{_GAP}", text))


def plain(text: str) -> str:
    """Every `[code]…[/code]` of a journal entry as the text its HTML shows; what stands outside stays as it is."""
    shown: list[str] = []
    html: list[str] = []
    opening = ""
    for part in _CODE.split(text):
        if part.lower() == "[code]" and not opening:
            opening = part
        elif part.lower() == "[/code]" and opening:
            shown.append(_Reader.read("".join(html)))
            opening, html = "", []
        else:
            (html if opening else shown).append(part)
    return "".join([*shown, opening, *html])


class _Reader(HTMLParser):
    """Collects what a browser would show. Contents of scripts and styles are not shown, so they are left out."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.unseen: list[str] = []
        self.links: list[str] = []
        self.kept = 0

    @classmethod
    def read(cls, html: str) -> str:
        """Declarations go first: html.parser raises on those it does not know, as word processors write them."""
        reader = cls()
        reader.feed(_BROKEN_DECLARATION.sub("&lt;!", _DECLARATION.sub("", html)))
        reader.close()
        lines = "".join(reader.parts).split("\n")
        return re.sub(
            r"\n{3,}", "\n\n", "\n".join(line.strip(" ") if line.isspace() else line.rstrip() for line in lines)
        ).strip("\n")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag in _UNSEEN:
            self.unseen.append(tag)
        elif tag == "br":
            self.parts.append("\n")
        elif tag == "li":
            self._line()
            self.parts.append("- ")
        elif tag == "img":
            self.parts.append(f"[image: {values.get('alt') or values.get('src') or 'without a name'}]")
        elif tag == "a":
            self.links.append(values.get("href", ""))
        elif tag in {"td", "th"}:
            self._apart()
        elif tag in _BLOCKS:
            self.kept += tag == "pre"
            self._line()

    def handle_endtag(self, tag: str) -> None:
        if tag in self.unseen:
            while self.unseen and self.unseen.pop() != tag:
                pass
        elif tag == "a" and self.links:
            address = self.links.pop()
            if address and address not in "".join(self.parts[-3:]):
                self.parts.append(f" ({address})")
        elif tag in _BLOCKS or tag == "li":
            self.kept = max(0, self.kept - (tag == "pre"))
            self._line()

    def handle_data(self, data: str) -> None:
        if not self.unseen:
            self.parts.append(data if self.kept else re.sub(r"[ \t\r\n]+", " ", data))

    def _line(self) -> None:
        if self.parts and not self.parts[-1].endswith("\n"):
            self.parts.append("\n")

    def _apart(self) -> None:
        if self.parts and not self.parts[-1].endswith("\n"):
            self.parts.append(" | ")
