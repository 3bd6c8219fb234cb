"""`change start`: work begins."""

from __future__ import annotations

from typing import Any

import click

from integration.changes import steps
from integration.operations.changes.session import change_option, common, opened
from integration.operations.changes.wish import COURSE, wish_options


@click.command()
@change_option
@wish_options(*COURSE)
@common
def start(**given: Any) -> int:
    """Write that the work begins, if it may begin now. Deploy only after it ended with 0.

    \b
    Examples:
      ./deploy_integrations_solution.py change start --change "$CHANGE_SYS_ID" && ./deploy.sh
    """
    session = opened(given)
    return session.concluded(lambda: steps.start(session.desk, session.wish, session.target))
