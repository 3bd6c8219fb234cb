"""What one pass says to people besides the losing values of conflicts. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from integration.cases.link import CASE, INCIDENT, context_fingerprint, value_fingerprint
from integration.cases.plan.note import Note, once, with_serial
from integration.cases.ports import INVESTIGATION, LedgerRow
from mappers import notes
from mappers.comments import system_note

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from integration.cases.link import Link
    from integration.cases.plan.columns import Columns
    from integration.cases.plan.comments import EntryPlan
    from integration.cases.plan.fields import FieldPlan
    from integration.cases.plan.watchers import Watchers
    from integration.cases.ports import IncidentRead
    from integration.model import Case, Incident, Value
    from mappers.mapping_rules import MappingRules

FINISHED = frozenset({"Completed", "Failed"})
UNREAD_S = 120.0
"""One look that shows no journal proves nothing."""


def plan_notes(
    link: Link,
    case: Case,
    seen: IncidentRead,
    rules: MappingRules,
    fields: FieldPlan,
    entries: EntryPlan,
    watchers: Watchers,
    columns: Sequence[Columns],
) -> tuple[tuple[Note, ...], tuple[Note, ...]]:
    """Every note of this pass that is not bound to one write or file; what was said once and still holds is left out.

    Those that are said alone, and the one that goes with the PATCH of fields and columns: a journal column appends once
    per PATCH, and where values lose they are its note.
    """
    said = (*watchers.notes, *_unsaid(link, case, seen, rules, fields, entries))
    free = bool(fields.to_incident or columns) and not any(write.lost for write in fields.to_incident)
    last = 1 if free and said and said[-1].side == INCIDENT else 0
    return said[: len(said) - last], said[len(said) - last :]


def _unsaid(
    link: Link, case: Case, seen: IncidentRead, rules: MappingRules, fields: FieldPlan, entries: EntryPlan
) -> tuple[Note, ...]:
    said, incident = list(fields.notes), seen.incident
    if rules.context and context_fingerprint(notes.context(case)[2]) != link.context:
        note = with_serial(link, INCIDENT, notes.context(case))
        said += [] if not link.context and _already_said(note, incident) else [note]
    said += _continued(case, incident, rules, fields)
    if entries.walled:
        said.append(once(INCIDENT, notes.closed_wall(case.case_id)))
    said += [once(INCIDENT, notes.unknown_kind(kept=rules.comments.work_notes_private))] if entries.unsure else []
    if seen.unread and link.journal_unread and seen.at - link.journal_unread >= UNREAD_S:
        said.append(once(INCIDENT, notes.unread_journal()))
    unsaid = {note.once or note.ref: note for note in said if note.once not in link.notes_said}
    return tuple(unsaid.values())


def _continued(case: Case, incident: Incident, rules: MappingRules, fields: FieldPlan) -> Iterator[Note]:
    """What a field is too short for, beside the field, once per value: texts are split, never cut."""
    for rule in rules.fields:
        on_case, on_incident = case.values.get(rule.case, ""), incident.values.get(rule.incident, "")
        together = rule.accepted(on_case, on_incident)
        written = {write.side for write in fields.writes if write.field == rule.case}
        if INCIDENT in written or (together and not written):
            yield from _rest(INCIDENT, rule.case, on_case, rule.rest_for_incident(on_case))
        if CASE in written or (together and not written and not case.closed):
            yield from _rest(CASE, rule.case, on_incident, rule.rest_for_case(on_incident))


def _rest(side: str, name: str, value: Value, rest: str) -> Iterator[Note]:
    if rest.strip():
        kind, ref, text = notes.overflow(name, rest)
        mark = f"{ref}.{value_fingerprint(name, value)[:12]}"
        yield Note(side, kind, mark, text, once=f"{kind}:{mark}")


def plan_investigations(
    case: Case, known: Mapping[str, LedgerRow], there: Collection[str]
) -> tuple[tuple[Note, LedgerRow], ...]:
    """AWS's finished results, once each. `there`: ids told in the journal already, by a pass that then died."""
    said = []
    for found in case.investigations:
        row = LedgerRow(INVESTIGATION, found.investigation_id, why="told")
        if found.status in FINISHED and row.key not in known and found.investigation_id not in there:
            said.append((Note(INCIDENT, *notes.investigation(found)), row))
    return tuple(said)


def _already_said(note: Note, incident: Incident) -> bool:
    """Whether a link that remembers nothing, its table being lost, finds the note in the journal already."""
    body = system_note(note.kind, note.ref, note.text).partition("\n")[2]
    return any(entry.text.partition("\n")[2] == body for entry in incident.journal)
