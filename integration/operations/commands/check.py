"""`check`: every precondition with a verdict and a fix."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from integration.operations.checking.run import Asked, run
from integration.operations.registry import checks
from integration.operations.terminal import options


@click.command()
@options.credentials(required=False)
@click.option(
    "--certificate", type=click.Path(dir_okay=False, path_type=Path), help="The key's certificate: are they a pair?"
)
@click.option("--incident-filter", help="Encoded query whose terms are tried.  [default: the deployed one]")
@click.option(
    "--mapping-file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Compared with the instance.  [default: the deployed one]",
)
@click.option(
    "--probe/--no-probe",
    default=None,
    help="Make test records, write to them, read them back, and take them away again.  "
    "[default: unless the record of a former probe is still there]",
)
@click.option(
    "--setup",
    type=click.Choice(["rest", "update-set", "none"]),
    default="rest",
    show_default=True,
    help="As of `service-now`: before a deployment, whether the tables it writes are tried.",
)
@options.qualifier
@click.option("--only", type=click.Choice(["aws", "servicenow"]), help="One side only.")
@options.deployment
@options.as_json
def check(**given: Any) -> None:
    """Test every precondition and say how to fix what fails.

    Before a deployment give its options; afterwards what is deployed is taken, and the event of the test record must
    come in from the instance within a minute. Nothing is changed but test records in ServiceNow, which are said and
    taken away again; deployed without cases there are none.

    \b
    Examples:
      ./deploy_integrations_solution.py check
      ./deploy_integrations_solution.py check --instance-id dev12345 --client-id … --client-secret @secret.txt \\
          --user-sys-id … --private-key-path private.key --integration-module itsm
      ./deploy_integrations_solution.py check --only aws --json
    """
    raise click.exceptions.Exit(run(Asked(**given), checks()))
