"""What a pass does that cannot read a record: absence deletes nothing, and is first shown to be no lost right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from integration.cases.apply.notes import tell_suspended
from integration.cases.link import SUSPENDED
from integration.clients.errors import Misconfigured
from integration.reconcile.errors import Later

if TYPE_CHECKING:
    from integration.cases.attempt import Attempt
    from integration.cases.link import Link
    from integration.cases.reconciler import Reconciler

STILL = "suspended: the incident cannot be read"
UNKNOWN_RECORD_S = 120.0
"""An event may overtake its record; after this long a record nobody can read is taken as none of ours."""
SUSPEND_AFTER_S = 120.0
HIDDEN_MOST_S = 3600.0
"""What may be a lost right as well as a deletion is taken for the first, until it has lasted so long."""
UNREADABLE_MOST = 5


@dataclass(frozen=True, slots=True)
class Sight:
    """What an instance shows of a table while the record of a link cannot be read.

    `others`: a record beside it can be. `counted`: the instance counts the record itself, so it is there and hidden.
    `together`: links whose records could not be read lately, this one included. `for_s`: since when this one cannot.
    """

    others: bool
    counted: bool
    together: int
    for_s: float


def lost_right(sight: Sight) -> str:
    """Which right is missing; empty: none, this record is gone or hidden alone. Pure.

    A record that is counted (`X-Total-Count`, taken before access rules) is there however long it is hidden. One that
    is not may have been deleted, or a query rule leaves it out: time parts the two, except where several records are
    away and nothing else is shown.
    """
    perhaps_there = sight.counted or sight.for_s < HIDDEN_MOST_S
    if not sight.others and (perhaps_there or sight.together > 1):
        return "no record of the table can be read: role or table access is missing"
    if sight.together > UNREADABLE_MOST and perhaps_there:
        return "many linked incidents cannot be read at once: a role or rule was changed"
    return ""


def unreadable(attempt: Attempt, link: Link, sys_id: str) -> str:
    """Twice, two minutes apart, and shown to be no lost right, it suspends the link."""
    core, now = attempt.core, attempt.core.clock()
    if link.state == SUSPENDED:
        return attempt.leave(STILL)
    link.unreadable_since = link.unreadable_since or now
    if missing := lost_right(_sight(core, link, sys_id, now)):
        raise Misconfigured("servicenow", missing)
    if now - link.unreadable_since < SUSPEND_AFTER_S:
        raise Later("the incident cannot be read", link.unreadable_since + SUSPEND_AFTER_S)
    writer = attempt.writer_on(link)
    tell_suspended(writer)
    link.state, link.serial = SUSPENDED, link.serial + 1
    core.links.save(attempt.hold.owner, link, writer.rows)
    return attempt.leave(STILL)


def _sight(core: Reconciler, link: Link, sys_id: str, now: float) -> Sight:
    """Whether the record is counted is asked only where that decides."""
    together, others = core.links.count_unreadable(link.case_id, now), core.incidents.readable()
    counted = (not others or together > UNREADABLE_MOST) and core.incidents.hides(sys_id)
    return Sight(others, counted, together, now - link.unreadable_since)


def give_up_unknown(attempt: Attempt, what: str) -> str:
    """An event may overtake its record; after two minutes it is counted and acknowledged."""
    now = attempt.core.clock()
    if now - attempt.wake.sent < UNKNOWN_RECORD_S and not attempt.wake.sweep:
        raise Later(f"the {what} is not there yet", now + 15)
    return attempt.leave(f"unknown {what}")
