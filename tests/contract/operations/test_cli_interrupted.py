"""Ctrl-C before anything is deployed: one sentence, exit code 130, nothing stored. What a plan leaves unsaid."""

import io
import sys

import boto3
import click
import pytest

from integration import names as n
from integration.operations.rollout import assembly, steps
from integration.operations.terminal.failure import report
from integration.operations.terminal.output import INTERRUPTED
from tests.contract.operations.deployed_world import NAMES


def interrupted(*_, **__):
    raise KeyboardInterrupt


class Terminal(io.StringIO):
    """Somebody sits there, and presses Ctrl-C instead of answering."""

    isatty = staticmethod(lambda: True)
    readline = staticmethod(interrupted)


MOMENTS = {
    "validating": lambda patch, _: patch.setattr(steps, "validate", interrupted),
    "bundling": lambda patch, asked: patch.setattr(asked, "_archive", interrupted),
    "synthesising": lambda patch, asked: patch.setattr(asked, "_synthesise", interrupted),
    "at the question": lambda patch, _: patch.setattr(sys, "stdin", Terminal()),
}


@pytest.mark.parametrize("moment", MOMENTS)
def test_ctrl_c_is_one_sentence_and_leaves_nothing(world, monkeypatch, capsys, moment):
    asked = world.steps()
    MOMENTS[moment](monkeypatch, asked)
    with pytest.raises((KeyboardInterrupt, click.Abort)) as caught:
        asked.run(yes=False)
    capsys.readouterr()
    assert report(caught.value) == INTERRUPTED
    assert capsys.readouterr().err.splitlines() == [
        "error: Interrupted.",
        "Next: Run the same command again; it goes on from there.",
    ]
    assert world.cdk.deployments == []
    stored = boto3.client("ssm").get_parameters(Names=[NAMES.parameter_prefix + n.PARAM_CLIENT_SECRET])
    assert stored["Parameters"] == []


def test_slow_starts_are_told_where_functions_are_deployed_and_on_no_plan(world, monkeypatch, capsys):
    monkeypatch.setattr(assembly, "compiler", lambda: None)
    world.steps().plan()
    assert "python3.13" not in "".join(capsys.readouterr())
    world.deploy()
    assert "".join(capsys.readouterr()).count("install python3.13") == 1
    world.store_settings()
    world.deploy()
    assert "python3.13" not in "".join(capsys.readouterr()), "nothing is deployed"
