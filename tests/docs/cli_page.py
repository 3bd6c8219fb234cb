"""docs/cli.md from the commands' own help."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import click

from integration.changes.exits import MEANINGS
from integration.operations.app import PROGRAM, SECTIONS, cli

if TYPE_CHECKING:
    from collections.abc import Iterator

HEAD = """\
# Command line

One program, three spellings: `./deploy_integrations_solution.py`, `./deploy-integrations-solution.py` and, once
installed with `pip install .`, `deploy-integrations-solution`.
This page is what `--help` says; it is written by `make docs`.

Secrets are given as `@file`, as `-` (standard input) or by an environment variable, never needed in an argument list.
Results go to standard output, progress and warnings to standard error; `--json` makes one JSON document of the result.

## Exit codes

| code | meaning |
|---|---|
| 0 | done |
| 1 | something is not in order: a check failed, something waits |
| 2 | wrong usage |
| 3 | refused until you change something |
| 4 | the deployment failed |
| 5 | no answer; try again |
| 70 | a bug of ours; the sentence says where the trace is kept |
| 130 | interrupted |

`change run` and `change rollback` end with the code of the command they run. Where that did not decide, and of
the single steps of `change`, a code may also be:

| code | meaning |
|---|---|
"""
WIDTH = 100


def markdown() -> str:
    parts = [HEAD + "".join(f"| {code} | {meaning} |\n" for code, meaning in MEANINGS.items())]
    for section, commands in SECTIONS.items():
        parts.append(f"## {section}\n")
        parts += [_command(whole) for name in commands for whole in with_steps(name)]
    return "\n".join(parts)


def with_steps(name: str) -> Iterator[str]:
    """The command and, of a group, those in it: `change`, `change run`."""
    yield name
    command = command_named(name)
    if isinstance(command, click.Group):
        yield from (f"{name} {step}" for step in command.list_commands(click.Context(command)))


def every_command() -> dict[str, click.Command]:
    names = (whole for section in SECTIONS.values() for name in section for whole in with_steps(name))
    return {name: command_named(name) for name in names}


def command_named(name: str) -> click.Command:
    found: click.Command = cli
    for word in name.split():
        assert isinstance(found, click.Group)
        inner = found.get_command(click.Context(found), word)
        assert inner is not None
        found = inner
    return found


def _command(name: str) -> str:
    settings: Any = cli.context_settings | {"terminal_width": WIDTH, "max_content_width": WIDTH}
    parent = click.Context(cli, info_name=PROGRAM, **settings)
    command = copy.copy(command_named(name))
    command._help_option = None  # click keeps the option of whoever asked first, by other names
    context = click.Context(command, info_name=name, parent=parent, terminal_width=WIDTH)
    text = "\n".join(line.rstrip() for line in context.get_help().replace("\b", "").splitlines())
    return f"### {name}\n\n```text\n{text}\n```\n"
