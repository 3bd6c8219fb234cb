"""`destroy`: the ServiceNow side first, then the stacks; what was linked stays unless told otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from integration.connection.declaration import CONNECTION
from integration.operations.deployment.account import open_account
from integration.operations.deployment.cloudformation import lasting
from integration.operations.rollout.removal import Removal
from integration.operations.terminal import options
from integration.operations.terminal.output import Output, command
from integration.registry import INTEGRATIONS

if TYPE_CHECKING:
    from integration.declaration import Integration
    from integration.names import Names


def _alone(_context: click.Context, parameter: click.Parameter, key: str | None) -> Integration | None:
    """An integration whose stack is its own."""
    if key is None:
        return None
    alone = {each.key: each for each in INTEGRATIONS if each.stack not in ("", CONNECTION.stack)}
    if key not in alone:
        there = f"one of {', '.join(alone)}" if alone else "none here"
        raise click.BadParameter(f"{key!r} has no stack of its own; that has {there}", param=parameter)
    return alone[key]


@click.command()
@click.option(
    "--delete-data",
    is_flag=True,
    help="Also the table of links, the key bucket and their encryption key. Nothing brings them back.",
)
@click.option("--leave-servicenow", is_flag=True, help="Leave our records in ServiceNow, where it cannot be reached.")
@click.option("--only", metavar="KEY", callback=_alone, help="One integration; the others stay as they are.")
@options.deployment
@options.yes
@options.as_json
def destroy(
    delete_data: bool, leave_servicenow: bool, only: Integration | None, yes: bool, as_json: bool, **where: Any
) -> None:  # fmt: skip
    """Remove the integration: our records in ServiceNow, then the stacks and the stored secret.

    Cases and incidents stay as they are. The table of links and the key bucket stay, so that a later deployment goes on
    where this one ended; --delete-data removes them too. Safe to repeat.

    \b
    Examples:
      ./deploy_integrations_solution.py destroy
      ./deploy_integrations_solution.py destroy --name second --delete-data --yes
    """
    output, names = Output(quiet=as_json), where["names"]
    removal = Removal(open_account(where["profile"], where["region"]), names, output, only)
    what = f"{only.key} of the deployment" if only else "the deployment"
    what = f"{what} {names.name or 'without a name'}"
    _announce(removal, output, names, what, delete_data=delete_data)
    output.sure(f"Remove {what}?", yes=yes)
    if leave_servicenow:
        output.warn("our records stay in ServiceNow; their rules call an address that will not answer")
    else:
        removal.instance()
    removal.stacks()
    if only is None:
        removal.secret()
        if delete_data:
            removal.data()
    output.result("Removed." if removal.removed else "There was nothing to remove.")
    if only and removal.removed:
        output.result(removal.left())
    elif not only and not delete_data and removal.state_stands:
        output.result(
            f"Kept: the table, the key bucket and their key. {command('destroy', names.name, '--delete-data')}"
        )
    if as_json:
        output.document({"removed": removal.removed, "kept": removal.kept})


def _announce(removal: Removal, output: Output, names: Names, what: str, *, delete_data: bool) -> None:
    standing = removal.standing()
    if not standing:
        output.say(f"No stack of {what} stands.")
    for name in standing:
        kept = name in lasting(names) and not delete_data
        output.say(f"  {'keep  ' if kept else 'remove'} {name}")
