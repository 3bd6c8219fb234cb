"""Which record a pointer may link: one that points back, or one that is in scope as its case is.

Whoever may edit an incident can write `correlation_id`, and whoever may tag a case our tag. So one of them alone proves
nothing: it counts where both records would be taken anyway, or where an operator says so (`forced`).

| what is found | linked |
|---|---|
| tag and `correlation_id` name each other; a tag whose case we announced (its request is kept) | yes |
| `correlation_id` on a record that our user made, of a case whose tags fit | yes |
| one pointer between a case and an incident that are both in scope | yes, unless two compete |
| a foreign tag, a record of another pair | never |
| anything else | only by an operator's command; said on the side that points |
"""

from __future__ import annotations

import re
import uuid
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from integration.cases.absence import unreadable
from integration.cases.apply.notes import say
from integration.cases.apply.writer import NAMESPACE
from integration.cases.link import CASE, IGNORED, NEW, STATUS, SUSPENDED, Blocked, Pair, value_fingerprint
from integration.cases.plan.comments import body_fingerprint
from integration.cases.plan.note import Note, with_serial
from integration.cases.ports import IncidentRow
from integration.clients.errors import Refused
from integration.model import CaseStatus
from integration.reconcile import create_once
from integration.reconcile.errors import Later
from mappers import notes
from mappers.comments import system_note

if TYPE_CHECKING:
    from collections.abc import Mapping

    from integration.cases.attempt import Attempt
    from integration.cases.link import Link
    from integration.cases.ports import IncidentRead, Row
    from integration.cases.reconciler import Reconciler, Settings
    from integration.model import Case, Incident
    from mappers.notes import Said

CASE_ARN = re.compile(r"arn:[\w-]+:security-ir:[\w-]+:\d{12}:case/([\w-]{10,64})")
SYS_ID = re.compile(r"[0-9a-f]{32}")
OUR_TAGS = "servicenow:"
REFUSED_ADOPTION = "adoption refused"


@dataclass
class Made:
    """What creation leaves to the pass: a claimed link, and what of the two sides is known from making it."""

    row: Row
    case: Case | None = None
    seen: IncidentRead | None = None


def own_sys_id(arn: str) -> str:
    """The sys_id we ask for: a second POST of the same case meets the first record."""
    return uuid.uuid5(NAMESPACE, arn).hex


# ---------------------------------------------------------------------------------------- scope
def in_scope(core: Reconciler, incident: Incident) -> bool:
    """Whether a case may be made for it without an operator's word."""
    settings = core.settings
    if core.rules.status.is_closed(incident.state):
        return False
    if incident.created is not None and incident.created.timestamp() < settings.installed_at:
        return False
    wanted = settings.incident_filter
    return not wanted or core.incidents.matches(incident.sys_id, wanted)


def wanted(settings: Settings, case: Case, tags: Mapping[str, str], *, forced: bool) -> bool:
    """Whether an incident may be made for it."""
    old = case.created is not None and case.created.timestamp() < settings.installed_at
    return _fits(settings, tags) and (forced or not (case.closed and old))


def _fits(settings: Settings, tags: Mapping[str, str]) -> bool:
    if _foreign(settings, tags):
        return False
    key, _, value = settings.case_tag.partition("=")
    return not key or (key in tags and value in {"", tags[key]})


def _foreign(settings: Settings, tags: Mapping[str, str]) -> bool:
    """Another deployment made it."""
    return any(key.startswith(OUR_TAGS) and key != settings.own_tag for key in tags)


def _free(core: Reconciler, sys_id: str, case_id: str) -> bool:
    """Neither of another pair nor about to become one."""
    known = core.links.incident(sys_id)
    return known is None or known.case_id == case_id or not (known.case_id or known.request)


