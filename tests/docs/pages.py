"""The pages as data: their text, fenced blocks, links, headings. Used by tests and by what writes generated parts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
_FENCE = re.compile(r"^(?P<indent> *)```(?P<info>[^\n`]*)\n(?P<text>.*?)^(?P=indent)```$", re.DOTALL | re.MULTILINE)
_CODE = re.compile(r"`[^`\n]+`")
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)|(?:src|srcset|href)=\"([^\"]+)\"")


@dataclass(frozen=True)
class Block:
    """A fenced block; `info` is what stands behind the opening fence: a language, and `test` where it is run."""

    page: Path
    info: str
    text: str

    @property
    def where(self) -> str:
        return f"{self.page.relative_to(ROOT)}: {self.text.strip().partition(chr(10))[0][:60]}"


def all_pages() -> list[Path]:
    tops = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")]
    return tops + sorted(DOCS.rglob("*.md"))


def blocks(page: Path) -> list[Block]:
    return blocks_in(page.read_text(), page)


def blocks_in(text: str, page: Path = ROOT) -> list[Block]:
    """Of a part of a page."""
    return [Block(page, found["info"].strip(), found["text"]) for found in _FENCE.finditer(text)]


def prose(page: Path) -> str:
    """Without fenced blocks; inline code stays."""
    return _FENCE.sub("", page.read_text())


def links(page: Path) -> list[str]:
    return [one or other for one, other in _LINK.findall(_CODE.sub("", prose(page)))]


def anchors(page: Path) -> set[str]:
    """As GitHub makes them: small letters, blanks to hyphens, everything but letters, digits, `-` and `_` away."""
    found: dict[str, int] = {}
    names = set()
    for heading in re.findall(r"^#{1,6} +(.+?) *$", prose(page), re.MULTILINE):
        text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).strip().lower()
        anchor = re.sub(r"[^\w\- ]", "", text).replace(" ", "-")
        count = found[anchor] = found.get(anchor, -1) + 1
        names.add(f"{anchor}-{count}" if count else anchor)
    return names | set(re.findall(r"<a (?:id|name)=\"([^\"]+)\"", page.read_text()))


def between(page: Path, name: str) -> str:
    """What stands between `<!-- name: generated -->` and `<!-- end -->`."""
    found = re.search(rf"<!-- {name}: generated -->\n(.*?)<!-- end -->", page.read_text(), re.DOTALL)
    assert found, f"{page.name} has no generated part {name}"
    return found[1]


def put_between(page: Path, name: str, text: str) -> None:
    between(page, name)
    part = re.compile(rf"(<!-- {name}: generated -->\n).*?(<!-- end -->)", re.DOTALL)
    page.write_text(part.sub(lambda found: found[1] + text + found[2], page.read_text(), count=1))


def example_block(path: Path) -> str:
    """A file of examples/ without the words it begins with."""
    text = re.sub(r"\A(#.*\n)+\n*", "", path.read_text())
    return f"[{path.name}](examples/{path.name}):\n\n```toml\n{text}```\n"


def cells(page: Path, heading: str) -> dict[str, list[str]]:
    """Rows of the first table below a heading, by the code or text of their first cell."""
    part = re.search(rf"^#+ {re.escape(heading)}\n(.*?)(?=^#+ |\Z)", prose(page), re.DOTALL | re.MULTILINE)
    assert part, f"{page.name} has no heading {heading}"
    table = re.search(r"(?:^\|.*\n)+", part[1], re.MULTILINE)
    assert table, f"{page.name} has no table below {heading}"
    rows = [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in table[0].splitlines()[2:]]
    return {row[0].strip("`"): row[1:] for row in rows}
