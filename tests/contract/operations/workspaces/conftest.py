"""Commands of `workspace`, run as a person would, against a deployment of twins."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from integration.operations.terminal.failure import Failure
from integration.operations.workspaces import machine, session
from integration.operations.workspaces.commands import report
from integration.operations.workspaces.commands.workspace import workspace
from tests.contract.operations.workspaces.world import World


@pytest.fixture
def world(monkeypatch):
    made = World()
    monkeypatch.setattr(session, "open_account", lambda *_where: made)
    monkeypatch.setattr(session, "find", lambda *_where: made)
    monkeypatch.setattr(session, "Stacks", lambda _account: made)
    monkeypatch.setattr(report, "now", made.system.clock)
    monkeypatch.setattr(machine.requests, "request", made.request)
    return made


@pytest.fixture
def run(world):
    """Exit code and document of a command; a `Failure` is raised."""

    def told(*arguments, code=0):
        result = CliRunner().invoke(workspace, [*arguments, "--json"])
        if isinstance(result.exception, Failure):
            raise result.exception
        assert result.exit_code == code, (result.output, result.exception)
        return json.loads(result.stdout)

    return told


@pytest.fixture
def say(world):
    """What a person reads."""

    def said(*arguments):
        result = CliRunner().invoke(workspace, arguments)
        assert result.exit_code == 0, (result.output, result.exception)
        return result.stdout

    return said