# ---------------------------------------------------------------------------------------- from the case
def adopt_tagged(attempt: Attempt, row: Row, case: Case, tags: Mapping[str, str]) -> Made | str:
    """A case that bears our tag: made by us, its pass having died or the table being lost, or tagged by somebody."""
    core, tag = attempt.core, tags[attempt.core.settings.own_tag]
    table, _, sys_id = tag.rpartition("/")
    if table != core.incidents.table:
        row.link.state = IGNORED
        return attempt.leave("made from another table")
    kept = core.links.incident(sys_id) if SYS_ID.fullmatch(sys_id) else None
    if kept and kept.request and not kept.case_id:
        return Made(link_to(attempt, row, case, sys_id, **sent_with(kept.request)), case=case)
    if not SYS_ID.fullmatch(sys_id) or (kept and kept.case_id not in {"", case.case_id}):
        return _refuse_tag(attempt, row.link)
    seen = core.incidents.read(sys_id, None)
    if seen is None:
        return unreadable(attempt, row.link, sys_id)
    agreed = seen.incident.correlation_id == case.arn or attempt.wake.forced
    if agreed or (wanted(core.settings, case, tags, forced=False) and _takes(core, seen.incident)):
        return Made(link_to(attempt, row, case, sys_id), case=case, seen=seen)
    return _refuse_tag(attempt, row.link)


def _takes(core: Reconciler, incident: Incident) -> bool:
    return not CASE_ARN.fullmatch(incident.correlation_id) and in_scope(core, incident)


def _refuse_tag(attempt: Attempt, link: Link) -> str:
    writer, said = attempt.writer_on(link), notes.tag_refused(link.case_id)
    if said[0] not in link.notes_said:
        say(writer, Note(CASE, *said))
        link.notes_said = [*link.notes_said, said[0]]
        attempt.report.done.append(REFUSED_ADOPTION)
    link.state = IGNORED
    return attempt.leave("the tag names a record that is not ours to link", writer.rows)


def adopt_found(attempt: Attempt, row: Row, case: Case) -> Made | str | None:
    """The incident that carries the ARN of this case, which is in scope; None: none of them counts.

    One that our own user made comes first, the one with our sys_id before others.
    """
    core = attempt.core
    read = (core.incidents.read(sys_id, None) for sys_id in core.incidents.find(case.arn))
    seen = [s for s in read if s and _free(core, s.incident.sys_id, case.case_id)]
    ours = [s for s in seen if core.incidents.own(s.incident.created_by)]
    ours = [s for s in ours if s.incident.sys_id == own_sys_id(case.arn)] or ours
    if not ours:
        create_once.wait_until_settled(row.link.unsettled_until, core.clock())
    counted = ours or [s for s in seen if _named(attempt, s.incident) or in_scope(core, s.incident)]
    if len(counted) > 1:
        return _two_incidents(attempt, row.link)
    if not counted:
        return None
    found = counted[0]
    row = link_to(attempt, row, case, found.incident.sys_id, number=found.incident.number)
    return Made(row, case=case, seen=found)


def _named(attempt: Attempt, incident: Incident) -> bool:
    """By an operator."""
    return attempt.wake.forced and attempt.wake.key == incident.sys_id


def _two_incidents(attempt: Attempt, link: Link) -> str:
    """Nobody can tell which is the right one; a person clears one of them."""
    writer = attempt.writer_on(link)
    if link.state != SUSPENDED:
        say(writer, with_serial(link, CASE, notes.two_incidents(link.case_id)))
        link.state, link.serial = SUSPENDED, link.serial + 1
    return attempt.leave("two incidents carry this case's ARN", writer.rows)


# ---------------------------------------------------------------------------------------- from the incident
def adopt_pointing(attempt: Attempt, seen: IncidentRead, case_id: str) -> Made | str:
    """An incident that carries a case's ARN: made by us, its pass having died or the table being lost, or filled in by
    somebody. Nothing is claimed before it is known to count.
    """
    core, incident = attempt.core, seen.incident
    row = core.links.get(case_id)
    if row and row.link.linked:
        return _join_again(attempt, row, seen)
    case = core.cases.read(case_id)
    if case is None or case.arn != incident.correlation_id:
        return "correlation_id names no case of this account"
    tags = core.cases.tags(case.arn)
    agreed = tags.get(core.settings.own_tag) == f"{incident.table}/{incident.sys_id}"
    if not agreed and not _may_point(attempt, case, tags, incident):
        return _refuse(attempt, seen)
    return _adopt_counted(attempt, seen, case, agreed=agreed)


def _adopt_counted(attempt: Attempt, seen: IncidentRead, case: Case, *, agreed: bool) -> Made | str:
    row, incident = attempt.claim(case.case_id), seen.incident
    if row is None:
        return "left a mark"
    if row.link.linked:
        attempt.leave("linked meanwhile")
        return _join_again(attempt, row, seen)
    if agreed:
        return Made(link_to(attempt, row, case, incident.sys_id, number=incident.number), case=case, seen=seen)
    return adopt_found(attempt, row, case) or attempt.leave("no incident carries this case's ARN any more")


