"""`workspace deploy`: workspaces beside what is deployed, or by themselves."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from integration.operations.rollout.command import carry_out
from integration.operations.terminal import options
from integration.operations.workspaces.endpoints import write_endpoints
from integration.operations.workspaces.session import opened
from integration.workspaces.declaration import WORKSPACES
from integration.workspaces.names import ACCOUNT, GLOBAL

if TYPE_CHECKING:
    from integration.operations.terminal.output import Output


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
@click.option(
    "--endpoints",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the API's addresses there, to be sourced by a shell, and its key beside it.  [default: neither]",
)
@options.deploying
def deploy(**given: Any) -> None:
    """Deploy workspaces. Safe to repeat; what is deployed already stays as it is.

    docs/workspaces/DEPLOYMENT-GUIDE.md says what is made, and how a catalog item orders it.

    \b
    Examples:
      ./deploy_integrations_solution.py workspace deploy --instance-id dev12345 --client-id abc123 \\
          --client-secret @secret.txt --user-sys-id 8b3fede183cbfe90e020f7a6feaad387 \\
          --private-key-path private.key --integration-module itsm
    """
    endpoints, where = given.pop("endpoints"), {each: given[each] for each in ("profile", "region", "names", "as_json")}

    def told(output: Output) -> None:
        if endpoints:
            write_endpoints(endpoints, opened(where).machine)
            output.result(f"Addresses and key of the API: source {endpoints}")

    carry_out(given, (WORKSPACES.key,), told)
