"""Say notes, each once: by its token on AWS, by its text in ServiceNow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from integration.cases.apply.writer import token
from integration.cases.link import CASE, INCIDENT
from integration.cases.plan.comments import body_fingerprint
from integration.cases.plan.note import with_serial
from integration.cases.ports import COMMENT, LedgerRow
from integration.clients.errors import Refused
from mappers import notes
from mappers.comments import system_notes

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from integration.cases.apply.writer import Writer
    from integration.cases.plan.note import Note

NOTES_KEPT = 20


def say(writer: Writer, note: Note) -> None:
    """What a case does not take, being closed, is said on the incident; refused there too, `status` is all that is left
    to tell.
    """
    ways = [comment] if note.side == CASE else []
    ways += [_append] if note.side == INCIDENT or writer.incident else []
    for way in ways:
        try:
            way(writer, note)
        except Refused:
            writer.done.append("note refused")
        else:
            return


def comment(writer: Writer, note: Note) -> None:
    """Dies after the call: the same token returns the same comment."""
    bodies = system_notes(note.kind, note.ref, note.text, writer.core.rules.comments.comment_limit)
    for number, body in enumerate(bodies):
        cause = token("note", writer.link.case_id, note.kind, note.ref, note.text, number)
        made = writer.core.cases.comment(writer.link.case_id, body, cause)
        row = LedgerRow(COMMENT, made, body_fingerprint(body), peers=(note.ref,), why="ours")
        writer.ids[row.key] = [note.ref]
        writer.record(row)
    remember_said(writer, note)


def _append(writer: Writer, note: Note) -> None:
    for part in system_notes(note.kind, note.ref, note.text, writer.core.rules.comments.journal_limit):
        if not already_said(writer, part):
            writer.patch({"work_notes": part})
    remember_said(writer, note)


def with_the_patch(writer: Writer, said: Sequence[Note]) -> dict[str, str]:
    """The column of these notes, since a journal column appends once per PATCH; where they are too long for one entry,
    the parts before are appended first.
    """
    text, limit = "\n\n".join(note.text for note in said), writer.core.rules.comments.journal_limit
    *early, last = system_notes(said[0].kind, said[0].ref, text, limit)
    for part in early:
        if not already_said(writer, part):
            writer.patch({"work_notes": part})
    return {} if already_said(writer, last) else {"work_notes": last}


def already_said(writer: Writer, text: str) -> bool:
    """Whether this very entry of ours is in the journal as it was read: a pass died after appending it."""
    entries, own = writer.incident.journal if writer.incident else (), writer.core.incidents.own
    return any(body_fingerprint(e.text) == body_fingerprint(text) and own(e.author) for e in entries)


def remember_said(writer: Writer, *said: Note) -> None:
    link = writer.link
    link.notes_said = [*link.notes_said, *(note.once for note in said if note.once)][-NOTES_KEPT:]
    writer.done += ["note"] * len(said)
    writer.spoke = writer.spoke or bool(said)


def tell_each(writer: Writer, said: Iterable[tuple[Note, LedgerRow]]) -> None:
    """Dies between note and row: said again, which has no effect."""
    for note, row in said:
        writer.hold.in_time()
        if note.once not in writer.link.notes_said:
            say(writer, note)
        writer.record(row)


def tell_suspended(writer: Writer) -> None:
    """Said on the case once a link is suspended; the case may refuse it, being closed."""
    say(writer, with_serial(writer.link, CASE, notes.deleted(writer.link.number)))
