"""What the help shows can be typed."""

import re
import shlex

import pytest

from integration.operations.changes.commands.change import TABLE, change

PROGRAM = "./deploy_integrations_solution.py change "
NAMES = [name for section in TABLE.values() for name in section]


def examples(text):
    whole = re.sub(r"\\\s*\n\s*", "", text).replace("$?", "0")
    found = [line.split(PROGRAM)[1] for line in whole.splitlines() if PROGRAM in line]
    return [shlex.split(re.split(r" (?:&&|;|\|\||\|) ", line)[0]) for line in found]


@pytest.mark.parametrize("name", [None, *NAMES])
def test_every_example_of_the_help_is_taken(name, monkeypatch):
    for variable in ("SERVICENOW_INSTANCE_ID", "CHANGE_GATE_URL", "CHANGE_GATE_TOKEN"):
        monkeypatch.setenv(variable, "x")
    context = change.make_context("change", [], resilient_parsing=True)
    shown = examples((change.get_command(context, name) if name else change).help)
    assert shown
    for command, *words in shown:
        change.get_command(context, command).make_context(command, words)
