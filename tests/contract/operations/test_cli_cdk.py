"""The CDK CLI as a child: how it is fetched, watched, and what is said when it fails."""

import json
import os
import sys
import time
from pathlib import Path

import pytest

from integration.operations.deployment import cdk
from integration.operations.deployment.cdk import VERSION, Cdk, run
from integration.operations.deployment.node import find_node
from integration.operations.rollout.difference import differences, summed
from integration.operations.terminal.failure import Failure


def test_lines_of_a_real_child_arrive_one_by_one():
    """Colours are taken out; the exit code is the child's."""
    code = "print('\\x1b[31mred\\x1b[0m'); import os; print(os.environ['GIVEN']); raise SystemExit(3)"
    lines = []
    assert run([sys.executable, "-c", code], {**os.environ, "GIVEN": "yes"}, lines.append) == 3
    assert lines == ["red", "yes"]


def test_ctrl_c_ends_the_child_first():
    """The child is asked to end and waited for, then the interruption goes on."""
    lines = []

    def interrupt(line):
        lines.append(line)
        raise KeyboardInterrupt

    code = (
        "import signal, sys, time\n"
        "signal.signal(signal.SIGINT, lambda *_: sys.exit(0))\n"
        "print('ready', flush=True)\n"
        "time.sleep(30)"
    )
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        run([sys.executable, "-c", code], dict(os.environ), interrupt)
    assert lines == ["ready"]
    assert time.monotonic() - began < 15


@pytest.mark.parametrize("ends", ["signal.signal(2, signal.SIG_DFL); os.kill(os.getpid(), 2)", "sys.exit(130)"])
def test_a_child_that_heard_ctrl_c_first_is_no_failure(ends):
    """A terminal sends it to all of them; that the child ended is then no news of CloudFormation's."""
    with pytest.raises(KeyboardInterrupt):
        run([sys.executable, "-c", f"import os, signal, sys; {ends}"], dict(os.environ), print)


def test_npm_that_cannot_fetch(aws):
    def failing(_command, _environment, on_line):
        on_line("npm error network timeout")
        return 1

    with pytest.raises(Failure) as failed:
        Cdk(aws, failing).fetch(lambda *_: None)
    assert "network timeout" in failed.value.sentence
    assert "npm ping" in failed.value.then


def test_progress_comes_from_the_events(aws, tmp_path):
    """`stack | 3/25 | time | status | type | name`."""
    ticks = []

    def runner(command, _environment, on_line):
        if "ci" in command:
            return _npm(tmp_path)
        on_line("SomeStack |  3/25 | 1:02:03 PM | CREATE_COMPLETE      | AWS::IAM::Role | Poller/Role (PollerRole1)")
        on_line("some other line")
        return 0

    Cdk(aws, runner).deploy(tmp_path, ["SomeStack"], lambda *given: ticks.append(given))
    assert ("SomeStack AWS::IAM::Role", 3, 25) in ticks


def test_what_early_validation_refused_is_kept(aws, tmp_path):
    """The CLI names each resource in a line of its own, and its last line names none (aws-cdk-cli 1463)."""

    def runner(command, _environment, on_line):
        if "ci" in command:
            return _npm(tmp_path)
        for line in (
            "SomeStack: creating CloudFormation changeset...",
            "🛑 Resource Bus 'security-incident-event-bus' already exists",
            "❌  SomeStack failed: ToolkitError: Early validation failed for change set cdk-deploy:",
        ):
            on_line(line)
        return 1

    with pytest.raises(Failure, match="security-incident-event-bus' already exists"):
        Cdk(aws, runner).deploy(tmp_path, ["SomeStack"], lambda *_: None)


def _npm(tmp_path):
    package = tmp_path / "cache" / "aws-servicenow-integrations" / f"cdk-{VERSION}" / "node_modules" / "aws-cdk"
    package.mkdir(parents=True)
    (package / "package.json").write_text(json.dumps({"version": VERSION}))
    return 0


