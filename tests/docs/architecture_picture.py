"""The pictures of how cases and workspaces work, light and dark, each from one drawing."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

PALETTES = {
    "light": {"ink": "#1f2328", "soft": "#59636e", "line": "#818b98", "panel": "#f6f8fa", "box": "#ffffff",
              "aws": "#b35900", "now": "#1a7f37", "pass": "#0969da"},
    "dark": {"ink": "#f0f6fc", "soft": "#9198a1", "line": "#656c76", "panel": "#151b23", "box": "#0d1117",
             "aws": "#f0883e", "now": "#3fb950", "pass": "#4493f8"},
}  # fmt: skip


@dataclass(frozen=True)
class Box:
    x: int
    y: int
    w: int
    h: int
    head: str
    lines: tuple[str, ...] = ()
    colour: str = "line"


@dataclass(frozen=True)
class Drawing:
    """`around`: what stands in the middle together. `notes`: words between the boxes, each with its place. `arrows`:
    paths with their colours; `both_ways`: these have two heads.
    """

    title: str
    description: str
    boxes: tuple[Box, ...]
    arrows: tuple[tuple[str, str], ...]
    both_ways: tuple[tuple[str, str], ...]
    notes: tuple[tuple[int, int, str], ...]
    around: str = "your AWS account"


CASES = Drawing(
    "How cases and incidents are kept in step",
    "Events of AWS Security Incident Response and of ServiceNow each reach a queue and wake a function. "
    "Either function runs the same pass: it claims the pair, reads both sides, compares them with what was last "
    "accepted, decides, writes what differs, and remembers.",
    (
        Box(16, 96, 164, 208, "AWS Security", ("Incident Response", "", "cases, comments,", "files, status"), "aws"),
        Box(780, 96, 164, 208, "ServiceNow", ("incident or", "sn_si_incident", "", "journal, files, state"), "now"),
        Box(232, 64, 122, 58, "native events", ("and a poll a minute",), "aws"),
        Box(384, 64, 82, 58, "event bus", ("ids only",)),
        Box(496, 64, 70, 58, "queue", ("+ dead",)),
        Box(596, 64, 132, 58, "ServiceNow client", ("function",), "pass"),
        Box(606, 278, 122, 58, "webhook", ("called by rules",), "now"),
        Box(494, 278, 82, 58, "event bus", ("ids only",)),
        Box(394, 278, 70, 58, "queue", ("+ dead",)),
        Box(232, 278, 132, 58, "Security IR client", ("function",), "pass"),
        Box(
            272,
            164,
            416,
            72,
            "one pass, whichever side woke it",
            (
                "claim · read both sides · compare with what was last accepted",
                "decide (pure) · write what differs · remember",
            ),
            "pass",
        ),
    ),
    (
        ("M180 112 H200 V93 H226", "aws"),
        ("M354 93 H378", "line"),
        ("M466 93 H490", "line"),
        ("M566 93 H590", "line"),
        ("M662 122 V158", "pass"),
        ("M780 288 H756 V307 H734", "now"),
        ("M606 307 H582", "line"),
        ("M494 307 H470", "line"),
        ("M394 307 H370", "line"),
        ("M298 278 V242", "pass"),
    ),
    (("M186 200 H266", "aws"), ("M694 200 H774", "now")),
    ((480, 258, "links: pairs, bases, ledgers (DynamoDB)"),),
)
WORKSPACES = Drawing(
    "How a workspace is ordered, used and ended",
    "An order of the catalog, a call with a key, a click on the page and the clock each wake the same pass. It claims "
    "the workspace's row, plans from what is wanted and what is there, does one step after the other, and remembers. "
    "The page sends files straight to the workspace's own bucket, by addresses signed with credentials for that "
    "bucket alone. At the end files are archived, deleted and proven gone.",
    (
        Box(16, 64, 164, 92, "ServiceNow", ("catalog, approvals", "on the item: link, proof"), "now"),
        Box(16, 176, 164, 58, "a program", ("with the API's key",)),
        Box(16, 276, 164, 78, "a person", ("the page, opened by", "a personal link")),
        Box(232, 64, 104, 58, "webhook", ("called by rules",), "now"),
        Box(366, 64, 82, 58, "event bus", ("ids only",)),
        Box(478, 64, 70, 58, "queue", ("+ dead",)),
        Box(590, 64, 142, 58, "worker", ("passes side by side",), "pass"),
        Box(232, 176, 132, 58, "creator", ("/workspaces",), "pass"),
        Box(232, 286, 132, 58, "backend", ("/w: page, addresses",), "pass"),
        Box(424, 286, 164, 58, "reaper", ("each minute: what is due",), "pass"),
        Box(
            424,
            166,
            308,
            76,
            "one pass, whoever woke it",
            (
                "claim · plan (pure) from wanted and found",
                "one step after the other · remember",
            ),
            "pass",
        ),
        Box(780, 128, 164, 78, "archive", ("files, manifest, proof;", "outlives the stack"), "aws"),
        Box(780, 246, 164, 92, "its bucket", ("made, set, checked;", "emptied, dropped"), "aws"),
    ),
    (
        ("M180 93 H226", "now"),
        ("M336 93 H360", "line"),
        ("M448 93 H472", "line"),
        ("M548 93 H584", "line"),
        ("M661 122 V160", "pass"),
        ("M180 205 H226", "line"),
        ("M364 205 H418", "pass"),
        ("M180 315 H226", "line"),
        ("M364 315 H394 V144 H513 V128", "line"),
        ("M424 315 H400", "line"),
        ("M732 186 H756 V167 H774", "aws"),
        ("M732 222 H756 V292 H774", "aws"),
        ("M98 354 V374 H862 V344", "line"),
    ),
    (),
    ((578, 262, "rows, places of people, orders (DynamoDB)"), (670, 320, "files: by signed addresses")),
    "the stack of workspaces and the connection's, in your AWS account",
)
DRAWINGS = {"architecture": CASES, "workspaces": WORKSPACES}


def svg(drawing: Drawing, mode: str) -> str:
    colours = PALETTES[mode]
    parts = [
        (
            '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 960 384" role="img" aria-labelledby="t d" '
            'font-family="-apple-system, Segoe UI, Helvetica, Arial, sans-serif" font-size="12.5">'
        ),
        f'<title id="t">{drawing.title}</title><desc id="d">{escape(drawing.description)}</desc>',
        *_heads(colours),
        f'<rect x="208" y="24" width="544" height="336" rx="10" fill="{colours["panel"]}" stroke="{colours["line"]}"/>',
        _text(480, 46, drawing.around, colours["soft"]),
        *(_text(x, y, words, colours["soft"]) for x, y, words in drawing.notes),
        *(_path(path, colour, colours, both=False) for path, colour in drawing.arrows),
        *(_path(path, colour, colours, both=True) for path, colour in drawing.both_ways),
        *(_box(box, colours) for box in drawing.boxes),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _heads(colours: dict[str, str]) -> list[str]:
    return [
        f'<marker id="{name}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
        f'orient="auto-start-reverse"><path d="M0 0 L8 4 L0 8 z" fill="{colours[name]}"/></marker>'
        for name in ("line", "aws", "now", "pass")
    ]


def _path(path: str, colour: str, colours: dict[str, str], *, both: bool) -> str:
    start = f' marker-start="url(#{colour})"' if both else ""
    width = 2.5 if both else 1.6
    line = f'fill="none" stroke="{colours[colour]}" stroke-width="{width}"'
    return f'<path d="{path}" {line} marker-end="url(#{colour})"{start}/>'


def _box(box: Box, colours: dict[str, str]) -> str:
    middle, step = box.x + box.w // 2, 17
    top = box.y + box.h // 2 - step * len(box.lines) // 2 + 5
    lines = [_text(middle, top, box.head, colours["ink"], weight=600)]
    lines += [_text(middle, top + step * (i + 1), line, colours["soft"]) for i, line in enumerate(box.lines) if line]
    shape = (
        f'<rect x="{box.x}" y="{box.y}" width="{box.w}" height="{box.h}" rx="7" fill="{colours["box"]}" '
        f'stroke="{colours[box.colour]}" stroke-width="1.6"/>'
    )
    return "\n".join([shape, *lines])


def _text(x: int, y: int, text: str, colour: str, weight: int = 400) -> str:
    return f'<text x="{x}" y="{y}" text-anchor="middle" fill="{colour}" font-weight="{weight}">{escape(text)}</text>'
