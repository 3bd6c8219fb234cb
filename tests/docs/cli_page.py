"""docs/cli.md from the commands' own help."""

from __future__ import annotations

import copy
from typing import Any

import click

from integration.operations.app import PROGRAM, SECTIONS, cli

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
"""
WIDTH = 100


def markdown() -> str:
    parts = [HEAD]
    for section, commands in SECTIONS.items():
        parts.append(f"## {section}\n")
        parts += [_command(name) for name in commands]
    return "\n".join(parts)


def command_named(name: str) -> click.Command:
    found = cli.get_command(click.Context(cli), name)
    assert found is not None
    return found


def _command(name: str) -> str:
    settings: Any = cli.context_settings | {"terminal_width": WIDTH, "max_content_width": WIDTH}
    parent = click.Context(cli, info_name=PROGRAM, **settings)
    command = copy.copy(command_named(name))
    command._help_option = None  # click keeps the option of whoever asked first, by other names
    context = click.Context(command, info_name=name, parent=parent, terminal_width=WIDTH)
    text = "\n".join(line.rstrip() for line in context.get_help().replace("\b", "").splitlines())
    return f"### {name}\n\n```text\n{text}\n```\n"
