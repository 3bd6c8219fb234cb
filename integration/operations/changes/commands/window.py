"""`change window`: whether an item may be changed, before anything is built."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import click

from integration.changes import steps
from integration.operations.changes.session import common, opened
from integration.operations.changes.wish import wish_options


@click.command()
@wish_options("cmdb_ci", "start", "duration")
@common
def window(**given: Any) -> int:
    """Show whether an item may be changed now, or from --start on, for as long as --duration. Makes no change.

    \b
    Examples:
      ./deploy_integrations_solution.py change window --cmdb-ci prod-k8s-cluster --duration 1800
    """
    session = opened(given, runless=True)
    if not session.wish.cmdb_ci:
        raise click.UsageError("name the item: --cmdb-ci")
    at, duration_s = session.wish.start or datetime.now(UTC), session.wish.duration_s
    return session.concluded(lambda: steps.window(session.desk, session.resolved().wish.cmdb_ci, at, duration_s))
