"""`change deploy`: the gate that answers waiting pipelines, beside what is deployed or by itself."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import click

from integration.changes.declaration import CHANGES
from integration.operations.deployment.account import open_account
from integration.operations.deployment.cdk import Cdk
from integration.operations.deployment.request import request_of
from integration.operations.rollout.steps import Steps
from integration.operations.terminal import options
from integration.operations.terminal.output import DONE, NOT_IN_ORDER, Output


@click.command()
@options.credentials(required=True)
@options.signing_key
@options.log_level
@options.gate
@options.of_connection
@options.guardrails
@click.option("--weaken", is_flag=True, help="Yes, take away a protection.")
@click.option("--dry-run", is_flag=True, help="Show what would change, and change nothing.")
@options.deployment
@options.yes
@options.as_json
def deploy(**given: Any) -> None:
    """Deploy the gate: it answers pipelines that wait for a change, with no runner held. Safe to repeat.

    Needs an AWS account, unlike the rest of `change`. It works beside the sync of cases and without it; what is
    deployed already stays as it is. docs/changes/gate.md says how each CI system is told of it.

    \b
    Examples:
      ./deploy_integrations_solution.py change deploy --instance-id dev12345 --client-id abc123 \\
          --client-secret @secret.txt --user-sys-id 8b3fede183cbfe90e020f7a6feaad387 \\
          --private-key-path private.key --integration-module itsm --gate-answers-to api.github.com
    """
    output = Output(quiet=given.pop("as_json"))
    dry_run, yes = given.pop("dry_run"), given.pop("yes")
    account = open_account(given.pop("profile"), given.pop("region"))
    request = replace(request_of(**given), integrations=(CHANGES.key,))
    steps = Steps(request, account, Cdk(account), output)
    outcome = steps.plan() if dry_run else steps.run(yes=yes)
    if output.quiet:
        output.document(outcome)
    failed = [verdict for verdict in outcome.verdicts if verdict.state == "fail"]
    raise click.exceptions.Exit(NOT_IN_ORDER if failed else DONE)