def _may_point(attempt: Attempt, case: Case, tags: Mapping[str, str], incident: Incident) -> bool:
    """Without a tag that says the same. An operator's word does not take what another deployment or record has."""
    settings, forced = attempt.core.settings, attempt.wake.forced
    if tags.get(settings.own_tag) or _foreign(settings, tags):
        return False
    if attempt.core.incidents.own(incident.created_by):
        return forced or _fits(settings, tags)
    return forced or (wanted(settings, case, tags, forced=False) and in_scope(attempt.core, incident))


def _join_again(attempt: Attempt, row: Row, seen: IncidentRead) -> Made | str:
    """The row of this incident was lost, or it is a copy: then the pair is not touched."""
    if row.link.sys_id != seen.incident.sys_id:
        return _refuse(attempt, seen)
    claimed = attempt.claim(row.link.case_id)
    return Made(joined(attempt, claimed), seen=seen) if claimed else "left a mark"


def _refuse(attempt: Attempt, seen: IncidentRead) -> str:
    """Nothing is shared and nothing of the case's pair touched. Looked at again when the incident changes."""
    core, incident, now = attempt.core, seen.incident, attempt.core.clock()
    source = value_fingerprint("source", incident.correlation_id)
    attempt.incident_claimed = incident.sys_id
    row = IncidentRow(incident.sys_id, table=incident.table)
    kept = core.links.claim_incident(row, attempt.hold.owner, now + core.settings.claim_s, now)
    if kept is None:
        raise Later("another pass looks at this incident", now + 2)
    before = kept.blocked if kept.blocked and kept.blocked.source == source else None
    blocked = before or Blocked("its correlation_id is not ours to link", source, now, 0)
    said = notes.pointer_refused(incident.correlation_id)
    if keep_blocked(attempt, seen, blocked, said, told=before):
        attempt.report.done.append(REFUSED_ADOPTION)
    return REFUSED_ADOPTION


def keep_blocked(attempt: Attempt, seen: IncidentRead, blocked: Blocked, said: Said, *, told: Blocked | None) -> bool:
    """The reason stands on the row and, once, in the journal; whether this was now. `told`: as it was refused before.

    Dies between the two: said by the next, but not before a note whose answer was lost must have landed, nor where
    nobody can read whether it has.
    """
    core, incident = attempt.core, seen.incident
    text = system_note(*said)
    core.links.block_incident(incident.sys_id, attempt.hold.owner, blocked)
    attempt.incident_claimed = ""
    if any(
        body_fingerprint(e.text) == body_fingerprint(text) and core.incidents.own(e.author) for e in incident.journal
    ):
        return False
    if told and seen.unread:
        return False
    if told and core.clock() < create_once.lands_until(told.since):
        raise Later("a note may still land", create_once.lands_until(told.since))
    with suppress(Refused):
        core.incidents.update(incident.sys_id, {"work_notes": text})
    return True


# ---------------------------------------------------------------------------------------- the link
def link_to(attempt: Attempt, row: Row, case: Case, sys_id: str, **more: Any) -> Row:
    incidents = attempt.core.incidents
    about = {"arn": case.arn, "instance": incidents.instance, "table": incidents.table, "unreadable_since": 0.0}
    return joined(attempt, row, **about, sys_id=sys_id, state=NEW, **more)


def joined(attempt: Attempt, row: Row, **found: Any) -> Row:
    """The row with the saved link. Until it is saved, nothing of it may be stored by a failing pass; where nobody
    knows whether it was, the claim is left to expire, since storing the old link would lose the base.
    """
    linked = replace(row.link, **found)
    attempt.link = None
    attempt.core.links.join(linked, attempt.hold.owner)
    attempt.link = linked
    return replace(row, link=linked)


def sent_with(request: Mapping[str, Any]) -> dict[str, Any]:
    """What the link remembers of it. A case of ours starts as Submitted; the incident's state counts as changed."""
    base = {name: Pair(*pair) for name, pair in request["base"].items()}
    return {"base": base | {STATUS: Pair(CaseStatus.SUBMITTED, None)}, "watchers": request["watchers"]}
