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
    from integration.cases.apply.writer import Writer
    from integration.cases.plan.whole import Plan


def carry_out(writer: Writer, plan: Plan) -> None:
    """What is left of the ledger rows is yet to be stored."""
    link, core, before = writer.link, writer.core, dict(writer.link.base)
    link.number, link.arn = plan.seen.incident.number or link.number, plan.case.arn or link.arn
    if plan.aside:
        put_aside(writer, plan.learned, plan.aside)
    else:
        _carry_out(writer, plan)
    link.serial += writer.spoke or link.base != before
    link.seen_mod = link.seen_mod if writer.again or not writer.shown else writer.shown.mod_count
    case = replace(plan.case, attachments=(*plan.case.attachments, *writer.uploaded))
    own_user, own_creator = core.incidents.own, core.cases.own
    remember_read(link, case, plan.seen, writer.made, core.rules, own_user, own_creator, waiting=writer.waiting)


def _carry_out(writer: Writer, plan: Plan) -> None:
    if any(plan.watchers.named.values()):
        announce_watchers(writer.link, plan.watchers)
    writer.announce_intents(plan.fields, writes_incident=plan.writes_incident, stores=bool(plan.watchers.changes))
    if plan.learned:
        writer.record(*plan.learned)
    _carry_over(writer, plan)
    _tell(writer, plan)
    _write(writer, plan)
    if plan.entries.walled:
        writer.record(*plan.entries.walled)
    writer.link.base |= plan.fields.base_once_said


def _carry_over(writer: Writer, plan: Plan) -> None:
    """Comments, entries and files, what goes to the case first: it may be closed."""
    entries, files = plan.entries, plan.files
    if entries.to_case or entries.held:
        post_comments(writer, entries)
    if files.to_case:
        carry_to_case(writer, files, alone=plan.only_files)
    if entries.to_journal:
        append_journal(writer, entries.to_journal)
    if files.to_incident:
        carry_to_incident(writer, files)


def _tell(writer: Writer, plan: Plan) -> None:
    if plan.files.said or plan.findings:
        writer.tell_each([*plan.files.said, *plan.findings])
    writer.done += [WATCHERS_STAY] * len(plan.watchers.notes)
    for note in plan.notes:
        writer.say(note)


def _write(writer: Writer, plan: Plan) -> None:
    if writer.again:  # what was read is old by now: the fields wait for the next run, or somebody's save is lost
        writer.withdraw_intents()
        for note in plan.joined:
            writer.say(note)
        return
    if plan.columns or plan.fields.to_incident:
        write_incident(writer, plan)
    watched = change_watchers(writer, plan.watchers)
    if plan.fields.to_case:
        write_case(writer, plan)
    remember_watchers(writer.link, plan.watchers, done=watched and "watchers:incident" not in writer.link.blocked)
