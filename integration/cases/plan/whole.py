"""One pass as one plan: everything it does, each with its reason, in its order. Pure.

`plan_of` decides from what was read alone; carrying out only chooses which of the listed ways the other side takes.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from integration.cases.link import INCIDENT
from integration.cases.plan.aside import Aside, plan_aside
from integration.cases.plan.asked import Asks
from integration.cases.plan.attachments import FilePlan, held_files, plan_files
from integration.cases.plan.columns import Columns, columns_back
from integration.cases.plan.comments import EntryPlan, plan_entries, references
from integration.cases.plan.fields import FieldPlan, plan_fields
from integration.cases.plan.notes import parted, plan_investigations, plan_notes
from integration.cases.plan.steps import Step, steps_of
from integration.cases.plan.watchers import Watchers, plan_watchers

if TYPE_CHECKING:
    from integration.cases.plan.look import Look
    from integration.cases.plan.note import Note
    from integration.cases.ports import IncidentRead, LedgerRow
    from integration.model import Case, Incident

KILLED = "put aside: passes were killed on it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What one pass does with what one look showed, in the order of its members.

    `learned` is recorded without a write. `notes` are said alone, `joined` goes with the PATCH of `fields` and
    `columns`. `walled` are rows of what stays behind, recorded last. `aside`: nothing but this, the other parts being
    empty. `asks`: not whole before these are answered. `steps` says all of it in words, without a text of a record.
    """

    case: Case
    seen: IncidentRead
    aside: Aside | None = None
    learned: tuple[LedgerRow, ...] = ()
    entries: EntryPlan = field(default_factory=EntryPlan)
    files: FilePlan = field(default_factory=FilePlan)
    findings: tuple[tuple[Note, LedgerRow], ...] = ()
    notes: tuple[Note, ...] = ()
    joined: tuple[Note, ...] = ()
    fields: FieldPlan = field(default_factory=FieldPlan)
    columns: tuple[Columns, ...] = ()
    watchers: Watchers = field(default_factory=Watchers)
    asks: Asks = field(default_factory=Asks)
    reasons: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()

    @property
    def incident(self) -> Incident:
        return self.seen.incident

    @property
    def due_columns(self) -> tuple[Columns, ...]:
        return tuple(columns for columns in self.columns if not columns.waits)

    @property
    def writes_incident(self) -> bool:
        """Something may land in ServiceNow after the pass has died."""
        fields, told = self.fields.on(INCIDENT), (*self.files.said, *self.findings, *self.notes, *self.joined)
        return bool(fields or self.entries.to_journal or told or self.due_columns)

    @property
    def only_files(self) -> bool:
        """Nothing but files goes to the case or to the fields of the incident."""
        return not (self.fields.writes or self.watchers.columns or self.watchers.changes)


def plan_of(look: Look) -> Plan:
    """One plan out of one look. The same look gives the same plan."""
    aside = plan_aside(look)
    plan = _put_aside(look, aside) if aside else _planned(look)
    return replace(plan, steps=steps_of(plan, look.link, look.now))


def _put_aside(look: Look, aside: Aside) -> Plan:
    """Before anything is made of the news; what is left is for the next run."""
    learned = (*look.otherwise, *aside.learned)
    return Plan(case=look.case, seen=look.seen, aside=aside, learned=learned, reasons=(KILLED,))


def _planned(look: Look) -> Plan:
    link, case, incident, rules = look.link, look.case, look.incident, look.rules
    fields = plan_fields(link, case, incident, rules, look.now, look.answers.close_codes)
    if held_files(incident, look.seen.at):
        fields = fields.without_closing()
    entries = _entries(look)
    files = plan_files(case, incident, look.files, rules, look.own_user, look.own_creator)
    watchers = plan_watchers(link, case, look.seen, rules, look.answers)
    columns = _columns(look, watchers)
    said = (*watchers.notes, *plan_notes(link, case, look.seen, rules, fields, entries))
    alone, joined = parted(said, fields.on(INCIDENT), [c for c in columns if not c.waits])
    return Plan(
        case=case,
        seen=look.seen,
        learned=(*look.otherwise, *entries.learned, *files.learned),
        entries=entries,
        files=files,
        findings=_findings(look),
        notes=alone,
        joined=joined,
        fields=fields,
        columns=columns,
        watchers=watchers,
        asks=watchers.asks | Asks(close_codes=fields.ends_incident and look.answers.close_codes is None),
        reasons=(*fields.reasons, *entries.reasons, *watchers.reasons),
    )


def _columns(look: Look, watchers: Watchers) -> tuple[Columns, ...]:
    listed = Columns("watchers:incident", watchers.columns, "added or removed on the case")
    both = columns_back(look.case, look.incident), listed
    return tuple(_unless_blocked(look, columns) for columns in both if columns.values)


def _unless_blocked(look: Look, columns: Columns) -> Columns:
    blocked = look.link.waits(columns.key, columns.source, look.now)
    return replace(columns, waits=look.link.blocked[columns.key].reason) if blocked else columns


def _entries(look: Look) -> EntryPlan:
    return plan_entries(
        look.fresh_case,
        look.incident,
        {entry.sys_id for entry in look.journal},
        look.comment_rows,
        look.rules,
        look.own_user,
        look.own_creator,
        look.installed_at,
    )


def _findings(look: Look) -> tuple[tuple[Note, LedgerRow], ...]:
    if not look.case.investigations:
        return ()
    there = {reference.ref for reference in references(look.incident, look.own_user)}
    return plan_investigations(look.case, look.findings, there)
