"""Checks that the instance holds what the deployment set up. Reads only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from integration.clients.errors import RemoteError
from integration.operations.checking.verdict import Verdict, fail, ok, skip, warn
from servicenow_setup.apply import plan
from servicenow_setup.errors import Locked, SetupError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from integration.clients.servicenow.table import Table
    from servicenow_setup.settings import SetupSettings


def setup(table: Table, settings: SetupSettings, again: str) -> Iterator[Verdict]:
    """Rules, message and credential as desired; what customers changed is named, not a fault. `again` mends them."""
    subject = "rules"
    try:
        changes = plan(table, settings)
    except Locked:
        yield skip(subject, "not compared: the user may not see them, as after `--lock`")
        return
    except (SetupError, RemoteError) as error:
        yield fail(subject, str(error), "See the roles in docs/servicenow-setup.md.")
        return
    due = [change for change in changes.writes if not change.without]
    for change in due:
        yield fail(subject, f"{change.verb} is due: {change.table} {change.name!r}", again)
    for change in changes.writes:
        if change.without:
            yield warn(subject, f"{change.table} {change.name!r} is not there: {change.without}", again)
    for kept in changes.kept:
        there, ours = kept.values
        yield warn(subject, f"{kept.found.name!r}: {kept.field} was changed in the instance ({ours!r} -> {there!r})")
    for found in changes.foreign:
        yield warn(subject, f"somebody else's {found.table} bears the name {found.name!r}", "Rename or delete it.")
    if not changes.writes:
        yield ok(subject, "all records stand as they should")
