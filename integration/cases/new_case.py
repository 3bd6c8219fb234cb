"""Make the case of an incident, so that a crash at any call leaves something a successor finds.

It carries a tag, and comes from a kept request with a deterministic token.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from integration.cases.absence import give_up_unknown
from integration.cases.adopting import (
    CASE_ARN,
    Made,
    adopt_pointing,
    in_scope,
    joined,
    keep_blocked,
    sent_with,
)
from integration.cases.apply.writer import token
from integration.cases.blocking import blocked_by
from integration.cases.link import Blocked, value_fingerprint
from integration.cases.plan.watchers import asks_team, stay
from integration.cases.ports import IncidentRead, IncidentRow
from integration.clients.errors import Refused
from integration.names import PROBE_MARK
from integration.reconcile.chance import repeated
from integration.reconcile.create_once import LATE_COMMIT_S
from integration.reconcile.errors import Braked, Later
from mappers import notes
from mappers.creation import began, new_case
from mappers.watchers import parse_watch_list

if TYPE_CHECKING:
    from collections.abc import Mapping

    from integration.cases.attempt import Attempt
    from integration.cases.reconciler import Reconciler
    from integration.model import Incident
    from mappers.field import FieldRule


PROBE, OUT_OF_SCOPE = "a probe", "out of scope"


def case_for_incident(attempt: Attempt, sys_id: str) -> Made | str:
    """What was made; a text: nothing to do here, and why."""
    core = attempt.core
    seen = core.incidents.read(sys_id, None)
    if seen is None:
        return _settled(attempt, give_up_unknown(attempt, "incident"))
    if seen.incident.correlation_id == PROBE_MARK:
        return PROBE
    if alone := left_alone(core, seen.incident):
        return _settled(attempt, alone)
    if case_id := points_to(seen.incident, attempt.known):
        return adopt_pointing(attempt, seen, case_id)
    if not (attempt.wake.forced or in_scope(core, seen.incident)):
        return _settled(attempt, OUT_OF_SCOPE)
    return _make_case(attempt, seen)


def points_to(incident: Incident, known: IncidentRow | None) -> str:
    """The case whose ARN it carries; empty: none, or its own creation is under way."""
    named = CASE_ARN.fullmatch(incident.correlation_id)
    return named[1] if named and not (known and known.request) else ""


def left_alone(core: Reconciler, incident: Incident) -> str:
    """Whose record it is, where no case is ever made for it or linked with it; empty: anybody's."""
    if incident.correlation_id == PROBE_MARK:
        return PROBE
    return "made by another integration" if incident.correlation_display in core.settings.foreign_marks else ""


def _settled(attempt: Attempt, outcome: str) -> str:
    """A refused creation that nobody wants any more is not due again. Gives the outcome back."""
    if attempt.known and not attempt.known.case_id:
        attempt.core.links.settle_incident(attempt.known.sys_id, attempt.core.clock())
    return outcome


def _count_creation(attempt: Attempt, opener: str, now: float) -> None:
    """Once per case, before its request is kept; a repeat of the same creation counts for nothing.

    Who opened it is who made the record, which nobody can edit. What an operator asks for is nobody's share.
    """
    core = attempt.core
    if opener.casefold() in core.rules.creation.exempt:
        return
    counted = "" if attempt.wake.forced else opener.casefold()
    if not core.links.count_creation(now, core.settings.new_cases_per_hour, counted):
        raise Braked(
            "too many new cases within an hour, in all or of one opener; look at why; `resume` lets go, or an hour"
        )


def source_of(incident: Incident, request: Mapping[str, Any]) -> str:
    """What a block remembers of the request. The start of a record without dates of its own is another at each look."""
    params = dict(request["params"])
    if not began(incident):
        del params["reportedIncidentStartDate"]
    return value_fingerprint("source", json.dumps(params, sort_keys=True, default=str))


