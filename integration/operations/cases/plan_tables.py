"""What passes would do with several records, as commands show it before they send or change anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from integration.clients.errors import RemoteError
from integration.operations.cases.planned import Planning
from integration.operations.terminal.failure import Failure
from integration.operations.terminal.output import command

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from integration.operations.deployment.deployed import Deployed
    from integration.operations.terminal.output import Output

SHOWN = 20
"""Each costs a look at both sides; any other shows `plan`."""
COLUMNS = ("case", "incident", "a pass would")


def show_plans(
    output: Output,
    deployed: Deployed,
    records: Sequence[str],
    *,
    forced: bool = False,
    forgotten: Mapping[str, Collection[str]] | None = None,
) -> None:
    """`forgotten`: fields by record, see `Planning.of`. What cannot be shown is said, and holds nothing up."""
    if output.quiet or not records:
        return
    try:
        planning = Planning(deployed)
    except RemoteError as error:
        output.warn(f"what passes would do cannot be shown: {error}")
        return
    rows = []
    with output.step("plan") as tick:
        for place, record in enumerate(records[:SHOWN]):
            tick(record, place + 1, min(SHOWN, len(records)))
            rows.append(_row(planning, record, forced=forced, forgotten=(forgotten or {}).get(record, ())))
    output.table("Planned", COLUMNS, rows)
    if len(records) > SHOWN:
        each = command("plan", deployed.names.name, "ID")
        output.say(f"{len(records) - SHOWN} more are not shown; one by one: {each}")


def _row(planning: Planning, record: str, *, forced: bool, forgotten: Collection[str]) -> tuple[str, str, str]:
    try:
        found = planning.of(record, forced=forced, forgotten=forgotten)
    except (RemoteError, Failure) as error:
        return record, "-", f"cannot be read now: {error}"
    return found.case_id or "-", found.incident_number or found.sys_id or "-", "; ".join(found.sentences) or found.said
