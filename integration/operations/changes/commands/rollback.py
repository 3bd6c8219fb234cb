"""`change rollback`: a command that takes back what failed, under a change of its own."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from integration.changes import steps
from integration.operations.changes.commands.run import carried_out, command_options

if TYPE_CHECKING:
    from integration.operations.changes.session import Session

PREFIX = "ROLLBACK: "


@click.command()
@command_options
def rollback(words: tuple[str, ...], **given: Any) -> int:
    """Run a command under a change of its own, whose parent is the change of this run that failed.

    It is asked for, waited for and closed as by `run`; give it a type that is approved quickly enough.

    \b
    Examples:
      ./deploy_integrations_solution.py change rollback --app shop --version 2.3.0 --environment production \\
        --type standard --template app-rollback-template --implementation-plan "Rollback to the previous release" \\
        -- helm rollback shop
    """
    return carried_out(words, given, _belonging)


def _belonging(session: Session) -> Session:
    wish, session.target = steps.rollback_of(session.desk, session.wish, session.run)
    session.wish = replace(wish, short_description=PREFIX + wish.short_description)
    return session.resolved()
