"""`resume`: the brake on new cases is let go."""

from __future__ import annotations

import time
from typing import Any

import click

from integration.cases.overview import release_brake, stopped_since
from integration.cli import options
from integration.cli.account import open_account
from integration.cli.deployed import find
from integration.cli.talk import Talk


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
    talk = Talk(quiet=as_json)
    deployed = find(open_account(where["profile"], where["region"]), where["names"])
    since = stopped_since(deployed.table)
    if since is None:
        talk.result("The brake is not on.")
    else:
        talk.say(f"The brake is on since {time.strftime('%Y-%m-%d %H:%M', time.gmtime(since))} UTC.")
        talk.sure_if_asked("Let incidents become cases again?", yes=yes)
        release_brake(deployed.table)
        talk.result("Incidents become cases again; what waited follows within half an hour.")
    if as_json:
        talk.document({"stopped_since": since, "resumed": since is not None})
