"""`change`: the group of what a pipeline calls; each is a module beside this one."""

from __future__ import annotations

import click

from integration.changes.exits import MEANINGS
from integration.operations.declaration import Command, commands
from integration.operations.terminal.lazy import Lazy

ROOM = "integration.operations.changes.commands"
TABLE = {
    "All in one": {
        "run": "Ask for a change, wait, run a command, close the change with its result.",
    },
    "Step by step": {
        "create": "Make the change of this run, or find it again, and ask for approval.",
        "wait": "Wait until the change may begin.",
        "start": "Write that the work begins.",
        "note": "Add a work note.",
        "attach": "Add files.",
        "close": "Write the result, and close it.",
        "cancel": "Cancel it.",
        "ask": "Ask the gate, which answers this pipeline while no runner waits.",
        "rollback": "Run a command under a change of its own that belongs to the failed one.",
    },
    "Look": {
        "window": "Show when an item may be changed; before a build, say.",
        "status": "Show where a change stands.",
        "settle": "Write the result that a run could not write.",
        "check": "Test sign-in, roles and names before a pipeline needs them.",
    },
}
DEPLOY = Command(
    section="On AWS",
    name="deploy",
    sentence="Deploy the gate, which answers pipelines that wait with no runner.",
    path=f"{ROOM}.deploy",
    requirements="requirements.lock",
)


@click.group(
    cls=Lazy,
    table=[*(each for section, told in TABLE.items() for each in commands(ROOM, section, told)), DEPLOY],
    requirements="requirements-change.lock",
    epilog="Exit codes, beside those of every command: "
    + ", ".join(f"{code} {meaning}" for code, meaning in MEANINGS.items())
    + ". Otherwise `run` and `rollback` end with the code of their command; where that is one of these, with 1.",
)
def change() -> None:
    """Deploy only with an approved change of ServiceNow. Needs no AWS but for `deploy`.

    \b
    Examples:
      ./deploy_integrations_solution.py change run --app shop --version 2.3.0 --environment production \\
        --cmdb-ci prod-k8s-cluster --assignment-group "DevOps Team" -- ./deploy.sh
      ./deploy_integrations_solution.py change window --cmdb-ci prod-k8s-cluster
      ./deploy_integrations_solution.py change status --change CHG0030001
    """
