"""`workspace link`: the personal links of one workspace."""

from __future__ import annotations

from typing import Any

import click

from integration.operations.terminal import options
from integration.operations.workspaces.session import opened


@click.command()
@click.argument("workspace")
@click.option("--new", is_flag=True, help="Make new ones: the old ones, and who is signed in by them, end at once.")
@options.deployment
@options.yes
@options.as_json
def link(workspace: str, new: bool, yes: bool, **given: Any) -> None:
    """Print the links of a workspace, one for each of its members. Whoever has one can use it.

    WORKSPACE is its id, or how that begins.

    \b
    Examples:
      ./deploy_integrations_solution.py workspace link 1b4e28ba
      ./deploy_integrations_solution.py workspace link 1b4e28ba --new
    """
    session = opened(given)
    row = session.row(workspace)
    if new:
        session.output.sure("End the links there are?", yes=yes)
        shown = session.machine.call("POST", f"/workspaces/{row.id}/links", {})
    else:
        shown = session.machine.call("GET", f"/workspaces/{row.id}")
    for each in shown["links"]:
        session.output.result(each)
    if not shown["links"]:
        session.output.result("It is gone: no link opens it any more.")
    if session.output.quiet:
        session.output.document({"workspace": shown["workspace_id"], "links": shown["links"]})
