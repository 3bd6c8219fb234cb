"""`workspace deploy`: workspaces beside what is deployed, or by themselves."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from integration.operations.deployment.account import open_account
from integration.operations.deployment.cdk import Cdk
from integration.operations.deployment.request import request_of
from integration.operations.rollout.steps import Steps
from integration.operations.terminal import options
from integration.operations.terminal.output import DONE, NOT_IN_ORDER, Output
from integration.operations.workspaces.endpoints import write_endpoints
from integration.operations.workspaces.session import opened
from integration.workspaces.declaration import WORKSPACES
from integration.workspaces.names import ACCOUNT, GLOBAL


@click.command()
@options.credentials(required=True)
@options.signing_key
@options.log_level
@click.option(
    "--allowed-ips",
    multiple=True,
    metavar="CIDR",
    help="Who may call /workspaces and the webhook; repeat. Links of people work from everywhere.  [default: all]",
)
@click.option(
    "--bucket-namespace",
    type=click.Choice([ACCOUNT, GLOBAL]),
    help="Whose names new buckets take: the account's own, or everybody's, where a taken name leads to the next."
    "  [default: account, where the region has it]",
)
@options.set_up
@options.alarms
@options.guardrails
@click.option("--weaken", is_flag=True, help="Yes, take away a protection.")
@click.option("--dry-run", is_flag=True, help="Show what would change, and change nothing.")
@click.option(
    "--endpoints",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the API's addresses there, to be sourced by a shell, and its key beside it.  [default: neither]",
)
@options.deployment
@options.yes
@options.as_json
def deploy(**given: Any) -> None:
    """Deploy workspaces. Safe to repeat; what is deployed already stays as it is.

    docs/workspaces/DEPLOYMENT-GUIDE.md says what is made, and how a catalog item orders it.

    \b
    Examples:
      ./deploy_integrations_solution.py workspace deploy --instance-id dev12345 --client-id abc123 \\
          --client-secret @secret.txt --user-sys-id 8b3fede183cbfe90e020f7a6feaad387 \\
          --private-key-path private.key --integration-module itsm
    """
    output = Output(quiet=given.pop("as_json"))
    dry_run, yes, endpoints = given.pop("dry_run"), given.pop("yes"), given.pop("endpoints")
    where = {each: given[each] for each in ("profile", "region", "names")}
    account = open_account(given.pop("profile"), given.pop("region"))
    request = replace(request_of(**given), integrations=(WORKSPACES.key,))
    steps = Steps(request, account, Cdk(account), output)
    outcome = steps.plan() if dry_run else steps.run(yes=yes)
    if endpoints and outcome.deployed:
        write_endpoints(endpoints, opened({**where, "as_json": output.quiet}).machine)
        output.result(f"Addresses and key of the API: source {endpoints}")
    if output.quiet:
        output.document(outcome)
    failed = [verdict for verdict in outcome.verdicts if verdict.state == "fail"]
    raise click.exceptions.Exit(NOT_IN_ORDER if failed else DONE)
