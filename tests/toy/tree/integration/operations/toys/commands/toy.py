"""`toy`: how many groups the toy knows."""

from __future__ import annotations

from typing import Any

import click

from integration.operations.deployment.account import open_account
from integration.operations.deployment.deployed import find
from integration.operations.terminal import options
from integration.operations.toys.overview import overview


@click.command()
@options.deployment
def toy(**where: Any) -> None:
    """Count what the toy knows."""
    deployed = find(open_account(where["profile"], where["region"]), where["names"])
    click.echo(len(overview(deployed).rows))
