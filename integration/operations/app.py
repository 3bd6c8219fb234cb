"""The command line: one group whose commands are imported when they are asked for.

Only click is imported here, so that `--help` answers at once and works without Node, moto, boto3 or the CDK.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from integration.operations.declaration import commands
from integration.operations.registry import OPERATED
from integration.operations.terminal.lazy import Lazy
from integration.operations.terminal.streams import complete

if TYPE_CHECKING:
    from collections.abc import Sequence

PROGRAM = "deploy_integrations_solution.py"
COMPLETE_VARIABLE = "_DEPLOY_INTEGRATIONS_SOLUTION_COMPLETE"
"""The same whichever of the three spellings the program was started by."""

_SHARED = {
    "Try": {
        "local": "Run both systems and the integration on this machine.",
        "console": "Open the web page that shows links, traffic and what waits.",
    },
    "Deploy": {
        "keygen": "Make an RSA key and its certificate for ServiceNow.",
        "check": "Test every precondition and say how to fix what fails.",
        "service-now": "Deploy the integration, or change what is deployed.",
        "setup-export": "Write the ServiceNow records as an update set XML.",
        "template-export": "Write the stacks as files, for other ways to deploy them.",
        "destroy": "Remove the integration from ServiceNow and AWS.",
    },
    "Operate": {
        "status": "Show stacks, queues, lag, links and rules.",
        "replay": "Send dead letters and blocked links again.",
    },
    "Your shell": {
        "completion": "Print a script that completes commands and options in your shell.",
    },
}
"""Commands about all integrations of a deployment; those of one stand in its declaration."""

COMMANDS = (
    *(each for section, told in _SHARED.items() for each in commands("integration.operations.commands", section, told)),
    *(command for operated in OPERATED for command in operated.commands),
)


class Commands(Lazy):
    """The whole program."""

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,  # noqa: ARG002 - click's signature; we always end the process ourselves
        **extra: Any,
    ) -> Any:
        """Ends the process. What goes wrong becomes a sentence and an exit code (`terminal.output`)."""
        begin = super().main

        def run() -> Any:
            return begin(args, prog_name, complete_var or COMPLETE_VARIABLE, standalone_mode=False, **extra)

        try:
            code = run()
        except click.exceptions.Exit as ended:
            code = ended.exit_code
        except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - the entry point: any of them becomes a sentence
            from integration.operations.terminal.failure import report  # noqa: PLC0415 - imported only where something went wrong

            code = report(error)
        sys.exit(code if isinstance(code, int) else 0)


@click.group(
    cls=Commands,
    table=COMMANDS,
    requirements="requirements.lock",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    epilog="Exit codes: 0 done, 1 something is not in order, 2 wrong usage, 3 refused until you change something, "
    "4 the deployment failed, 5 no answer, try again, 70 a bug of ours, 130 interrupted.",
)
@click.version_option("0.1.0", message="%(version)s")
def cli() -> None:
    """AWS beside ServiceNow: cases and incidents in step, changes that gate pipelines, workspaces from the catalog.

    \b
    Examples:
      ./deploy_integrations_solution.py local --tour
      ./deploy_integrations_solution.py keygen
      ./deploy_integrations_solution.py service-now --help
      ./deploy_integrations_solution.py status --name second
    """


SECTIONS = cli.sections
"""Section → command → what it does."""


def main() -> None:
    """The console script `deploy-integrations-solution`."""
    complete()
    cli()


if __name__ == "__main__":
    main()
