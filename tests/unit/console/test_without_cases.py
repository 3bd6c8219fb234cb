"""The local console shows cases; where none were started there is none, and it is said why."""

from types import SimpleNamespace

import pytest

from integration.operations.commands.local import _no_console
from integration.operations.console.local import serving

BOTH = {"security_ir_admin": "http://127.0.0.1:1", "servicenow_admin": "http://127.0.0.1:2"}
RUNNING = {
    "without cases": (SimpleNamespace(integrations=("toy",), **BOTH), "it shows cases, which were not started"),
    "without an emulator": (
        SimpleNamespace(integrations=("cases",), **BOTH | {"servicenow_admin": ""}), "a side is not emulated"
    ),
}  # fmt: skip


@pytest.mark.parametrize("how", RUNNING)
def test_nothing_is_served_and_it_is_said_why(how):
    running, said = RUNNING[how]
    with serving(running) as address:
        assert address == ""
    assert _no_console(running) == f"none: {said}"
