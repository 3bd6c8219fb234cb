"""`console`: the web page over a deployment, read-only."""

from __future__ import annotations

import threading
from typing import Any

import click

from integration.operations.deployment.account import open_account
from integration.operations.deployment.deployed import find
from integration.operations.terminal import options
from integration.operations.terminal.failure import Failure
from integration.operations.terminal.output import Output, command
from integration.operations.terminal.parts import WEB, need


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="0 takes a free one.  [default: 0]")
@options.deployment
def console(port: int, **where: Any) -> None:
    """Open the web page that shows links, traffic, lag, and what waits and why.

    It reads table, queues, metrics and cases with your own AWS credentials, writes nothing, and answers on this machine
    only. `local` has the same page over a system of its own, where everything can be tried.

    \b
    Examples:
      ./deploy_integrations_solution.py console
      ./deploy_integrations_solution.py console --name second --port 8080
    """
    need(WEB, "The web page")
    from integration.operations.console.app import create_app  # noqa: PLC0415 - help answers without a server
    from integration.operations.console.deployed import DeployedSource  # noqa: PLC0415 - as above
    from integration.operations.console.server import serve  # noqa: PLC0415 - as above
    from integration.operations.console.source import Unreadable  # noqa: PLC0415 - as above

    output = Output()
    deployed = find(open_account(where["profile"], where["region"]), where["names"])
    source = DeployedSource(deployed)
    try:
        with output.step("read the deployment"):
            source.snapshot()
    except Unreadable as error:
        raise Failure(str(error), command("check", deployed.names.name)) from error
    try:
        app = create_app(source, None)
        with serve(app, port) as url:
            output.result(f"{app.state.keys.address(url)}  (opens one browser; Ctrl-C ends it)")
            _until_interrupted()
    except OSError as error:
        raise Failure(f"Port {port} cannot be used: {error.strerror}.", "Choose another with --port.") from error


def _until_interrupted() -> None:
    """Ctrl-C is how it ends, so it is no failure."""
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        return
