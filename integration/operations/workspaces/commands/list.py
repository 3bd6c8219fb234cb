"""`workspace list`: the workspaces there are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from integration.operations.terminal import options
from integration.operations.workspaces.inventory import document
from integration.operations.workspaces.session import Who, moment, opened
from integration.workspaces.model import Phase
from integration.workspaces.naming import person_of

if TYPE_CHECKING:
    from integration.workspaces.model import Row

COLUMNS = ("workspace", "phase", "kind", "order", "expires (UTC)", "used", "waits for")
MIB = 1024**2


@click.command("list")
@click.option("--all", "every", is_flag=True, help="Those that are gone, too.")
@click.option("--user", type=Who(), metavar="NAME", help="Of this person, as ordered by name.")
@options.deployment
@options.as_json
def list(every: bool, user: str | None, **given: Any) -> None:  # noqa: A001 - the command's name
    """Show the workspaces there are, the newest first. No name of a person is shown.

    \b
    Examples:
      ./deploy_integrations_solution.py workspace list
      ./deploy_integrations_solution.py workspace list --user your.name --all --json
    """
    session, digest = opened(given), person_of(user).digest if user else ""
    rows = [row for row in session.inventory.rows() if (every or row.phase is not Phase.GONE) and _of(row, digest)]
    session.output.table("Workspaces", COLUMNS, [_cells(row) for row in rows])
    if not rows:
        session.output.result("There is none.")
    if session.output.quiet:
        session.output.document({"workspaces": [document(row) for row in rows]})


def _of(row: Row, digest: str) -> bool:
    return not digest or digest in {row.person, *(member.id for member in row.members)}


def _cells(row: Row) -> tuple[object, ...]:
    blocked = row.blocked.reason if row.blocked else ""
    return row.id, row.phase, row.kind, row.number, moment(row.lives_until), f"{row.used / MIB:.0f} MiB", blocked
