"""The local console shows cases; where none were started there is none, and it is said why."""

from types import SimpleNamespace

import pytest
from botocore.exceptions import ClientError

from integration.names import ENV_MODULE, Names
from integration.operations.commands.local import _no_console
from integration.operations.console import deployed
from integration.operations.console.local import serving
from integration.operations.console.snapshot import Panel
from integration.workspaces.declaration import WORKSPACES

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


def test_a_deployment_without_cases_lists_none(monkeypatch):
    """ListCases would be refused where nobody is a member; the rest of the page is there."""

    class Deployed:
        integrations, names, environment = (WORKSPACES,), Names(), {ENV_MODULE: "itsm"}

        def client(self, _service):
            return Unanswered()

    class Unanswered:
        def get_metric_data(self, **_asked):
            raise ClientError({"Error": {"Code": "AccessDenied"}}, "GetMetricData")

    panel = Panel("Workspace", said=("w1 waits",))
    monkeypatch.setattr(deployed, "panels", lambda _deployed: (panel,))
    source = deployed.DeployedSource(Deployed())
    source._read_slow()
    assert (source._slow.cases, source._slow.panels) == ((), (panel,))