def test_the_cdk_cli_is_locked_by_version_and_hash():
    here = Path(cdk.__file__).parent
    asked, lock = (json.loads((here / name).read_text()) for name in cdk.LOCK)
    packages = {name: each for name, each in lock["packages"].items() if name}
    assert asked["dependencies"] == lock["packages"][""]["dependencies"] == {"aws-cdk": VERSION}
    assert packages["node_modules/aws-cdk"]["version"] == VERSION
    assert all(each["integrity"].startswith("sha512-") for each in packages.values())


def _changed(script):
    script.write_text("evil")


def _another_beside(script):
    (script.parent / "evil.js").write_text("")


def _linked(script):
    (script.parents[2] / "evil").symlink_to("/tmp")


@pytest.mark.parametrize("plant", [_changed, _another_beside, _linked])
def test_what_somebody_planted_is_not_believed(aws, tmp_path, monkeypatch, really_there, plant):
    """It is fetched anew, and where npm leaves something else there too, nothing runs."""
    fetched = []

    def npm(command, _environment, _on_line):
        folder = Path(command[command.index("--prefix") + 1])
        fetched.append(folder)
        script = folder / "node_modules" / "aws-cdk" / "bin" / "cdk"
        script.parent.mkdir(parents=True, exist_ok=True)
        script.write_text("good")
        monkeypatch.setattr(cdk, "DIGEST", cdk.installed(folder)) if len(fetched) == 1 else None
        return 0

    script = Cdk(aws, npm).fetch(lambda *_: None)
    Cdk(aws, npm).fetch(lambda *_: None)
    assert len(fetched) == 1
    plant(script)
    runs_on = plant is _changed
    if runs_on:
        Cdk(aws, npm).fetch(lambda *_: None)
    else:
        with pytest.raises(Failure):
            Cdk(aws, npm).fetch(lambda *_: None)
    assert len(fetched) == 2


def test_credentials_reach_the_child_by_its_environment(aws):
    """Never by its arguments, and no profile that could lead it elsewhere."""
    environment = Cdk(aws)._environment(find_node())
    assert environment["AWS_ACCESS_KEY_ID"]
    assert environment["AWS_REGION"] == "us-east-1"
    assert "AWS_PROFILE" not in environment


def test_node_of_the_python_environment(monkeypatch):
    """Where the machine has none, PyPI's is taken, npm included."""
    monkeypatch.setenv("PATH", "/nowhere")
    found = find_node()
    assert found.origin == "PyPI"
    assert run([*found.npm, "--version"], found.environment(), lambda _: None) == 0


TEMPLATE = {"Resources": {"A": {"Type": "AWS::IAM::Role", "Properties": {"x": 1}, "Metadata": {"path": "a"}}}}
UMLAUT = {"Resources": {"A": {"Type": "AWS::IAM::Role", "Properties": {"x": "ä→"}}}}
CHANGES = [
    (TEMPLATE, []),
    ({"Resources": {"A": {"Type": "AWS::IAM::Role", "Properties": {"x": 2}}}}, [("change", ("x",))]),
    ({"Resources": {}}, [("remove", ())]),
    (
        {"Resources": TEMPLATE["Resources"] | {"M": {"Type": "AWS::CDK::Metadata"}}, "Outputs": {"O": {}}},
        [("change", ("O",))],
    ),
    (
        {"Resources": TEMPLATE["Resources"] | {"B": {"Type": "AWS::SQS::Queue"}}},
        [("create", ())],
    ),
]


@pytest.mark.parametrize(("wanted", "expected"), CHANGES)
def test_what_would_change_is_named(wanted, expected):
    """By resource and property; what only counts or describes is no change."""
    assert [(change.verb, change.fields) for change in differences("S", wanted, TEMPLATE)] == expected


def test_what_cloudformation_cannot_tell_is_no_change():
    """It gives characters beyond ASCII back as question marks."""
    told = {"Resources": {"A": {"Type": "AWS::IAM::Role", "Properties": {"x": "??"}}}}
    assert list(differences("S", UMLAUT, told)) == []


def test_a_new_stack_is_summed_up_by_type():
    changes = list(differences("New", TEMPLATE, None)) + list(differences("Old", {"Resources": {}}, TEMPLATE))
    assert summed(changes, ["New"]) == [
        ("create", "New", "AWS::IAM::Role", "1 resource"),
        ("remove", "Old", "AWS::IAM::Role", "A"),
    ]
    assert all(change.careful for change in changes)
