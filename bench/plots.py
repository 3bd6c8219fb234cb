"""Draws four pictures of a run, as SVG that changes only where figures do."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib as mpl

mpl.use("svg")
from matplotlib import pyplot as plt

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from bench.figures import Figures

IMAGES = Path(__file__).resolve().parent.parent / "docs" / "images"
COLOURS = {"security_ir": "#2a6f97", "other_aws": "#e09f3e", "servicenow": "#5b8c5a", "floor": "#444444"}
_STYLE: Any = {
    "svg.hashsalt": "bench", "svg.fonttype": "none", "font.size": 9, "axes.spines.top": False,
    "axes.spines.right": False, "figure.constrained_layout.use": True,
}  # fmt: skip


TITLES = {
    "calls": "Calls per piece of work, by system, with the floor of each",
    "growth": "Calls for one more comment, by the comments there are",
    "burst": "Records done over time in each burst, with the floor",
    "money": "Dollars per month at 10, 100 and 1,000 open cases, by service",
}
"""What screen readers say."""


def draw(found: Figures) -> list[Path]:
    IMAGES.mkdir(parents=True, exist_ok=True)
    with mpl.rc_context(_STYLE):
        drawings = (
            ("calls", found.rows, _calls), ("growth", found.grown, _growth), ("burst", found.bursts, _burst),
            ("money", found.rows, _money),
        )  # fmt: skip
        return [_saved(name, drawing(found)) for name, there, drawing in drawings if there]


def _saved(name: str, figure: Figure) -> Path:
    path = IMAGES / f"performance-{name}.svg"
    figure.savefig(path, metadata={"Date": None, "Title": TITLES[name]})
    plt.close(figure)
    return path


def _calls(found: Figures) -> Figure:
    figure, axes = plt.subplots(figsize=(8, 4.5))
    rows = list(reversed(found.rows))
    names, left = [m.row.name for m in rows], [0.0] * len(rows)
    for part in ("security_ir", "other_aws", "servicenow"):
        widths = [getattr(m.counts, part) / m.per for m in rows]
        axes.barh(names, widths, left=left, color=COLOURS[part], label=part.replace("_", " "))
        left = [before + width for before, width in zip(left, widths, strict=True)]
    floors = [m.row.floor.total for m in rows]
    axes.scatter(floors, names, marker="|", s=220, color=COLOURS["floor"], label="floor", zorder=3)
    axes.set_xlabel("calls")
    axes.legend(frameon=False)
    return figure


def _growth(found: Figures) -> Figure:
    figure, axes = plt.subplots(figsize=(6, 3.2))
    sizes = [grown.comments for grown in found.grown]
    for part, colour in (("servicenow", "servicenow"), ("table", "other_aws"), ("security_ir", "security_ir")):
        values = [getattr(grown, part) for grown in found.grown]
        axes.plot(sizes, values, marker="o", color=COLOURS[colour], label=part.replace("_", " "))
    axes.set(xscale="log", xlabel="comments on the case", ylabel="calls for one more")
    axes.legend(frameon=False)
    return figure


def _burst(found: Figures) -> Figure:
    figure, axes = plt.subplots(1, max(1, len(found.bursts)), figsize=(9, 3), squeeze=False)
    for axis, burst in zip(axes[0], found.bursts, strict=False):
        axis.plot([at for at, _ in burst.progress], [done for _, done in burst.progress], color=COLOURS["servicenow"])
        axis.axvline(burst.floor_s, color=COLOURS["floor"], linestyle=":")
        axis.set(title=f"{burst.count} {burst.name}", xlabel=f"s, at {burst.latency_s:g} s a call")
    return figure


def _money(found: Figures) -> Figure:
    figure, axes = plt.subplots(figsize=(6, 3.2))
    bills = found.bills()
    names, bottom = [f"{cases}" for cases in bills], [0.0] * len(bills)
    for service in next(iter(bills.values())).parts:
        values = [bill.parts.get(service, 0.0) for bill in bills.values()]
        axes.bar(names, values, bottom=bottom, label=service)
        bottom = [before + value for before, value in zip(bottom, values, strict=True)]
    axes.set(xlabel="open cases", ylabel="dollars per month")
    axes.legend(frameon=False, fontsize=7)
    return figure
