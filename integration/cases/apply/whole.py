"""Carry out a plan, in its order; and note on the link what is remembered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from integration.cases.apply.aside import put_aside
from integration.cases.apply.attachments import carry_to_case, carry_to_incident
from integration.cases.apply.comments import append_journal, post_comments
from integration.cases.apply.fields import write_case, write_incident
from integration.cases.apply.notes import say, tell_each
from integration.cases.apply.remember import remember
from integration.cases.apply.watchers import announce_watchers, change_watchers
from integration.cases.plan.watchers import WATCHERS_STAY

if TYPE_CHECKING:
    from integration.cases.apply.writer import Writer
    from integration.cases.plan.whole import Plan


def carry_out(writer: Writer, plan: Plan) -> None:
    """What is left of the ledger rows is yet to be stored."""
    link, before = writer.link, dict(writer.link.base)
    link.number, link.arn = plan.seen.incident.number or link.number, plan.case.arn or link.arn
    if plan.aside:
        put_aside(writer, plan.learned, plan.aside)
    wrote = not plan.aside and _carry_out(writer, plan)
    link.serial += writer.spoke or link.base != before
    remember(writer, plan, wrote=wrote)


def _carry_out(writer: Writer, plan: Plan) -> bool:
    """Whether the values were written: what was read is old after an upload, or once somebody saved in between; then
    they wait for the next run, or somebody's save is lost.
    """
    if any(plan.watchers.named.values()):
        announce_watchers(writer.link, plan.watchers)
    writer.announce_intents(plan.fields, writes_incident=plan.writes_incident, stores=bool(plan.watchers.changes))
    if plan.learned:
        writer.record(*plan.learned)
    _carry_over(writer, plan)
    _tell(writer, plan)
    wrote = not writer.again
    if wrote:
        _write(writer, plan)
    else:
        _leave(writer, plan)
    if plan.entries.walled:
        writer.record(*plan.entries.walled)
    writer.link.base |= plan.fields.base_once_said
    return wrote


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
        tell_each(writer, [*plan.files.said, *plan.findings])
    writer.done += [WATCHERS_STAY] * len(plan.watchers.notes)
    for note in plan.notes:
        say(writer, note)


def _write(writer: Writer, plan: Plan) -> None:
    if plan.columns or plan.fields.to_incident:
        write_incident(writer, plan)
    if plan.watchers.changes and not plan.watchers.waits:
        change_watchers(writer, plan.watchers)
    elif not plan.watchers.changes:
        writer.link.blocked.pop(plan.watchers.key, None)
    if plan.fields.to_case:
        write_case(writer, plan)


def _leave(writer: Writer, plan: Plan) -> None:
    writer.withdraw_intents()
    for note in plan.joined:
        say(writer, note)
