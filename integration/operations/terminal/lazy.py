"""A group of commands whose modules are imported when they are run, or their help is shown."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Iterable

    from click.shell_completion import CompletionItem

    from integration.operations.declaration import Command


class Lazy(click.Group):
    """Knows its commands by name and sentence. `requirements`: the file that brings what they import, where a command
    names none of its own.
    """

    def __init__(self, *given: Any, table: Iterable[Command] = (), requirements: str = "", **more: Any) -> None:
        super().__init__(*given, **more)
        self.table, self._requirements = {each.name: each for each in table}, requirements

    @property
    def sections(self) -> dict[str, dict[str, str]]:
        """Section → command → what it does."""
        names = dict.fromkeys(each.section for each in self.table.values())
        return {s: {each.name: each.sentence for each in self.table.values() if each.section == s} for s in names}

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return [name for section in self.sections.values() for name in section]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        if cmd_name not in self.table:
            return None
        try:
            command: click.Command = self.table[cmd_name].load()
        except ModuleNotFoundError as missing:  # nothing that makes a sentence of it could be imported either
            sys.exit(
                f"The Python package {missing.name} is missing. "
                f"Run: {sys.executable} -m pip install -r {self.table[cmd_name].requirements or self._requirements}"
            )
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - as above
        for section, told in self.sections.items():
            with formatter.section(section):
                formatter.write_dl(list(told.items()))

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """From the table: completing a name imports no command."""
        from click.shell_completion import CompletionItem  # noqa: PLC0415 - nothing else needs it

        found = [CompletionItem(n, help=each.sentence) for n, each in self.table.items() if n.startswith(incomplete)]
        return [*found, *click.Command.shell_complete(self, ctx, incomplete)]
