"""What whoever runs workspaces on one machine may type next, in the shell that was shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from integration.operations.terminal.output import command

if TYPE_CHECKING:
    from integration.operations.local.system import LocalSystem


def trying(_running: LocalSystem) -> list[tuple[str, str]]:
    """(what it shows, a line for the shell)."""
    return [("a workspace: its link opens the page", command("workspace create", "", "--user your.name"))]
