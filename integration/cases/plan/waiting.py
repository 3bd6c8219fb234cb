"""What was refused for the same source is left until it is due, and shown as waiting. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from integration.cases.plan.attachments import block_of
from integration.cases.plan.steps import carried_steps

if TYPE_CHECKING:
    from integration.cases.link import Link
    from integration.cases.plan.attachments import FilePlan
    from integration.cases.plan.comments import EntryPlan
    from integration.cases.plan.steps import Step


def part_waiting(
    link: Link, entries: EntryPlan, files: FilePlan, now: float
) -> tuple[EntryPlan, FilePlan, tuple[Step, ...]]:
    """What is carried over now, and what waits behind a block of its own."""
    steps = carried_steps(entries, files)
    waiting = tuple(
        replace(step, waits=link.blocked[key].reason) for step, key, source in steps if link.waits(key, source, now)
    )
    due = replace(
        entries,
        to_case=tuple(item for item in entries.to_case if not link.waits(item.key, item.source, now)),
        to_journal=tuple(item for item in entries.to_journal if not link.waits(item.key, item.source, now)),
    )
    carried = replace(
        files,
        to_case=tuple(item for item in files.to_case if not link.waits(*block_of(item[0]), now)),
        to_incident=tuple(item for item in files.to_incident if not link.waits(*block_of(item[0]), now)),
    )
    return due, carried, waiting
