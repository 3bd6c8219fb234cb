"""`change status`: where a change stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from integration.changes import steps
from integration.changes.outputs import harmless
from integration.operations.changes.session import change_option, common, opened
from integration.operations.changes.wish import FINDING, wish_options
from integration.operations.terminal.output import NOT_IN_ORDER, Output

if TYPE_CHECKING:
    from integration.changes.model import Change

COLUMNS = ("number", "state", "approval", "on hold", "planned")


@click.command()
@change_option
@wish_options(*FINDING)
@common
def status(**given: Any) -> int:
    """Show where a change stands, or every change of this run. Ends with 1 where there is none.

    \b
    Examples:
      ./deploy_integrations_solution.py change status --change CHG0030001
      ./deploy_integrations_solution.py change status --app shop --environment production --json
    """
    session = opened(given)
    found = steps.status(session.desk, session.wish, session.target)
    output = Output(quiet=given["as_json"])
    output.table("Changes", COLUMNS, [row(each) for each in found])
    for each in found:
        output.result(f"{harmless(each.number)}: {each.url}")
    session.document({"changes": [_document(each) for each in found]})
    if not found:
        Output().warn("there is no such change, or none we may see")
    return 0 if found else NOT_IN_ORDER


def row(change: Change) -> tuple[str, ...]:
    """A cell may be broken anywhere, also before two colons."""
    planned = " to ".join(f"{each:%Y-%m-%d %H:%M}" for each in (change.start, change.end) if each)
    held = change.hold_reason or "yes" if change.on_hold else "no"
    shown = (change.number, change.state_label or change.state, change.approval, held, planned)
    return tuple(harmless(each).replace("::", ": :") for each in shown)


def _document(change: Change) -> dict[str, Any]:
    names = (
        "number", "sys_id", "url", "state", "state_label", "approval", "on_hold", "start", "end", "work_start",
        "work_end", "close_code",
    )  # fmt: skip
    return {name: getattr(change, name) for name in names}