def request_for(core: Reconciler, seen: IncidentRead) -> dict[str, Any]:
    """The exact request and what belongs to it: a repeat must send the same, whatever was edited since."""
    rules, incident = core.rules, seen.incident
    tag = {core.settings.own_tag: f"{incident.table}/{incident.sys_id}"}
    listed = _listed(core, seen)
    team = core.cases.response_team() if rules.watchers.enabled and rules.watchers.response_team else ()
    seen_at = datetime.fromtimestamp(seen.at, UTC)
    params = new_case(incident, rules, watchers=sorted(listed.union(team)), tags=tag, seen_at=seen_at)
    base = {rule.case: _sent(rule, params, incident) for rule in rules.fields}
    both = sorted(value_fingerprint("watcher", w["email"]) for w in params["watchers"] if w["email"] in listed)
    return {"params": params, "base": base, "watchers": both}


def _listed(core: Reconciler, seen: IncidentRead) -> set[str]:
    """The addresses on the watch list that may go over; of others the first pass tells."""
    rules = core.rules.watchers
    members = parse_watch_list(seen.incident.values.get(rules.column, "")) if rules.enabled else ()
    addresses = {seen.emails.get(member, member).lower() for member in members}
    known = frozenset(address for address in addresses if "@" in address)
    team = core.cases.response_team() if asks_team(known, core.rules) else ()
    return set(known - stay(known, core.rules, team))


def _sent(rule: FieldRule, params: Mapping[str, object], incident: Incident) -> list[str | None]:
    """What the request carried counts as accepted; what it cannot carry, or only AWS says, as changed over there."""
    on_incident = value_fingerprint(rule.case, incident.values.get(rule.incident, ""))
    sent = params.get(rule.case, "")
    if rule.direction == "to_incident" or not isinstance(sent, str):
        return [None, on_incident]
    return [value_fingerprint(rule.case, sent), on_incident if rule.case in params else None]


def _linked_meanwhile(attempt: Attempt, case_id: str) -> Made | str:
    row = attempt.claim(case_id)
    return Made(row) if row else "left a mark"


def _make_case(attempt: Attempt, seen: IncidentRead) -> Made | str:
    """Unless AWS refused just this case lately. The request is kept before it is sent."""
    core, incident, known = attempt.core, seen.incident, attempt.known
    request, now = request_for(core, seen), core.clock()
    source = source_of(incident, request)
    blocked = known.blocked if known and known.blocked and known.blocked.source == source else None
    waiting = blocked is not None and not attempt.wake.forced and blocked.holds(source, now)
    if not blocked and not (known and known.request):
        _count_creation(attempt, incident.created_by, now)
    attempt.incident_claimed = incident.sys_id
    row = IncidentRow(incident.sys_id, table=incident.table, request=request)
    kept = core.links.claim_incident(row, attempt.hold.owner, now + core.settings.claim_s, now)
    if kept is None:
        raise Later("another pass is making this case", now + 2)
    if kept.case_id:
        return _linked_meanwhile(attempt, kept.case_id)
    if waiting and kept.blocked is not None:
        return _say_blocked(attempt, seen, kept.blocked, told=blocked)
    try:
        return repeated(partial(_create_case, attempt, kept, seen))
    except Refused as refused:
        since = blocked.since if blocked else now
        return _say_blocked(attempt, seen, blocked_by(refused, source, since, now), told=blocked)


def _say_blocked(attempt: Attempt, seen: IncidentRead, blocked: Blocked, *, told: Blocked | None) -> str:
    """AWS takes no such case."""
    if keep_blocked(attempt, seen, blocked, notes.refused("creation", blocked.reason), told=told):
        attempt.report.done.append("creation blocked")
    return "creation blocked"


def _create_case(attempt: Attempt, kept: IncidentRow, seen: IncidentRead) -> Made | str:
    core, incident = attempt.core, seen.incident
    if kept.request is None:
        raise AssertionError("claiming an incident row keeps a request")
    params = kept.request["params"]
    case_id = core.cases.create(params, token("case", core.settings.own_tag, incident.table, incident.sys_id))
    attempt.report.done.append("case made")
    row = attempt.claim(case_id)
    if row is None:
        return "left a mark"  # the holder reads the tag and adopts
    if not row.link.linked:
        row = joined(
            attempt,
            row,
            instance=core.incidents.instance,
            table=incident.table,
            sys_id=incident.sys_id,
            number=incident.number,
            **sent_with(kept.request),
            unsettled_until=attempt.hold.deadline + LATE_COMMIT_S,
        )
        attempt.hold.announced = True  # its first PATCH follows
    return Made(row, seen=seen)
