"""What calls for a pass on a link, and when somebody must look at it next. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from integration.cases.link import ACTIVE, CASE, CLOSED
from integration.cases.plan.attachments import PENDING, held_files
from integration.reconcile.create_once import MARGIN_S
from integration.reconcile.scheduling import look_again_s

if TYPE_CHECKING:
    from integration.cases.link import Link
    from integration.cases.ports import IncidentRead, Row
    from integration.cases.wake import Wake
    from integration.model import Case


KNOWN, CALM, DUE = "known already", "calm", "due"


def called_for(wake: Wake, row: Row, digest: str, now: float) -> str:
    """Whether this wake is dealt with; whether nothing but news could call for a pass; or whether one is due."""
    if dealt_with(wake, row, live=row.live(now)):
        return KNOWN
    return CALM if idle(wake, row, digest, now) else DUE


def dealt_with(wake: Wake, row: Row, *, live: bool) -> bool:
    """A run that began later has read everything this event could mean, and nothing was left behind but what a live
    holder is at work on. No mark then: during a burst each event would prolong the holder's pass. That a case was made
    is news only until a run has ended well.
    """
    if (row.unfinished and not live) or wake.sweep or wake.forced:
        return False
    if wake.created and row.link.incident_began:
        return True
    if wake.mod is not None and wake.mod <= row.link.seen_mod:
        return True
    began = row.link.clean_began if wake.side == CASE else row.link.incident_began
    return wake.sent + MARGIN_S < began


def idle(wake: Wake, row: Row, digest: str, now: float) -> bool:
    """Nothing but news could call for a pass. `digest`: of the mapping as it is now."""
    link = row.link
    due = any(block.retry_at <= now for block in link.blocked.values())
    waits = row.unfinished or link.intents or due or link.rules not in {"", digest}
    return link.state in {ACTIVE, CLOSED} and not (waits or wake.forced)


def next_look(link: Link, case: Case, seen: IncidentRead, sweep_s: float, now: float, *, files: bool) -> float | None:
    """By when somebody must look; None: nothing waits on a closed link. `files`: these are carried over."""
    times = [block.retry_at for block in link.blocked.values()]
    times += [now + look_again_s(now - since) for since in (file_waits(case, seen, now) if files else ())]
    if link.state != CLOSED:
        times.append(now + sweep_s)
    return min(times, default=None)


def file_waits(case: Case, seen: IncidentRead, now: float) -> list[float]:
    """Since when files are held by a scan on either side: nothing tells that it has ended."""
    scanned = [f.created.timestamp() for f in case.attachments if f.status == PENDING]
    held = held_files(seen.incident, seen.at) if seen.incident.attachments else []
    return scanned + [now - (seen.at - f.created.timestamp()) for f in held]
