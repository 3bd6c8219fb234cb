"""One step of a pass: what is planned from one look at both sides is carried out, and what is remembered is noted."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from integration.cases.apply.attachments import carry_to_case, carry_to_incident
from integration.cases.apply.comments import append_journal, post_comments
from integration.cases.apply.fields import Columns, change_watchers, parted, write_case, write_incident
from integration.cases.aside import KILLED_MOST, put_aside, what_is_left
from integration.cases.ledger import fresh_comments, fresh_journal, known_files, without_comments
from integration.cases.link import INCIDENT
from integration.cases.plan.attachments import held_files, plan_files
from integration.cases.plan.changed import remember_read
from integration.cases.plan.comments import plan_entries, references
from integration.cases.plan.fields import plan_fields
from integration.cases.plan.notes import link_columns, plan_investigations, plan_notes
from integration.cases.plan.watchers import WATCHERS_STAY, carry_watchers
from integration.cases.ports import INVESTIGATION

if TYPE_CHECKING:
    from integration.cases.aside import Left
    from integration.cases.attempt import Attempt
    from integration.cases.link import Link
    from integration.cases.plan.note import Note
    from integration.cases.ports import IncidentRead, LedgerRow
    from integration.model import Case, Incident


def step(attempt: Attempt, link: Link, case: Case, seen: IncidentRead) -> list[LedgerRow]:
    """Plan from what was read, act, and note what is remembered. The ledger rows are yet to be stored."""
    core, incident = attempt.core, seen.incident
    link.number, link.arn = incident.number or link.number, case.arn or link.arn
    comments, known = fresh_comments(link, case, core.links, unclean=attempt.unclean)
    journal, known_otherwise = fresh_journal(link, seen, core.links, core.incidents.own, unclean=attempt.unclean)
    if attempt.deaths >= KILLED_MOST:
        left = what_is_left(comments, known, journal, incident, core.rules, core.incidents.own, core.cases.own)
        if _put_aside(attempt, link, case, seen, left):
            return [*known_otherwise, *(attempt.acting.rows if attempt.acting else ())]
    fields = plan_fields(link, case, incident, core.rules, core.clock())
    if fields.closes_case and held_files(incident, seen.at):
        fields = fields.without_closing()
    entries = plan_entries(
        without_comments(case, comments),
        incident,
        {e.sys_id for e in journal},
        known,
        core.rules,
        core.incidents.own,
        core.cases.own,
        core.settings.installed_at,
    )
    unclean = attempt.unclean or link.rules != core.rules.digest
    carried = known_files(link, case, incident, core.links, core.incidents.own, core.cases.own, unclean=unclean)
    files = plan_files(case, incident, carried, core.rules, core.incidents.own, core.cases.own)
    notes = plan_notes(link, case, seen, core.rules, fields, entries)
    findings = _findings(attempt, link, case, incident)
    watchers = carry_watchers(link, case, seen, core.rules, core.cases, core.incidents)
    kept = watchers.notes(link, case)
    notes = (*kept, *notes)
    columns = [Columns("reference:", link_columns(case, incident)), Columns("watchers:incident", watchers.columns)]
    attempt.acting = acting = attempt.acting_on(link, incident)
    attempt.report.reasons += [*fields.reasons, *entries.reasons, *watchers.reasons]
    planned = (fields.on(INCIDENT), entries.to_journal, files.said, notes, findings, *(c.values for c in columns))
    before = dict(link.base)
    watchers.announce(link)
    acting.announce_intents(fields, writes_incident=any(planned), stores=bool(watchers.changes))
    acting.record(*known_otherwise, *entries.learned, *files.learned)
    post_comments(acting, entries)
    carry_to_case(acting, files, alone=not (fields.writes or watchers.columns or watchers.changes))
    append_journal(acting, entries.to_journal)
    carry_to_incident(acting, files, core.rules.attachments.max_mb)
    acting.tell_each([*files.said, *findings])
    acting.done += [WATCHERS_STAY] * len(kept)
    alone, joined = parted(acting, notes, fields, columns)
    for note in alone:
        acting.say(note)
    if acting.again:  # what was read is old by now: the fields wait for the next run, or somebody's save is lost
        acting.withdraw_intents()
        for note in joined:
            acting.say(note)
    else:
        write_incident(acting, fields, columns, joined, case, incident)
        watched = change_watchers(acting, watchers.changes)
        write_case(acting, fields, case, incident)
        watchers.remember(link, done=watched and "watchers:incident" not in link.blocked)
    acting.record(*entries.walled)
    link.base |= fields.base_once_said
    link.serial += acting.spoke or link.base != before
    link.seen_mod = link.seen_mod if acting.again or not acting.shown else acting.shown.mod_count
    case = replace(case, attachments=(*case.attachments, *acting.uploaded))
    remember_read(link, case, seen, acting.made, core.rules, core.incidents.own, core.cases.own, waiting=acting.waiting)
    return acting.rows


def _put_aside(attempt: Attempt, link: Link, case: Case, seen: IncidentRead, left: Left) -> bool:
    """Before anything is made of the news; what is left is for the next run."""
    core, attempt.deaths = attempt.core, 0
    own, own_creator = core.incidents.own, core.cases.own
    known = known_files(link, case, seen.incident, core.links, own, own_creator, unclean=True)
    files = plan_files(case, seen.incident, known, core.rules, own, own_creator)
    attempt.acting = acting = attempt.acting_on(link, seen.incident)
    if not put_aside(acting, left, files):
        return False
    acting.again = True
    link.serial += 1
    remember_read(link, case, seen, acting.made, core.rules, own, own_creator)
    attempt.report.reasons.append("put aside: passes were killed on it")
    return True


def _findings(attempt: Attempt, link: Link, case: Case, incident: Incident) -> tuple[tuple[Note, LedgerRow], ...]:
    if not case.investigations:
        return ()
    known = attempt.core.links.whole_ledger(link.case_id, INVESTIGATION)
    return plan_investigations(case, known, {r.ref for r in references(incident, attempt.core.incidents.own)})
