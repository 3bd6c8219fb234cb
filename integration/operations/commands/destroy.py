"""`destroy`: the ServiceNow side first, then the stacks; what was linked stays unless told otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from integration.operations.deployment.account import open_account
from integration.operations.rollout.removal import Removal
from integration.operations.terminal import options
from integration.operations.terminal.output import Output, command

if TYPE_CHECKING:
    from integration.names import Names


@click.command()
@click.option(
    "--delete-data",
    is_flag=True,
    help="Also the table of links, the key bucket and their encryption key. Nothing brings them back.",
)
@click.option("--leave-servicenow", is_flag=True, help="Leave our records in ServiceNow, where it cannot be reached.")
@options.deployment
@options.yes
@options.as_json
def destroy(delete_data: bool, leave_servicenow: bool, yes: bool, as_json: bool, **where: Any) -> None:
    """Remove the integration: our records in ServiceNow, then the stacks and the stored secret.

    Cases and incidents stay as they are. The table of links and the key bucket stay, so that a later deployment goes on
    where this one ended; --delete-data removes them too. Safe to repeat.

    \b
    Examples:
      ./deploy_integrations_solution.py destroy
      ./deploy_integrations_solution.py destroy --name second --delete-data --yes
    """
    output, names = Output(quiet=as_json), where["names"]
    removal = Removal(open_account(where["profile"], where["region"]), names, output)
    _announce(removal, output, names, delete_data=delete_data)
    output.sure(f"Remove the deployment {names.name or 'without a name'}?", yes=yes)
    if leave_servicenow:
        output.warn("our records stay in ServiceNow; their rules call an address that will not answer")
    else:
        removal.instance()
    removal.stacks()
    removal.secret()
    if delete_data:
        removal.data()
    output.result("Removed." if removal.removed else "There was nothing to remove.")
    if not delete_data and removal.state_stands:
        output.result(
            f"Kept: the table, the key bucket and their key. {command('destroy', names.name, '--delete-data')}"
        )
    if as_json:
        output.document({"removed": removal.removed, "kept": removal.kept})


def _announce(removal: Removal, output: Output, names: Names, *, delete_data: bool) -> None:
    standing = removal.standing()
    if not standing:
        output.say(f"No stack of {names.name or 'the deployment without a name'} stands.")
    for name in standing:
        kept = name == names.state_stack and not delete_data
        output.say(f"  {'keep  ' if kept else 'remove'} {name}")
