"""What a pass does that cannot read a record: absence deletes nothing, and is first shown to be no lost right."""

from __future__ import annotations

from typing import TYPE_CHECKING

from integration.cases.link import SUSPENDED
from integration.clients.errors import Misconfigured
from integration.reconcile.errors import Later

if TYPE_CHECKING:
    from integration.cases.attempt import Attempt
    from integration.cases.link import Link

UNKNOWN_RECORD_S = 120.0
"""An event may overtake its record; after this long a record nobody can read is taken as none of ours."""
SUSPEND_AFTER_S = 120.0
HIDDEN_MOST_S = 3600.0
"""A table of which nothing can be read is taken for hidden, until this long has shown that it may as well be empty."""
UNREADABLE_MOST = 5


def unreadable(attempt: Attempt, link: Link) -> str:
    """Twice, two minutes apart, while others can be read, it suspends the link."""
    core, now = attempt.core, attempt.core.clock()
    link.unreadable_since = link.unreadable_since or now
    if now - link.unreadable_since < HIDDEN_MOST_S and not core.incidents.readable():
        raise Misconfigured("servicenow", f"no record of {link.table} can be read: role or table access is missing")
    if core.links.count_unreadable(link.case_id, now) > UNREADABLE_MOST:
        raise Misconfigured("servicenow", "many linked incidents cannot be read at once: a role or rule was changed")
    if now - link.unreadable_since < SUSPEND_AFTER_S:
        raise Later("the incident cannot be read", link.unreadable_since + SUSPEND_AFTER_S)
    if link.state != SUSPENDED:
        acting = attempt.acting_on(link)
        acting.tell_suspended()
        link.state, link.serial = SUSPENDED, link.serial + 1
        core.links.save(attempt.owner, link, acting.rows)
    return attempt.leave("suspended: the incident cannot be read")


def give_up_unknown(attempt: Attempt, what: str) -> str:
    """An event may overtake its record; after two minutes it is counted and acknowledged."""
    now = attempt.core.clock()
    if now - attempt.wake.sent < UNKNOWN_RECORD_S and not attempt.wake.sweep:
        raise Later(f"the {what} is not there yet", now + 15)
    return attempt.leave(f"unknown {what}")
