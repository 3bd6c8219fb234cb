"""`completion`: the script by which a shell completes our commands and options."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from integration.operations.app import COMPLETE_VARIABLE, cli

SPELLINGS = ("deploy-integrations-solution", "deploy_integrations_solution.py", "deploy-integrations-solution.py")


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print a script that completes commands and options, for every spelling of the program.

    \b
    Examples:
      eval "$(./deploy_integrations_solution.py completion bash)"
      ./deploy_integrations_solution.py completion zsh >> ~/.zshrc
    """
    kind = get_completion_class(shell)
    assert kind is not None
    for spelling in SPELLINGS:
        click.echo(kind(cli, {}, spelling, COMPLETE_VARIABLE).source())
