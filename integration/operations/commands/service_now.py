"""`service-now`: deploy the integration, or change what is deployed."""

from __future__ import annotations

from typing import Any

import click

from integration.operations.commands.integrations import integrations
from integration.operations.rollout.command import carry_out
from integration.operations.terminal import options
from integration.registry import DEFAULT


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
@options.deploying
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
    carry_out(given, (*DEFAULT, *given.pop("integrations")))
