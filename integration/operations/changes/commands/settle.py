"""`change settle`: what a run could not write."""

from __future__ import annotations

from typing import Any

import click

from integration.changes import steps
from integration.operations.changes.commands.close import result_option
from integration.operations.changes.session import common, opened
from integration.operations.changes.wish import COURSE, wish_options


@click.command()
@result_option(required=False)
@wish_options(*COURSE)
@common
def settle(exit_code: int | None, **given: Any) -> int:
    """Bring changes of this run to their end that a try could not: one that waits for its end in Review is closed; one
    that began and never told how it ended needs --exit-code.

    \b
    Examples:
      ./deploy_integrations_solution.py change settle --app shop --version 2.3.0 --environment production --exit-code 0
    """
    session = opened(given)
    return session.concluded(lambda: steps.settle(session.desk, session.wish, session.run, exit_code))
