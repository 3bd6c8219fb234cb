"""Carry out a plan, in its order; and note on the link what is remembered."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from integration.cases.apply.aside import put_aside
from integration.cases.apply.attachments import carry_to_case, carry_to_incident
from integration.cases.apply.comments import append_journal, post_comments
from integration.cases.apply.fields import write_case, write_incident
from integration.cases.apply.watchers import announce_watchers, change_watchers, remember_watchers
from integration.cases.plan.changed import remember_read
from integration.cases.plan.watchers import WATCHERS_STAY

if TYPE_CHECKING:
    from integration.cases.apply.writer import Acting
    from integration.cases.plan.whole import Plan


def carry_out(acting: Acting, plan: Plan) -> None:
    """What is left of the ledger rows is yet to be stored."""
    link, core, before = acting.link, acting.core, dict(acting.link.base)
    link.number, link.arn = plan.seen.incident.number or link.number, plan.case.arn or link.arn
    if plan.aside:
        put_aside(acting, plan.learned, plan.aside)
    else:
        _carry_out(acting, plan)
    link.serial += acting.spoke or link.base != before
    link.seen_mod = link.seen_mod if acting.again or not acting.shown else acting.shown.mod_count
    case = replace(plan.case, attachments=(*plan.case.attachments, *acting.uploaded))
    own_user, own_creator = core.incidents.own, core.cases.own
    remember_read(link, case, plan.seen, acting.made, core.rules, own_user, own_creator, waiting=acting.waiting)


def _carry_out(acting: Acting, plan: Plan) -> None:
    if any(plan.watchers.named.values()):
        announce_watchers(acting.link, plan.watchers)
    acting.announce_intents(plan.fields, writes_incident=plan.writes_incident, stores=bool(plan.watchers.changes))
    if plan.learned:
        acting.record(*plan.learned)
    _carry_over(acting, plan)
    _tell(acting, plan)
    _write(acting, plan)
    if plan.entries.walled:
        acting.record(*plan.entries.walled)
    acting.link.base |= plan.fields.base_once_said


def _carry_over(acting: Acting, plan: Plan) -> None:
    """Comments, entries and files, what goes to the case first: it may be closed."""
    entries, files = plan.entries, plan.files
    if entries.to_case or entries.held:
        post_comments(acting, entries)
    if files.to_case:
        carry_to_case(acting, files, alone=plan.only_files)
    if entries.to_journal:
        append_journal(acting, entries.to_journal)
    if files.to_incident:
        carry_to_incident(acting, files)


def _tell(acting: Acting, plan: Plan) -> None:
    if plan.files.said or plan.findings:
        acting.tell_each([*plan.files.said, *plan.findings])
    acting.done += [WATCHERS_STAY] * len(plan.watchers.notes)
    for note in plan.notes:
        acting.say(note)


def _write(acting: Acting, plan: Plan) -> None:
    if acting.again:  # what was read is old by now: the fields wait for the next run, or somebody's save is lost
        acting.withdraw_intents()
        for note in plan.joined:
            acting.say(note)
        return
    if plan.columns or plan.fields.to_incident:
        write_incident(acting, plan)
    watched = change_watchers(acting, plan.watchers)
    if plan.fields.to_case:
        write_case(acting, plan)
    remember_watchers(acting.link, plan.watchers, done=watched and "watchers:incident" not in acting.link.blocked)
