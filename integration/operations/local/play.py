"""A tour on the terminal: a line per step while it is played, a table at the end."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from integration.names import DEAD_SUFFIX
from integration.operations.local.tour import run

if TYPE_CHECKING:
    from collections.abc import Sequence

    from integration.operations.local.system import LocalSystem
    from integration.operations.local.tour import Outcome, Tour
    from integration.operations.tour import Part

_err = Console(stderr=True)


def play(running: LocalSystem, parts: Sequence[Part], *, as_json: bool) -> None:
    """Ends the process with 1 where something did not arrive."""
    poller = running.names.poller
    tour = run(
        parts, running.people(), running.module.value, lambda: _dead_letters(running),
        lambda: running.plane.invoke(poller, {}), _step,
    )  # fmt: skip
    _table(tour)
    if as_json:
        click.echo(json.dumps(tour.as_json()))
    if not tour.ok:
        raise click.exceptions.Exit(1)


def _step(outcome: Outcome) -> None:
    mark = "[green]✓[/green]" if outcome.arrived else "[red]✗[/red]"
    why = f": {escape(outcome.why)}" if outcome.why else ""
    _err.print(f"{mark} {outcome.name}{why} {_lag(outcome)}", highlight=False)


def _lag(outcome: Outcome) -> str:
    return "" if outcome.lag_s is None else f"{outcome.lag_s:.2f} s"


def _dead_letters(running: LocalSystem) -> int:
    return sum(depth.total for name, depth in running.plane.queues.items() if name.endswith(DEAD_SUFFIX))


def _table(tour: Tour) -> None:
    table = Table("step", "direction", "arrived", "lag")
    for step in tour.steps:
        table.add_row(step.name, step.direction, "yes" if step.arrived else "[red]no[/red]", _lag(step))
    told, calls = tour.as_json(), tour.calls
    _err.print(table)
    _err.print(
        f"lag p50 {told['lag_p50_s']} s, p95 {told['lag_p95_s']} s · calls: {calls['security_ir']} to Security IR, "
        f"{calls['servicenow']} to ServiceNow · duplicates {tour.duplicates} · dead letters {tour.dead_letters}",
        highlight=False,
    )
