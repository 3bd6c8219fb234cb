"""`change settle`: what a run could not write."""

from __future__ import annotations

from typing import Any

import click

from integration.changes import steps
from integration.operations.changes.session import common, opened
from integration.operations.changes.wish import COURSE, wish_options

CODES = {"successful": 0, "unsuccessful": 1}


@click.command()
@click.option("--outcome", type=click.Choice(list(CODES)), help="How the deployment ended that nobody told the end of.")
@wish_options(*COURSE)
@common
def settle(outcome: str | None, **given: Any) -> int:
    """Bring changes of this run to their end that a try could not: one that waits for its end in Review is closed; one
    that began and never told how it ended needs --outcome; one under which no command ran is cancelled.

    \b
    Examples:
      ./deploy_integrations_solution.py change settle --app shop --version 2.3.0 --environment production \\
        --outcome successful
    """
    session = opened(given)
    code = CODES[outcome] if outcome else None
    return session.concluded(lambda: steps.settle(session.desk, session.wish, session.run, code))
