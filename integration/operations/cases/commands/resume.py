"""`resume`: releases the brake on new cases."""

from __future__ import annotations

import time
from typing import Any

import click

from integration.cases.brake import release, stopped_since
from integration.cases.declaration import CASES
from integration.operations.deployment.account import open_account
from integration.operations.deployment.deployed import find
from integration.operations.terminal import options
from integration.operations.terminal.output import Output


@click.command()
@options.deployment
@options.yes
@options.as_json
def resume(yes: bool, as_json: bool, **where: Any) -> None:
    """Let incidents become cases again, after more than allowed did within an hour.

    Look first why there were so many: cases cannot be deleted. What waited is tried again within half an hour.

    \b
    Examples:
      ./deploy_integrations_solution.py resume
      ./deploy_integrations_solution.py resume --name second --yes
    """
    output = Output(quiet=as_json)
    deployed = find(open_account(where["profile"], where["region"]), where["names"], CASES)
    since, held = stopped_since(deployed.table)
    on = since or held
    if on is None:
        output.result("The brake is not on.")
    else:
        whom = "" if since else ", for one opener or more; the others' incidents become cases"
        output.say(f"The brake is on since {time.strftime('%Y-%m-%d %H:%M', time.gmtime(on))} UTC{whom}.")
        output.sure_if_asked("Let incidents become cases again?", yes=yes)
        release(deployed.table)
        output.result("Incidents become cases again; what waited follows within half an hour.")
    if as_json:
        output.document({"stopped_since": since, "held_since": held, "resumed": on is not None})
