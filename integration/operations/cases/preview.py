"""What a pass would do now: it looks, reads and plans as a pass does, and stops. Nothing is claimed or written."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from integration.cases.adopting import in_scope, wanted
from integration.cases.attempt import row_of
from integration.cases.link import ACTIVE, CASE, CLOSED, SUSPENDED, Link
from integration.cases.new_case import OUT_OF_SCOPE, left_alone, points_to, request_for, source_of
from integration.cases.new_incident import CREATION, incident_values
from integration.cases.plan.columns import source_fingerprint
from integration.cases.reading import Reading

if TYPE_CHECKING:
    from integration.cases.link import Blocked
    from integration.cases.plan.whole import Plan
    from integration.cases.ports import IncidentRow, Row
    from integration.cases.reconciler import Reconciler
    from integration.cases.wake import Wake


@dataclass(frozen=True, slots=True)
class Why:
    """Why there is no plan: `word` is what a pass would report, `text` says more. Never a text of a record."""

    word: str
    text: str = ""


def preview(core: Reconciler, wake: Wake) -> Plan | Why:
    """The plan of a pass that this wake would begin, or why there is none. Raises what reading either side meets."""
    row, known = row_of(core, wake)
    if row is None and known and known.owner and known.expires > core.clock():
        return _claimed(known.expires)
    if row is None:
        return _unlinked_case(core, wake) if wake.side == CASE else _unlinked_incident(core, wake, known)
    return _waits(core, row) or _planned(core, wake, row)


def _waits(core: Reconciler, row: Row) -> Why | None:
    now, lands = core.clock(), row.link.unsettled_until
    if row.live(now):
        return _claimed(row.expires)
    if lands > now:
        return Why("a write may still land", f"its answer was lost; nothing is judged before {_utc(lands)}")
    return None


def _claimed(until: float) -> Why:
    return Why("left a mark", f"another pass works on this pair, until {_utc(until)} at most; it looks again")


def _planned(core: Reconciler, wake: Wake, row: Row) -> Plan | Why:
    link = replace(row.link, blocked={}) if wake.forced else row.link
    reading = Reading(core, wake)
    unclean = row.unclean or wake.forced or link.state not in {ACTIVE, CLOSED}
    plan = reading.plan(link, comments=True, unclean=unclean, deaths=row.deaths)
    if plan is None:
        return Why("the incident cannot be read", _suspended(link))
    return plan if plan.steps or plan.reasons else Why("nothing new", "both sides are as they were last accepted")


def _suspended(link: Link) -> str:
    if link.state == SUSPENDED:
        return "the pair is suspended until it can be read again"
    return "a pass asks what else the table shows: a right is missing, or it suspends the pair; nothing is deleted"


def _unlinked_case(core: Reconciler, wake: Wake) -> Why:
    row = core.links.get(wake.key)
    if row and (waits := _waits(core, row)):
        return waits
    case = core.cases.read(wake.key, comments=False)
    if case is None:
        return Why("unknown case")
    tags = core.cases.tags(case.arn)
    if tag := tags.get(core.settings.own_tag):
        return Why("an incident would be linked", f"the case names {tag}, where both sides say so or are in scope")
    if not wanted(core.settings, case, tags, forced=wake.forced):
        return Why("not ours to sync", "by its tags, or closed before the installation")
    blocked = row.link.blocked.get(CREATION) if row and not wake.forced else None
    if blocked and blocked.holds(source_fingerprint(incident_values(core, case)), core.clock()):
        return _refused(blocked)
    return Why("an incident would be made", "or linked, where one carries the case's ARN")


def _unlinked_incident(core: Reconciler, wake: Wake, known: IncidentRow | None) -> Why:
    seen = core.incidents.read(wake.key, None)
    if seen is None:
        return Why("unknown incident")
    if alone := left_alone(core, seen.incident):
        return Why(alone)
    if case_id := points_to(seen.incident, known):
        return Why("a case would be linked", f"correlation_id names {case_id}; both must say so, or be in scope")
    if not (wake.forced or in_scope(core, seen.incident)):
        return Why(OUT_OF_SCOPE, "by its state, its age or the incident filter")
    blocked = known.blocked if known and not wake.forced else None
    if blocked and blocked.holds(source_of(seen.incident, request_for(core, seen)), core.clock()):
        return _refused(blocked)
    return Why("a case would be made")


def _refused(blocked: Blocked) -> Why:
    return Why("creation blocked", f"{blocked.reason}; tried again when it changes, or at {_utc(blocked.retry_at)}")


def _utc(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M:%S} UTC"
