"""`change wait`: until the command may start."""

from __future__ import annotations

from typing import Any

import click

from integration.changes import steps
from integration.changes.command import Signals
from integration.operations.changes.session import change_option, common, opened
from integration.operations.changes.wish import COURSE, wish_options


@click.command()
@change_option
@wish_options(*COURSE)
@common
def wait(**given: Any) -> int:
    """Wait until the change may begin: approved, in its window, not on hold, in no conflict. Ends with 0 only then.

    \b
    Examples:
      ./deploy_integrations_solution.py change wait --change "$CHANGE_SYS_ID" --timeout 3600 --poll-interval 60
      ./deploy_integrations_solution.py change wait --app shop --version 2.3.0 --environment production
    """
    with Signals() as clock:
        session = opened(given, clock)
        return session.concluded(lambda: steps.wait(session.desk, session.wish, session.target))
