"""`workspace extend`: one workspace lives longer."""

from __future__ import annotations

from typing import Any

import click

from integration.operations.terminal import options
from integration.operations.workspaces.session import moment, opened


@click.command()
@click.argument("workspace")
@click.option("--days", type=click.IntRange(1), help="So many more.  [default: as many as it was ordered for]")
@options.deployment
@options.as_json
def extend(workspace: str, days: int | None, **given: Any) -> None:
    """Let a workspace live longer, also one that is ending, until its first file is deleted.

    \b
    Examples:
      ./deploy_integrations_solution.py workspace extend 1b4e28ba --days 30
    """
    session = opened(given)
    body = {"days": days} if days else {}
    shown = session.machine.call("POST", f"/workspaces/{session.row(workspace).id}/extend", body)
    session.output.result(f"{shown['workspace_id']} lives until {moment(shown['expires_at'])} UTC.")
    if session.output.quiet:
        session.output.document({"workspace": shown["workspace_id"], "expires_at": shown["expires_at"]})
