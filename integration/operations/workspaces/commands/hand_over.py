"""`workspace hand-over`: a successor gets the place."""

from __future__ import annotations

from typing import Any

import click

from integration.operations.terminal import options
from integration.operations.workspaces.session import Who, opened


@click.command(name="hand-over")
@click.argument("workspace")
@click.option("--to", "user", required=True, type=Who(), metavar="NAME", help="Who has it from now on.")
@options.deployment
@options.yes
@options.as_json
def hand_over(workspace: str, user: str, yes: bool, **given: Any) -> None:
    """Give a workspace to a successor, and print his link. The links of whoever had it end at once.

    \b
    Examples:
      ./deploy_integrations_solution.py workspace hand-over 1b4e28ba --to new.name
    """
    session = opened(given)
    row = session.row(workspace)
    session.output.sure(f"Hand {row.id} over, and end the links of whoever has it?", yes=yes)
    shown = session.machine.call("POST", f"/workspaces/{row.id}/hand-over", {"username": user})
    session.output.result(f"{row.id} is handed over: {shown['link']}")
    if session.output.quiet:
        session.output.document({"workspace": row.id, "link": shown["link"]})
