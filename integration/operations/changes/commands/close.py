"""`change close`: the result, then the end."""

from __future__ import annotations

from typing import Any

import click

from integration.changes import steps
from integration.operations.changes.session import change_option, common, opened
from integration.operations.changes.wish import COURSE, wish_options


@click.command()
@click.option(
    "--exit-code", type=click.IntRange(0, 255), required=True, metavar="CODE",
    help="Of what deployed: 0 closes it as successful.",
)  # fmt: skip
@change_option
@wish_options(*COURSE)
@common
def close(exit_code: int, **given: Any) -> int:
    """Write the result of the deployment, and close the change. Failed deployments are closed, too.

    \b
    Examples:
      ./deploy.sh; ./deploy_integrations_solution.py change close --change "$CHANGE_SYS_ID" --exit-code $?
    """
    session = opened(given)
    return session.concluded(lambda: steps.close(session.desk, session.wish, session.target, exit_code))
