"""`change cancel`."""

from __future__ import annotations

import os
from typing import Any

import click

from integration.changes import steps
from integration.operations.changes.session import change_option, common, opened
from integration.operations.changes.wish import FINDING, filled, wish_options


@click.command()
@click.option("--reason", required=True, metavar="TEXT", help="Stands in the work notes.")
@change_option
@wish_options(*FINDING)
@common
def cancel(reason: str, **given: Any) -> int:
    """Cancel the change.

    \b
    Examples:
      ./deploy_integrations_solution.py change cancel --change "$CHANGE_SYS_ID" --reason "The release was withdrawn"
    """
    reason = filled(reason, os.environ)
    session = opened(given)
    return session.concluded(lambda: steps.cancel(session.desk, session.wish, session.target, reason))
