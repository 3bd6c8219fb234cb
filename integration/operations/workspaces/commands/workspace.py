"""`workspace`: the group; each command is a module beside this one."""

from __future__ import annotations

import click

from integration.operations.declaration import commands
from integration.operations.terminal.lazy import Lazy

ROOM = "integration.operations.workspaces.commands"
TABLE = {
    "On AWS": {
        "deploy": "Deploy workspaces beside what is deployed, or by themselves.",
    },
    "Order and end": {
        "create": "Make a workspace, or many, and print their links.",
        "link": "Print the personal links of a workspace.",
        "extend": "Let a workspace live longer.",
        "hand-over": "Give a workspace to a successor.",
        "end": "Archive workspaces, then remove them.",
    },
    "Look": {
        "list": "Show the workspaces there are.",
        "show": "Show one, and what it waits for.",
        "proof": "Show what became of an ended one, compared with the archive.",
        "audit": "Compare the buckets of the account with the table, both ways.",
        "report": "Show counts, use and times of delivery, also as CSV.",
    },
}


@click.group(
    cls=Lazy,
    table=[each for section, told in TABLE.items() for each in commands(ROOM, section, told)],
    requirements="requirements.lock",
)
def workspace() -> None:
    """Workspaces that are ordered in ServiceNow's catalog or by a call, and end with a proof.

    \b
    Examples:
      ./deploy_integrations_solution.py workspace create --user your.name --days 14
      ./deploy_integrations_solution.py workspace list
      ./deploy_integrations_solution.py workspace end --id 1b4e28ba --yes
    """
