"""How one link stands, in one word and with its reasons: from its row in the table and the last pass over it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from integration.operations.cases.overview import COMES_BACK
from integration.operations.console.snapshot import (
    BLOCKED,
    CLOSED,
    IN_STEP,
    SUSPENDED,
    UNLINKED,
    WAITING,
    WORKING,
    LinkCard,
    PassCard,
)

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
    standing: LinkStatus, last: PassCard | None, now: float, conflicts: int = 0, acted: PassCard | None = None
) -> LinkCard:
    """`last` and `acted`: the latest pass, and the latest that wrote, where somebody saw them."""
    held = standing.held_until if standing.held_until > now else 0
    waits = waiting_for(last, now)
    reasons = [said for said in standing.reasons(now) if not (waits and said == COMES_BACK)] + (
        [waits] if waits else []
    )
    return LinkCard(
        case_id=standing.case_id,
        sys_id=standing.sys_id,
        number=standing.number,
        standing=_word(standing, reasons, held=bool(held)),
        reasons=tuple(reasons),
        changed=standing.changed,
        lag_s=standing.lag_s,
        due=standing.due,
        held_until=held,
        conflicts=conflicts,
        last=last,
        acted=acted,
    )


def unlinked(case_id: str, sys_id: str, number: str, last: PassCard | None, now: float) -> LinkCard:
    """A case or an incident that has no counterpart yet, or never will."""
    waits = waiting_for(last, now)
    word = WAITING if waits else UNLINKED
    return LinkCard(case_id, sys_id, number, word, reasons=(waits,) if waits else (), last=last)


def waiting_for(last: PassCard | None, now: float) -> str:
    """Why the message of the last pass comes back; empty where it is done with, or its time is long over."""
    if last is None or not last.error or last.retry_at < now - 30:
        return ""
    return cause(last)


def cause(failed: PassCard) -> str:
    """What a pass that failed met, in words; what the system said itself is in `why`."""
    known = CAUSES.get(failed.error, f"unexpected: {failed.error}")
    return failed.why if failed.error == "Later" else known.format(system=SYSTEMS.get(failed.system, "a system"))


def _word(standing: LinkStatus, reasons: list[str], *, held: bool) -> str:
    if standing.state == "suspended":
        return SUSPENDED
    if standing.blocked:
        return BLOCKED
    if reasons:
        return WAITING
    if held:
        return WORKING
    return CLOSED if standing.state == "closed" else IN_STEP if standing.sys_id else UNLINKED
