"""Prints the figures on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bench import crossings

if TYPE_CHECKING:
    from bench.figures import Figures
    from bench.measure import Measured

_console = Console(width=150)


def began(part: str) -> None:
    _console.print(f"[dim]measuring {part} …[/dim]")


def ended(part: str, took_s: int, why_not: str | None) -> None:
    _console.print(
        f"[red]{part}: not measured, {escape(why_not)}[/red]" if why_not else f"[dim]{part}: {took_s} s[/dim]"
    )


def all_of(found: Figures) -> None:
    if found.rows:
        _console.print(_rows(found.rows))
    for grown in found.grown:
        _console.print(
            f"a new comment on a case with {grown.comments}: ServiceNow {grown.servicenow}, table {grown.table}, "
            f"Security IR {grown.security_ir}; link {grown.link_bytes} bytes"
        )
    for polled in found.polled:
        _console.print(f"a poll over {polled.cases} closed cases: ListCases {polled.list_calls} ({polled.pages} pages)")
    for burst in found.bursts:
        _console.print(
            f"{burst.count} {burst.name}, {burst.latency_s:g} s a call: {burst.wall_s:.0f} s, {burst.ratio:.2f} of the "
            f"floor; live edits p95 {burst.live_p95_s:.1f} s"
        )
    for gated in found.gated:
        _console.print(f"a decision at the gate: answered within {gated.p95_s:.2f} s (p95 of {len(gated.lags_s)})")
    _workspaces(found)
    for start in found.starts:
        _console.print(f"cold start of {start.function}: {start.ratio:.2f} of boto3 with its clients")
    for peak in found.peaks:
        _console.print(f"{peak.what}: {peak.peak:.0f} MiB ({peak.idle:.0f} before)")
    for counted in found.crossings:
        _console.print(crossings.told(counted))
    for cases, bill in found.bills().items():
        _console.print(f"{cases} open cases: ${bill.total:.2f} per month")


def _workspaces(found: Figures) -> None:
    for acted in found.acted:
        _console.print(f"{acted.action.name}: AWS {acted.aws}, ServiceNow {acted.servicenow}, p95 {acted.p95_s:.2f} s")
    for each in found.together:
        _console.print(
            f"{each.count} workspaces {each.name}: {each.wall_s:.0f} s, {each.time_ratio:.2f} of the bare calls; calls "
            f"{each.calls_ratio:.2f} of the floor; an open page p95 {each.page_p95_s:.2f} s; {each.left} left over"
        )
    for ended in found.ended:
        _console.print(f"the end of {ended.versions} versions: {ended.ratio:.2f} of the floor's calls")


def _rows(rows: list[Measured]) -> Table:
    table = Table(title="Calls per piece of work")
    for name in (
        "work",
        "Security IR",
        "other AWS",
        "ServiceNow",
        "(inner)",
        "aim",
        "floor",
        "ratio",
        "lag s",
        "floor s",
    ):
        table.add_column(name, justify="left" if name == "work" else "right")
    for m in rows:
        colour = "green" if m.met else "red"
        aim = f"[{colour}]{m.row.aim.aws} + {m.row.aim.servicenow}[/{colour}]"
        counts = (m.counts.security_ir, m.counts.other_aws, m.counts.servicenow, m.counts.inner)
        table.add_row(
            m.row.name, *(f"{count / m.per:g}" for count in counts), aim, f"{m.row.floor.total}", f"{m.ratio:.2f}",
            _seconds(m.lag_s), _seconds(m.floor_s),
        )  # fmt: skip
    return table


def _seconds(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"
