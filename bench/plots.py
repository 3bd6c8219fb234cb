"""Draws four pictures of the stored figures: SVG of a few lines each, text as text, whole numbers."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from math import log10
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench import pictured

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from bench.figures import Figures

IMAGES = Path(__file__).resolve().parent.parent / "docs" / "images"
COLOURS = {
    "security_ir": "#2a6f97",
    "other_aws": "#e09f3e",
    "table": "#e09f3e",
    "servicenow": "#5b8c5a",
    "floor": "#444",
}
SERVICES = ("#2a6f97", "#e09f3e", "#5b8c5a", "#c0504d", "#8064a2", "#7f6a55", "#d98cb3", "#999", "#b5b83a", "#3fb0b8")
STYLE = "text{font:11px sans-serif}.e{text-anchor:end}.m{text-anchor:middle}path{fill:none;stroke-width:1.5}"
NAMES = {
    "security_ir": "Security IR", "other_aws": "other AWS", "table": "DynamoDB", "servicenow": "ServiceNow",
    "floor": "floor",
}  # fmt: skip
BAR = 16


@dataclass(frozen=True)
class Area:
    """Where a diagram stands, and the greatest values on its two axes."""

    left: int
    top: int
    width: int
    height: int
    across: float
    up: float

    def x(self, value: float) -> int:
        return round(self.left + value / self.across * self.width)

    def y(self, value: float) -> int:
        return round(self.top + self.height - value / self.up * self.height)

    @property
    def bottom(self) -> int:
        return self.top + self.height

    def below(self, ticks: Mapping[float, str], title: str) -> Iterator[str]:
        """The axis below: its ticks with their words, and what it counts."""
        marks = "".join(f"M{self.x(at)} {self.bottom}v4" for at in ticks)
        yield _path(f"M{self.left} {self.bottom}h{self.width}{marks}", "#000")
        yield from (_text(self.x(at), self.bottom + 16, words, "m") for at, words in ticks.items())
        yield _text(self.left + self.width // 2, self.bottom + 32, title, "m")

    def beside(self, title: str) -> Iterator[str]:
        ticks = steps(self.up)
        marks = "".join(f"M{self.left} {self.y(at)}h-4" for at in ticks)
        yield _path(f"M{self.left} {self.top}v{self.height}{marks}", "#000")
        yield from (_text(self.left - 7, self.y(at) + 4, words, "e") for at, words in ticks.items())
        yield _text(self.left + 6, self.top - 6, title)


def steps(greatest: float) -> dict[float, str]:
    """Round numbers from nought on, four to eight of them."""
    unit = 10.0 ** int(log10(max(greatest, 1)))
    step = next(unit * part for part in (0.2, 0.5, 1, 2) if greatest / (unit * part) <= 7)
    return {n * step: f"{n * step:g}" for n in range(int(greatest / step) + 1)}


def draw(found: Figures) -> list[Path]:
    IMAGES.mkdir(parents=True, exist_ok=True)
    stored = pictured.keep(found)
    paths = {name: IMAGES / f"performance-{name}.svg" for name in PICTURES if name in stored}
    for name, path in paths.items():
        path.write_text(svg(name, stored[name]))
    return list(paths.values())


def svg(name: str, figures: Sequence[Mapping[str, Any]]) -> str:
    title, (width, height), drawing = PICTURES[name]
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">',
        f"<title>{title}</title><style>{STYLE}</style>",
        '<rect width="100%" height="100%" fill="#fff"/>',
        *drawing(figures),
        "</svg>\n",
    ]
    return "\n".join(lines)


def _text(x: int, y: int, words: str, place: str = "") -> str:
    there = f' class="{place}"' if place else ""
    return f'<text x="{x}" y="{y}"{there}>{escape(words)}</text>'


def _path(d: str, colour: str, more: str = "") -> str:
    return f'<path d="{d}" stroke="{colour}"{more}/>'


def _line(points: Iterable[tuple[int, int]], colour: str) -> str:
    return _path("M" + " ".join(f"{x} {y}" for x, y in points), colour)


def _legend(x: int, y: int, colours: Mapping[str, str]) -> Iterator[str]:
    for number, (words, colour) in enumerate(colours.items()):
        at = y + number * 15
        yield f'<rect x="{x}" y="{at - 9}" width="10" height="10" fill="{colour}"/>{_text(x + 15, at, words)}'


def _calls(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    systems = ("security_ir", "other_aws", "servicenow")
    most = max(max(sum(row[part] for part in systems), row["floor"]) for row in rows)
    area = Area(260, 10, 400, 26 * len(rows), most, 1)
    tops = [area.top + 26 * number + 5 for number in range(len(rows))]
    yield from (_text(area.left - 7, top + 12, row["work"], "e") for top, row in zip(tops, rows, strict=True))
    left = [0.0] * len(rows)
    for part in systems:
        right = [before + row[part] for before, row in zip(left, rows, strict=True)]
        ends = zip(tops, map(area.x, left), map(area.x, right), strict=True)
        yield _bars(COLOURS[part], ((x, top, end - x, BAR) for top, x, end in ends))
        left = right
    marks = "".join(f"M{area.x(row['floor'])} {top - 3}v{BAR + 6}" for top, row in zip(tops, rows, strict=True))
    yield _path(marks, COLOURS["floor"])
    yield from area.below(steps(most), "calls")
    yield from _legend(680, 24, {NAMES[part]: COLOURS[part] for part in (*systems, "floor")})


def _bars(colour: str, bars: Iterable[tuple[int, int, int, int]]) -> str:
    """One path for all bars of a colour."""
    d = "".join(f"M{x} {y}h{w}v{h}h-{w}z" for x, y, w, h in bars if w and h)
    return f'<path d="{d}" style="fill:{colour}"/>'


def _growth(sizes: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    systems = ("servicenow", "table", "security_ir")
    places = [log10(each["comments"]) for each in sizes]
    area = Area(50, 24, 360, 170, max(places), max(each[part] for each in sizes for part in systems))
    for part in systems:
        points = [(area.x(at), area.y(each[part])) for at, each in zip(places, sizes, strict=True)]
        yield _line(points, COLOURS[part])
    ticks = {at: f"{each['comments']}" for at, each in zip(places, sizes, strict=True)}
    yield from area.below(ticks, "comments on the case")
    yield from area.beside("calls for one more")
    yield from _legend(70, 44, {NAMES[part]: COLOURS[part] for part in systems})


def _burst(bursts: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    width = 660 // len(bursts)
    for number, burst in enumerate(bursts):
        seconds, records = (max(values) for values in zip(*burst["progress"], strict=True))
        area = Area(45 + number * width, 24, width - 60, 160, max(seconds, burst["floor_s"]), records)
        yield _line(((area.x(at), area.y(done)) for at, done in burst["progress"]), COLOURS["servicenow"])
        at = area.x(burst["floor_s"])
        yield _path(f"M{at} {area.top}v{area.height}", COLOURS["floor"], ' stroke-dasharray="2 3"')
        yield from area.below(steps(area.across), f"s, at {burst['latency_s']:g} s a call")
        yield from area.beside(burst["records"])


def _money(bills: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    area = Area(50, 24, 300, 190, len(bills), max(sum(bill["dollars"].values()) for bill in bills))
    bottom, wide = [0.0] * len(bills), round(area.width / len(bills) * 0.6)
    colours = dict(zip(bills[0]["dollars"], SERVICES, strict=False))
    for service, colour in colours.items():
        above = [before + bill["dollars"][service] for before, bill in zip(bottom, bills, strict=True)]
        ends = enumerate(zip(map(area.y, above), map(area.y, bottom), strict=True))
        yield _bars(colour, ((area.x(n + 0.2), upper, wide, lower - upper) for n, (upper, lower) in ends))
        bottom = above
    yield from area.below({n + 0.5: f"{bill['cases']}" for n, bill in enumerate(bills)}, "open cases")
    yield from area.beside("dollars per month")
    yield from _legend(370, 40, colours)


PICTURES: dict[str, tuple[str, tuple[int, int], Callable[[Sequence[Mapping[str, Any]]], Iterator[str]]]] = {
    "calls": ("Calls per piece of work, by system, with the floor of each", (770, 315), _calls),
    "growth": ("Calls for one more comment, by the comments there are", (430, 236), _growth),
    "burst": ("Records done over time in each burst, with the floor", (680, 226), _burst),
    "money": ("Dollars per month at 10, 100 and 1,000 open cases, by service", (560, 256), _money),
}
"""Title, which screen readers say; size; what draws it."""
