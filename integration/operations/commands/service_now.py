"""`service-now`: deploy the integration, or change what is deployed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from integration.operations.commands.integrations import integrations
from integration.operations.deployment.account import open_account
from integration.operations.deployment.cdk import Cdk
from integration.operations.deployment.request import request_of
from integration.operations.rollout.locking import lock
from integration.operations.rollout.plan import Outcome
from integration.operations.rollout.steps import Steps
from integration.operations.terminal import options
from integration.operations.terminal.failure import Failure
from integration.operations.terminal.output import DONE, NOT_IN_ORDER, Output

if TYPE_CHECKING:
    from integration.operations.deployment.account import Account


@click.command(name="service-now")
@options.credentials(required=True)
@options.signing_key
@options.log_level
@integrations("What to deploy besides cases and what is deployed already; repeat, or all.")
@options.of_templates
@options.gate
@click.option("--no-mapping-file", is_flag=True, help="No longer the deployed one.")
@click.option(
    "--max-attachment-mb",
    type=click.IntRange(1, 100),
    help="Larger files are told about instead of carried.  [default: 5]",
)
@click.option(
    "--new-cases-per-hour",
    type=click.IntRange(1),
    help="More cases than this made from incidents in an hour stop their making until `resume`.  [default: 25]",
)
@click.option(
    "--audience",
    metavar="TEXT",
    help="`aud` of the assertion, where the instance wants another.  [default: the client id]",
)
@click.option("--no-allowed-ips", is_flag=True, help="No longer the deployed ones; with --weaken.")
@click.option("--no-alarm-email", is_flag=True, help="No longer the deployed ones.")
@options.guardrails
@click.option("--no-tags", is_flag=True, help="No longer the deployed ones.")
@click.option("--no-permissions-boundary", is_flag=True, help="No longer the deployed one; with --weaken.")
@click.option("--no-subnets", is_flag=True, help="Run the functions in no VPC any more.")
@click.option("--restore-rules", is_flag=True, help="Set back what was changed in our rules: filter, order, active.")
@click.option("--weaken", is_flag=True, help="Yes, take away a protection: filter, addresses, boundary, receivers.")
@click.option(
    "--lock",
    is_flag=True,
    help="After the set-up: name the roles the user needs no more, and ask the instance whether they are gone. "
    "Deploys nothing.",
)
@click.option("--dry-run", is_flag=True, help="Show what would change, and change nothing.")
@options.deployment
@options.yes
@options.as_json
def service_now(**given: Any) -> None:
    """Deploy the integration, or change what is deployed. Safe to repeat; without changes it does nothing.

    What is not given stays as it is deployed; an empty value ('') takes it away. Defaults are those of a first
    deployment. The client secret may be given as @file, as - (standard input) or in SERVICENOW_CLIENT_SECRET.

    \b
    Examples:
      ./deploy_integrations_solution.py service-now --instance-id dev12345 --client-id abc123 \\
          --client-secret @secret.txt --user-sys-id 8b3fede183cbfe90e020f7a6feaad387 \\
          --private-key-path private.key --integration-module itsm --log-level info
      … --incident-filter 'category=security^priorityIN1,2' --alarm-email soc@example.com
      … --signing-key alias/servicenow-sign-in  (without --private-key-path)
      … --dry-run
      … --lock
      … --name second --instance-id https://help.example.com
    """
    output = Output(quiet=given.pop("as_json"))
    dry_run, yes, locks = given.pop("dry_run"), given.pop("yes"), given.pop("lock")
    profile, region = given.pop("profile"), given.pop("region")
    more = given.pop("integrations")
    request = request_of(**given)
    request = replace(request, integrations=(*request.integrations, *more))
    if locks:
        verdicts = lock(open_account(profile, region), request.names, output, yes=yes)
        outcome = Outcome((), (), deployed=False, verdicts=verdicts)
    else:
        account = _account(profile, region, output, needed=not dry_run)
        steps = Steps(request, account, Cdk(account) if account else None, output)
        outcome = steps.plan() if dry_run else steps.run(yes=yes)
    if output.quiet:
        output.document(outcome)
    failed = [verdict for verdict in outcome.verdicts if verdict.state == "fail"]
    raise click.exceptions.Exit(NOT_IN_ORDER if failed else DONE)


def _account(profile: str | None, region: str | None, output: Output, *, needed: bool) -> Account | None:
    """A dry run for which no profile is named does without, and says what it could not look at."""
    try:
        return open_account(profile, region)
    except Failure as failure:
        if needed or profile:
            raise
        output.warn(f"{failure.sentence} So this plan is for an account in which nothing is deployed. {failure.then}")
        return None
