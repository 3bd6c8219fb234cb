"""What is put aside once pass after pass was killed on a link: its news is told, and the link goes on. Pure.

A pass that runs out of memory or time in one call says nothing of why, and its message comes back for ever, with all
that came in the same batch. So the news that it can only have been is not worked on any more.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from integration.cases.journals import entry_fingerprint
from integration.cases.link import CASE, INCIDENT
from integration.cases.plan.attachments import plan_files
from integration.cases.plan.comments import body_fingerprint, references, row_of_ours
from integration.cases.plan.note import Note, with_serial
from integration.cases.ports import COMMENT, JOURNAL, LedgerRow
from mappers import notes
from mappers.comments import JOURNAL as MIRRORED
from mappers.comments import edit_stamp, is_mirrored, is_own_entry, is_private, reference_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from integration.cases.plan.attachments import FilePlan
    from integration.cases.plan.look import Look
    from integration.model import Comment, Incident, JournalEntry
    from mappers.comments import Reference
    from mappers.mapping_rules import MappingRules

KILLED_MOST = 5
"""Passes killed one after the other before what they had to carry is put aside."""
WHY = "killed"


@dataclass(frozen=True, slots=True)
class Aside:
    """`told`: per side the note about what came from there, and the rows of it, which count as dealt with."""

    learned: tuple[LedgerRow, ...] = ()
    told: tuple[tuple[Note, tuple[LedgerRow, ...]], ...] = ()


def plan_aside(look: Look) -> Aside | None:
    """None: passes were not killed here often enough, or nothing is left to be put aside."""
    if look.deaths < KILLED_MOST:
        return None
    own_user, own_creator, known = look.own_user, look.own_creator, look.known
    left = what_is_left(
        known.comments, known.comment_rows, known.journal, look.seen.incident, look.rules, own_user, own_creator
    )
    files = plan_files(look.case, look.seen.incident, known.files, look.rules, own_user, own_creator)
    return _aside(look, left, files)


def _aside(look: Look, left: Left, files: FilePlan) -> Aside | None:
    from_case = (*left.comments, *(replace(row, why=WHY) for _, row, _ in files.to_incident))
    from_incident = (*left.entries, *(replace(row, why=WHY) for _, row in files.to_case))
    told = tuple(
        (with_serial(look.link, side, notes.put_aside(len(rows), [row.id for row in rows])), rows)
        for side, rows in ((CASE, from_case), (INCIDENT, from_incident))
        if rows
    )
    return Aside((*left.learned, *files.learned), told) if told else None


@dataclass(frozen=True, slots=True)
class Left:
    """What the killed passes left of the news: rows of what they carried or need not, and of what stays where it is."""

    learned: tuple[LedgerRow, ...]
    comments: tuple[LedgerRow, ...]
    entries: tuple[LedgerRow, ...]


def what_is_left(
    comments: Iterable[Comment],
    known: Mapping[str, LedgerRow],
    journal: Iterable[JournalEntry],
    incident: Incident,
    rules: MappingRules,
    own_user: Callable[[str], bool],
    own_creator: Callable[[str], bool],
) -> Left:
    """Read off headers alone, since making something of a text may be what kills. `known`: rows of the comments."""
    news = [comment for comment in comments if not _known_as_it_is(comment, known)]
    ours = {
        comment: reference
        for comment in news
        if _key(comment) not in known and own_creator(comment.creator) and (reference := reference_in(comment.body))
    }
    appended = references(incident, own_user)
    rows = [_comment_row(comment, known, appended) for comment in news if comment not in ours]
    entries = [_entry_row(entry, rules, ours) for entry in journal if not is_own_entry(entry, own_user)]
    return Left(
        learned=(
            *(row_of_ours(comment, reference) for comment, reference in ours.items()),
            *(row for row in (*rows, *entries) if row.why != WHY),
        ),
        comments=tuple(row for row in rows if row.why == WHY),
        entries=tuple(row for row in entries if row.why == WHY),
    )


def _comment_row(comment: Comment, known: Mapping[str, LedgerRow], appended: Iterable[Reference]) -> LedgerRow:
    edited = _key(comment) in known or comment.updated > comment.created
    ref = f"{comment.comment_id}@{edit_stamp(comment)}" if edited else comment.comment_id
    row = LedgerRow(COMMENT, comment.comment_id, body_fingerprint(comment.body))
    carried = _whole(reference for reference in appended if reference.ref == ref)
    return replace(row, peers=(ref,)) if carried else replace(row, why=WHY)


def _entry_row(entry: JournalEntry, rules: MappingRules, ours: Mapping[Comment, Reference]) -> LedgerRow:
    row = LedgerRow(JOURNAL, entry.sys_id, entry_fingerprint(entry))
    if is_private(entry, rules) or not is_mirrored(entry, rules):
        return replace(row, why="private")
    posted = {c.comment_id: r for c, r in ours.items() if (r.kind, r.ref) == (MIRRORED, entry.sys_id)}
    return replace(row, peers=tuple(posted)) if _whole(posted.values()) else replace(row, why=WHY)


def _key(comment: Comment) -> str:
    return f"{COMMENT}#{comment.comment_id}"


def _known_as_it_is(comment: Comment, known: Mapping[str, LedgerRow]) -> bool:
    row = known.get(_key(comment))
    return row is not None and row.fingerprint == body_fingerprint(comment.body)


def _whole(references: Iterable[Reference]) -> bool:
    """Whether these are all parts of what was written."""
    parts = {(reference.part, reference.parts) for reference in references}
    return bool(parts) and len(parts) == max(total for _, total in parts)
