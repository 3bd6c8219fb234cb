"""A link as the page shows it: how its row in the table says it stands, and what the last pass over it met."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from integration.operations.console.snapshot import LinkCard, PassCard

if TYPE_CHECKING:
    from integration.operations.cases.overview import LinkStatus

SYSTEMS = {"servicenow": "ServiceNow", "security_ir": "Security IR", "aws": "AWS"}
CAUSES = {
    "Unavailable": "{system} does not answer",
    "Misconfigured": "{system} refuses us as a whole: run check",
    "CreationStopped": "too many new cases within an hour: run resume",
    "Fenced": "another pass took over",
}
"""Errors that a message waits for, in words; any other is unexpected."""


def link_card(
    status: LinkStatus, last: PassCard | None, now: float, conflicts: int = 0, acted: PassCard | None = None
) -> LinkCard:
    """`last` and `acted`: the latest pass, and the latest that wrote, where somebody saw them."""
    status = replace(status, waits=waiting_for(last, now))
    return LinkCard(
        case_id=status.case_id,
        sys_id=status.sys_id,
        number=status.number,
        standing=status.standing(now),
        reasons=tuple(status.reasons(now)),
        changed=status.changed,
        lag_s=status.lag_s,
        due=status.due,
        held_until=status.held_until if status.held_until > now else 0,
        conflicts=conflicts,
        last=last,
        acted=acted,
    )


def waiting_for(last: PassCard | None, now: float) -> str:
    """Why the message of the last pass comes back; empty where it is done with, or its time is long over."""
    if last is None or not last.error or last.retry_at < now - 30:
        return ""
    return cause(last)


def cause(failed: PassCard) -> str:
    """What a pass that failed met, in words; what the system said itself is in `why`."""
    known = CAUSES.get(failed.error, f"unexpected: {failed.error}")
    return failed.why if failed.error == "Later" else known.format(system=SYSTEMS.get(failed.system, "a system"))
