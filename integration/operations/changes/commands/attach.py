"""`change attach`: files."""

from __future__ import annotations

from typing import Any

import click

from integration.changes import steps
from integration.changes.evidence import evidence_of, named
from integration.operations.changes.session import change_option, common, opened
from integration.operations.changes.wish import FINDING, wish_options


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="[NAME=]FILE...")
@change_option
@wish_options(*FINDING)
@common
def attach(files: tuple[str, ...], **given: Any) -> int:
    """Add files to the change: those that are not there yet, by name and hash.

    \b
    Examples:
      ./deploy_integrations_solution.py change attach --change "$CHANGE_SYS_ID" "Smoke test=smoke.xml" rollout.json
    """
    evidence = evidence_of(map(named, files))
    session = opened(given)
    return session.concluded(lambda: steps.attach(session.desk, session.wish, session.target, evidence))
