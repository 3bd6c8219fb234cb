"""A plan in words: each step of it with its reason, in the order it is carried out. Pure; never a text of a record."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from integration.cases.link import CASE, INCIDENT, STATUS
from integration.cases.plan.attachments import block_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from integration.cases.plan.attachments import FilePlan
    from integration.cases.plan.columns import Columns
    from integration.cases.plan.comments import EntryPlan
    from integration.cases.plan.note import Note
    from integration.cases.plan.whole import Plan
    from integration.cases.plan.writes import FieldWrite

NOTE, COMMENT, ENTRY, FILE = "note", "comment", "entry", "file"
FIELD, COLUMNS, WATCHERS = "field", "columns", "watchers"
FILES_HELD = "files are held by a scan"
NOTES = {
    "case-closed": "the case is closed and takes nothing more",
    "closed": "the case is about to be closed",
    "conflict": "this side's value lost",
    "context": "the case's context is new or another",
    "continued": "the field is too short for the text",
    "empty-file": "a file is empty",
    "file-removed": "a file was removed on the incident",
    "files-stay": "more files stay where they are",
    "investigation": "an investigation of AWS has ended",
    "put-aside": "passes were killed on it",
    "refused": "two automations set a field in turn",
    "reopened": "the incident was reopened and the case is closed",
    "scan-failed": "a file failed its scan",
    "status": "no way leads to this status",
    "too-large": "a file is too large",
    "too-many-files": "the case takes no more files",
    "unavailable-file": "a file was taken away by a scan",
    "unknown-kind": "nothing tells a comment from a work note",
    "unread-journal": "the journal cannot be read",
    "watchers-stay": "addresses of other domains stay where they are",
}
"""Why a note of this kind is said."""


@dataclass(frozen=True, slots=True)
class Step:
    """`what` is written on which `side`: a comment made of an entry, an entry made of a comment, a file, a note, a
    field, the status. `about`: the field, or the id of what is carried over; of a note, its kind.

    `ways` are those of the status, each from here to its end: the first that the other side lets us go counts.
    `columns`: what an incident is sent. `waits`: why it is not done now, though it is due.
    """

    what: str
    side: str
    about: str
    why: str
    ways: tuple[tuple[str, ...], ...] = ()
    columns: tuple[str, ...] = ()
    waits: str = ""


def steps_of(plan: Plan) -> tuple[Step, ...]:
    if plan.aside:
        return tuple(_note(note) for note, _ in plan.aside.told)
    return (*_carried(plan), *_told(plan), *_on_incident(plan), *_on_case(plan), *plan.waiting)


def carried_steps(entries: EntryPlan, files: FilePlan) -> Iterator[tuple[Step, str, str]]:
    """Each with the key of what blocks it and the source that this block remembers."""
    for post in entries.to_case:
        yield Step(COMMENT, CASE, post.entry.sys_id, "new in the journal"), post.key, post.source
    for file, _ in files.to_case:
        yield Step(FILE, CASE, file.sys_id, "new on the incident"), *block_of(file)
    for item in entries.to_journal:
        why = "edited on the case" if item.edited else "new on the case"
        step = Step(ENTRY, INCIDENT, item.comment.comment_id, why, columns=(item.element,))
        yield step, item.key, item.source
    for held, _, _ in files.to_incident:
        yield Step(FILE, INCIDENT, held.attachment_id, "new on the case"), *block_of(held)


def columns_step(columns: Columns) -> Step:
    return Step(COLUMNS, INCIDENT, columns.key.partition(":")[0], columns.why, columns=tuple(columns.values))


def _carried(plan: Plan) -> Iterator[Step]:
    for step, _, _ in carried_steps(plan.entries, plan.files):
        yield step


def _told(plan: Plan) -> Iterator[Step]:
    for note, row in (*plan.files.said, *plan.findings):
        yield replace(_note(note), about=row.id)
    for note in plan.notes:
        yield _note(note)


def _on_incident(plan: Plan) -> Iterator[Step]:
    for columns in plan.columns:
        yield columns_step(columns)
    for write in plan.fields.to_incident:
        yield _field(write)
    for note in (*plan.joined, *(write.lost for write in plan.fields.to_incident if write.lost)):
        yield _note(note)
    yield from _blocked(plan, INCIDENT)


def _on_case(plan: Plan) -> Iterator[Step]:
    if plan.watchers.changes:
        yield Step(WATCHERS, CASE, "watchers", "added or removed on the incident", waits=plan.watchers.waits)
    for write in plan.fields.to_case:
        for note in (write.lost, write.closing):
            if note:
                yield _note(note)
        yield _field(write)
    for write in plan.fields.put_off:
        yield replace(_field(write), waits=FILES_HELD)
    yield from _blocked(plan, CASE)


def _field(write: FieldWrite) -> Step:
    what = STATUS if write.field == STATUS else FIELD
    return Step(what, write.side, write.field, write.why, write.ways, tuple(write.values))


def _note(note: Note) -> Step:
    return Step(NOTE, note.side, note.kind, NOTES[note.kind])


def _blocked(plan: Plan, side: str) -> Iterator[Step]:
    """Fields that wait behind a refusal."""
    for key, block in plan.fields.blocked.items():
        name, _, written = key.removeprefix("field:").partition(">")
        if written == side:
            yield Step(STATUS if name == STATUS else FIELD, side, name, "changed on the other side", waits=block.reason)
