"""What whoever runs changes on one machine may type next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from integration.operations.terminal.output import command

if TYPE_CHECKING:
    from integration.operations.local.system import LocalSystem

PERSON = "beth.anglin"
"""Of the emulated instance; the password is the name."""
WISH = '--key first --app shop --version 1.0 --environment production --type standard --template "Deploy application"'


def trying(running: LocalSystem) -> list[tuple[str, str]]:
    """(what it shows, a line for the shell)."""
    if not running.servicenow_admin:
        return []
    here = f"SERVICENOW_INSTANCE_ID={running.servicenow_url} SERVICENOW_USERNAME={PERSON} SERVICENOW_PASSWORD={PERSON}"
    return [
        ("a command under a change, as in a pipeline", f"{here} {command('change run', '', WISH)} -- echo deployed")
    ]
