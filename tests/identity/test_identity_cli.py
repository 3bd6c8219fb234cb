"""What scripts of operators type and read: commands, options, variables and exit codes."""

from __future__ import annotations

from typing import Any

import click

from integration.operations.terminal import output
from tests.docs.cli_page import every_command
from tests.identity.golden import check

EXITS = ("DONE", "NOT_IN_ORDER", "USAGE", "REFUSED", "DEPLOYMENT_FAILED", "NO_ANSWER", "BUG", "INTERRUPTED", "NOT_READ")


def parameter(each: click.Parameter) -> dict[str, Any]:
    choices = list(each.type.choices) if isinstance(each.type, click.Choice) else None
    return {
        "spellings": [*each.opts, *each.secondary_opts], "variable": each.envvar, "choices": choices,
        "required": each.required, "repeatable": each.multiple or each.nargs == -1,
    }  # fmt: skip


def step(each: click.Parameter) -> str:
    """Of a command in a group, whose options are mostly those of its neighbours."""
    words = [*each.opts, *each.secondary_opts, *(each.type.choices if isinstance(each.type, click.Choice) else ())]
    return " ".join([*words, *([each.envvar] if isinstance(each.envvar, str) else [])])


def test_every_command_and_option_is_typed_as_before():
    found = {
        name: {each.name: (step if " " in name else parameter)(each) for each in command.params if each.name != "help"}
        for name, command in every_command().items()
    }
    check("commands", found)


def test_exit_codes_mean_what_they_meant():
    check("exits", {name: getattr(output, name) for name in EXITS})
