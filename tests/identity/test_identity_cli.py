"""What scripts of operators type and read: commands, options, variables and exit codes."""

from __future__ import annotations

from typing import Any

import click

from integration.operations.app import SECTIONS, cli
from integration.operations.terminal import output
from tests.identity.golden import check

EXITS = ("DONE", "NOT_IN_ORDER", "USAGE", "REFUSED", "DEPLOYMENT_FAILED", "NO_ANSWER", "BUG", "INTERRUPTED", "NOT_READ")


def parameter(each: click.Parameter) -> dict[str, Any]:
    choices = list(each.type.choices) if isinstance(each.type, click.Choice) else None
    return {
        "spellings": [*each.opts, *each.secondary_opts], "variable": each.envvar, "choices": choices,
        "required": each.required, "repeatable": each.multiple or each.nargs == -1,
    }  # fmt: skip


def test_every_command_and_option_is_typed_as_before():
    found = {}
    for name in (name for section in SECTIONS.values() for name in section):
        command = cli.get_command(click.Context(cli), name)
        found[name] = {each.name: parameter(each) for each in command.params if each.name != "help"}
    check("commands", found)


def test_exit_codes_mean_what_they_meant():
    check("exits", {name: getattr(output, name) for name in EXITS})
