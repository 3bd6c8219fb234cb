"""`workspace report`: how many there are, how they are used, how soon they were delivered."""

from __future__ import annotations

import csv
import sys
from typing import Any

import click

from integration.operations.terminal import options
from integration.operations.workspaces.inventory import COLUMNS, document
from integration.operations.workspaces.inventory import report as counted
from integration.operations.workspaces.session import now, opened


@click.command()
@click.option("--csv", "as_csv", is_flag=True, help="A line for each workspace of 400 days, for a spreadsheet.")
@options.deployment
@options.as_json
def report(as_csv: bool, **given: Any) -> None:
    """Show active, idle and ended workspaces, cost centres, and the times from order to delivery.

    Idle is one that nothing was uploaded to for 14 days. Rows of ended ones are kept 400 days.

    \b
    Examples:
      ./deploy_integrations_solution.py workspace report
      ./deploy_integrations_solution.py workspace report --csv > workspaces.csv
    """
    session = opened(given)
    rows = session.inventory.rows()
    if as_csv:
        lines = csv.DictWriter(sys.stdout, COLUMNS)
        lines.writeheader()
        lines.writerows(document(row) for row in rows)
        return
    shown = counted(rows, now())
    for name, value in shown.items():
        listed = ", ".join(f"{key} {count}" for key, count in value.items()) if isinstance(value, dict) else value
        session.output.result(f"{name.replace('_', ' ')}: {listed or 'none'}")
    if session.output.quiet:
        session.output.document(shown)
