"""`workspace audit`: buckets without a workspace, and workspaces without a bucket."""

from __future__ import annotations

from typing import Any

import click

from integration.operations.terminal import options
from integration.operations.terminal.output import NOT_IN_ORDER, many
from integration.operations.workspaces.inventory import difference
from integration.operations.workspaces.session import opened


@click.command()
@options.deployment
@options.as_json
def audit(**given: Any) -> None:
    """Compare the buckets of the account with the table, both ways. Ends with 1 where they differ.

    Buckets are told by their name and by the tag that they were made with. Nothing is deleted: a bucket that nobody
    knows may hold what somebody needs.

    \b
    Examples:
      ./deploy_integrations_solution.py workspace audit
    """
    session = opened(given)
    buckets = session.inventory.buckets()  # before the rows: what is made meanwhile has one
    found = difference(session.inventory.rows(), buckets)
    for bucket in found.orphans:
        session.output.warn(f"{bucket} is of no workspace: look into it, then delete it")
    for workspace in found.missing:
        session.output.warn(f"{workspace} has lost its bucket: end it, and order another")
    if not found:
        session.output.result(f"Nothing is left over, and nothing lacks: {many(len(buckets), 'bucket')} of workspaces.")
    if session.output.quiet:
        session.output.document({"buckets": len(buckets), "orphans": found.orphans, "missing": found.missing})
    raise click.exceptions.Exit(NOT_IN_ORDER if found else 0)
