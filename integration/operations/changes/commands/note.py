"""`change note`: a work note."""

from __future__ import annotations

import os
from typing import Any

import click

from integration.changes import steps
from integration.operations.changes.session import change_option, common, opened
from integration.operations.changes.wish import FINDING, filled, wish_options


@click.command()
@click.argument("text")
@change_option
@wish_options(*FINDING)
@common
def note(text: str, **given: Any) -> int:
    """Add a work note to the change.

    \b
    Examples:
      ./deploy_integrations_solution.py change note --change "$CHANGE_SYS_ID" 'Half of ${REGION} is done'
    """
    text = filled(text, os.environ)
    session = opened(given)
    return session.concluded(lambda: steps.note(session.desk, session.wish, session.target, text))
