"""What the command line starts gets neither our secrets nor AWS keys, but where it calls AWS itself."""

from __future__ import annotations

import ast
import subprocess
from pathlib import Path

import pytest

from integration import operations
from integration.operations.deployment import bundle, cold_start
from integration.operations.deployment.cdk import Cdk
from integration.operations.terminal.failure import Failure

OPERATIONS = Path(operations.__file__).parent
CANARY = "canary-7f3a"
SECRETS = (
    "SERVICENOW_CLIENT_SECRET", "SERVICENOW_ANYTHING", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_SECURITY_TOKEN", "AWS_PROFILE", "AWS_CONTAINER_AUTHORIZATION_TOKEN", "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_BEARER_TOKEN_BEDROCK",
)  # fmt: skip


@pytest.fixture
def started(monkeypatch, tmp_path):
    """(argv, environment) of each child; all of them fail at once."""
    seen = []

    def record(command, *, env=None, **_):
        seen.append((command, env))
        return subprocess.CompletedProcess(command, 1, "", "")

    monkeypatch.setattr(subprocess, "run", record)
    for name in SECRETS:
        monkeypatch.setenv(name, CANARY)
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    return seen


@pytest.mark.parametrize("child", ["pip", "compiler"])
def test_a_child_that_needs_none_gets_none(started, tmp_path, child):
    if child == "pip":
        with pytest.raises(bundle.BundleFailed):
            bundle.bundle(tmp_path)
    else:
        cold_start._run("python3", "--version")
    assert started
    for command, environment in started:
        assert CANARY not in repr((command, environment))
        assert environment["HTTPS_PROXY"] == "http://proxy.example:3128"
        assert environment["PATH"]


@pytest.fixture
def failing(started):
    """A runner of the CDK's commands that runs none."""

    def failing(command, environment, _):
        started.append((command, environment))
        return 1

    return failing


def test_npm_gets_none_either(aws, started, failing):
    with pytest.raises(Failure):
        Cdk(aws, failing).fetch(lambda *_: None)
    assert CANARY not in repr(started)


def test_the_cdk_cli_gets_the_credentials_of_the_session_and_nothing_else(aws, started, failing, monkeypatch, tmp_path):
    """In its environment, and none in an argument, which every user of the machine can list."""
    monkeypatch.setattr(Cdk, "fetch", lambda *_: tmp_path / "cdk")
    with pytest.raises(Failure):
        Cdk(aws, failing).deploy(tmp_path, ["Stack"], lambda *_: None)
    [(words, environment)] = started
    assert CANARY not in repr(started)
    assert environment.items() >= aws.environment.items()
    assert not [name for name in environment if name.startswith("SERVICENOW_")]
    assert not {*aws.environment.values()} & {*words}


def test_every_child_is_started_with_an_environment_of_its_own():
    """What is inherited without a word would hold the secrets; the local system has none but its own."""
    starts = [
        (file.name, call.lineno, {keyword.arg for keyword in call.keywords})
        for file in OPERATIONS.rglob("*.py")
        if file.parent.name != "local"
        for call in ast.walk(ast.parse(file.read_text()))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and isinstance(call.func.value, ast.Name)
        and call.func.value.id == "subprocess"
        and call.func.attr in {"run", "Popen", "call", "check_call", "check_output"}
    ]
    assert len(starts) >= 5
    assert [(name, line) for name, line, given in starts if "env" not in given] == []
