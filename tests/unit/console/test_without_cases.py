"""The local console shows cases; where none were started there is none, and it is said why."""

from types import SimpleNamespace

import pytest
from botocore.exceptions import ClientError

from integration.module import Module
from integration.names import ENV_MODULE, Names
from integration.operations.commands.local import _no_console, _tell
from integration.operations.console import deployed
from integration.operations.console.local import serving
from integration.operations.console.snapshot import Panel
from integration.operations.terminal.output import command
from integration.workspaces.declaration import WORKSPACES

BOTH = {"security_ir_admin": "http://127.0.0.1:1", "servicenow_admin": "http://127.0.0.1:2"}
RUNNING = {
    "without cases": (SimpleNamespace(integrations=("toy",), **BOTH), "none of its own: `console`, in the shell below"),
    "without an emulator": (
        SimpleNamespace(integrations=("cases",), **BOTH | {"servicenow_admin": ""}), "none: a side is not emulated"
    ),
}  # fmt: skip


@pytest.mark.parametrize("how", RUNNING)
def test_nothing_is_served_and_it_is_said_why(how):
    running, said = RUNNING[how]
    with serving(running) as address:
        assert address == ""
    assert _no_console(running) == said


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


def test_what_a_shell_needs_is_printed_also_without_a_console(capsys):
    """The keys of the emulated account stand nowhere else."""
    plane = SimpleNamespace(aws_url="http://127.0.0.1:3", operator_environment=lambda: {"AWS_B": "2", "AWS_A": "1"})
    running = SimpleNamespace(
        integrations=("toy",), security_ir_url="", servicenow_url="", webhook_url="", plane=plane, beside={}, **BOTH
    )
    _tell(running, "", as_json=False)
    assert f"  export AWS_A=1 AWS_B=2; {command('status')}\n" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("key", "said"), [("change", "change run --key"), ("workspace", "workspace create --user"), ("cases", "list-cases")]
)
def test_what_was_started_says_what_to_type_next(capsys, key, said):
    plane = SimpleNamespace(aws_url="", operator_environment=dict)
    running = SimpleNamespace(
        integrations=(key,), security_ir_url="", servicenow_url="http://127.0.0.1:4", webhook_url="", plane=plane,
        beside={}, module=Module.ITSM, **BOTH,
    )  # fmt: skip
    _tell(running, "", as_json=False)
    shown = capsys.readouterr().out
    assert said in shown.partition(command("status"))[2]
    assert len([line for line in ("change run", "workspace create", "list-cases") if line in shown]) == 1
