"""The console of a local system, where people on both sides can act."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from integration.cases.declaration import CASES
from integration.operations.console.actions import LocalActions
from integration.operations.console.app import create_app
from integration.operations.console.emulator_client import EmulatorClient
from integration.operations.console.live import LiveSource
from integration.operations.console.server import serve

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.applications import Starlette

    from integration.operations.local.system import LocalSystem


def local_console(running: LocalSystem) -> Starlette:
    """For `serve`. Raises ValueError where a side is not emulated: there nobody may act and nothing may be broken."""
    if not (running.security_ir_admin and running.servicenow_admin):
        raise ValueError("the local console needs both systems emulated")
    emulators = EmulatorClient(running.security_ir_admin, running.servicenow_admin)
    return create_app(LiveSource(running, emulators), LocalActions(running, emulators))


@contextmanager
def serving(running: LocalSystem, port: int = 0) -> Iterator[str]:
    """The address that opens it in one browser; empty, and nothing is served, without cases or where a side is not
    emulated.

    Raises OSError.
    """
    if CASES.key not in running.integrations or not (running.security_ir_admin and running.servicenow_admin):
        yield ""
        return
    app = local_console(running)
    with serve(app, port) as url:
        yield app.state.keys.address(url)
