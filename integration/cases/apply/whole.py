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
    link.number, link.arn = plan.incident.number or link.number, plan.case.arn or link.arn
    if plan.aside:
        put_aside(acting, plan.learned, plan.aside)
    else:
        announce_watchers(link, plan.watchers)
        acting.announce_intents(plan.fields, writes_incident=plan.writes_incident, stores=bool(plan.watchers.changes))
        acting.record(*plan.learned)
        _carry(acting, plan)
        _write(acting, plan)
        acting.record(*plan.entries.walled)
        link.base |= plan.fields.base_once_said
    link.serial += acting.spoke or link.base != before
    link.seen_mod = link.seen_mod if acting.again or not acting.shown else acting.shown.mod_count
    case = replace(plan.case, attachments=(*plan.case.attachments, *acting.uploaded))
    own_user, own_creator = core.incidents.own, core.cases.own
    remember_read(link, case, plan.seen, acting.made, core.rules, own_user, own_creator, waiting=acting.waiting)


def _carry(acting: Acting, plan: Plan) -> None:
    post_comments(acting, plan.entries)
    carry_to_case(acting, plan.files, alone=plan.only_files)
    append_journal(acting, plan.entries.to_journal)
    carry_to_incident(acting, plan.files)
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
    write_incident(acting, plan)
    watched = change_watchers(acting, plan.watchers)
    write_case(acting, plan)
    remember_watchers(acting.link, plan.watchers, done=watched and "watchers:incident" not in acting.link.blocked)
