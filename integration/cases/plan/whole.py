"""One pass as one plan: everything it does, each with its reason, in its order. Pure.

`plan_of` decides from what was read alone; carrying out only chooses which of the listed ways the other side takes.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from integration.cases.plan.aside import Aside, plan_aside
from integration.cases.plan.asked import Asks
from integration.cases.plan.attachments import FilePlan, held_files, plan_files
from integration.cases.plan.columns import Columns, columns_back
from integration.cases.plan.comments import EntryPlan, plan_entries, references
from integration.cases.plan.fields import FieldPlan, plan_fields
from integration.cases.plan.notes import plan_investigations, plan_notes
from integration.cases.plan.steps import Step, columns_step, steps_of
from integration.cases.plan.waiting import part_waiting
from integration.cases.plan.watchers import Watchers, plan_watchers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from integration.cases.link import Blocked
    from integration.cases.plan.look import Look
    from integration.cases.plan.note import Note
    from integration.cases.ports import IncidentRead, LedgerRow
    from integration.model import Case

KILLED = "put aside: passes were killed on it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What one pass does with what one look showed, in the order of its members.

    `learned` is recorded without a write. `notes` are said alone, `joined` goes with the PATCH of `fields` and
    `columns`. `aside`: nothing but this, the other parts being empty. `asks`: not whole before these are answered.
    `waiting` was refused before and is not due; `blocked` is all that is blocked on this link.
    """

    case: Case
    seen: IncidentRead
    aside: Aside | None = None
    learned: tuple[LedgerRow, ...] = ()
    entries: EntryPlan = field(default_factory=EntryPlan)
    files: FilePlan = field(default_factory=FilePlan)
    findings: tuple[tuple[Note, LedgerRow], ...] = ()
    notes: tuple[Note, ...] = ()
    columns: tuple[Columns, ...] = ()
    fields: FieldPlan = field(default_factory=FieldPlan)
    joined: tuple[Note, ...] = ()
    watchers: Watchers = field(default_factory=Watchers)
    asks: Asks = field(default_factory=Asks)
    reasons: tuple[str, ...] = ()
    waiting: tuple[Step, ...] = ()
    blocked: Mapping[str, Blocked] = field(default_factory=dict)
    only_files: bool = False
    """Nothing but files goes to the case or to the fields of the incident."""
    writes_incident: bool = False
    """Something may land in ServiceNow after the pass has died."""

    @property
    def steps(self) -> tuple[Step, ...]:
        """All of it in words, in the order it is carried out; without a text of a record."""
        return steps_of(self)


def plan_of(look: Look) -> Plan:
    """One plan out of one look. The same look gives the same plan."""
    aside = plan_aside(look) if look.deaths else None
    return _put_aside(look, aside) if aside else _planned(look)


def _put_aside(look: Look, aside: Aside) -> Plan:
    """Before anything is made of the news; what is left is for the next run."""
    learned = (*look.known.otherwise, *aside.learned)
    return Plan(case=look.case, seen=look.seen, aside=aside, learned=learned, reasons=(KILLED,))


def _planned(look: Look) -> Plan:
    link, answers = look.link, look.answers
    fields = plan_fields(
        link, look.case, look.seen.incident, look.rules, look.now, answers.close_codes, files_held=_files_held(look)
    )
    entries = _entries(look) if look.known.comments or look.known.journal else EntryPlan()
    files = _files(look) if look.case.attachments or look.seen.incident.attachments else FilePlan()
    findings = _findings(look) if look.case.investigations else ()
    watchers = _watchers(look)
    columns = _columns(look, watchers)
    due = tuple(c for c in columns if not link.waits(c.key, c.source, look.now))
    waiting = tuple(replace(columns_step(c), waits=link.blocked[c.key].reason) for c in columns if c not in due)
    if link.blocked:
        entries, files, more = part_waiting(link, entries, files, look.now)
        waiting += more
    alone, joined = plan_notes(link, look.case, look.seen, look.rules, fields, entries, watchers, due)
    said = (*files.said, *findings, *alone, *joined)
    return Plan(
        case=look.case,
        seen=look.seen,
        learned=(*look.known.otherwise, *entries.learned, *files.learned),
        entries=entries,
        files=files,
        findings=findings,
        notes=alone,
        columns=due,
        fields=fields,
        joined=joined,
        watchers=watchers,
        asks=watchers.asks | Asks(close_codes=fields.ends_incident and answers.close_codes is None),
        reasons=(*fields.reasons, *entries.reasons, *watchers.reasons),
        waiting=waiting,
        blocked=dict(link.blocked),
        only_files=not (fields.writes or watchers.columns.values or watchers.changes),
        writes_incident=bool(fields.to_incident or entries.to_journal or due or said),
    )


def _watchers(look: Look) -> Watchers:
    link, watchers = look.link, plan_watchers(look.link, look.case, look.seen, look.rules, look.answers)
    waits = watchers.changes and link.waits(watchers.key, watchers.source, look.now)
    return replace(watchers, waits=link.blocked[watchers.key].reason) if waits else watchers


def _columns(look: Look, watchers: Watchers) -> tuple[Columns, ...]:
    back = () if look.seen.incident.correlation_id else (columns_back(look.case),)
    return (*back, watchers.columns) if watchers.columns.values else back


def _entries(look: Look) -> EntryPlan:
    return plan_entries(
        replace(look.case, comments=look.known.comments),
        look.seen.incident,
        {entry.sys_id for entry in look.known.journal},
        look.known.comment_rows,
        look.rules,
        look.own_user,
        look.own_creator,
        look.installed_at,
    )


def _files(look: Look) -> FilePlan:
    return plan_files(look.case, look.seen.incident, look.known.files, look.rules, look.own_user, look.own_creator)


def _files_held(look: Look) -> bool:
    return bool(look.seen.incident.attachments and held_files(look.seen.incident, look.seen.at))


def _findings(look: Look) -> tuple[tuple[Note, LedgerRow], ...]:
    there = {reference.ref for reference in references(look.seen.incident, look.own_user)}
    return plan_investigations(look.case, look.known.findings, there)
