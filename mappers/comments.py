"""The text of one person's comment on the other side: a header line with author, time and id, then the text.

    in ServiceNow  [AWS] AWS Responder · 2026-11-21 12:03:11 UTC · comment 000123
    on AWS         [ServiceNow] beth.anglin · 2026-11-21 12:03:11 UTC · work note 8b3f0c5e9d1a4f7e8b3f0c5e9d1a4f7e
    either         [Integration] conflict · title.7

A header ends with `· edited <stamp>` where it announces an edit, and with `· part 2/3` where the text was too long for
one entry. A header alone proves nothing, since people quote; the caller also checks who wrote it.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING

from mappers.markup import neutral, plain
from mappers.private_mark import is_marked
from mappers.text_split import cut, split, units

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from integration.model import Comment, JournalEntry
    from mappers.mapping_rules import MappingRules

COMMENT, JOURNAL, SAMPLE = "comment", "journal", "sample"
SAMPLE_TAGS = ("[AWS Security Incident Response Update]", "[service-now Update]")
"""What AWS's published sample begins its own writes with."""

WORK_NOTES = "work_notes"
NOTE_MARK = "[Integration]"
UNSURE_AS_NOTE = frozenset({WORK_NOTES, ""})
"""An entry whose kind cannot be told is dealt with as a work note is."""
_JOURNAL_WORDS = {WORK_NOTES: "work note", "comments": "comment"}
_UNSURE = "journal entry"
_KINDS = "|".join((*_JOURNAL_WORDS.values(), _UNSURE))
_MOMENT = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC"
_PART = r"(?: · part (?P<part>[1-9]\d{0,3})/(?P<parts>[1-9]\d{0,3}))?"
_HEADERS = (
    (
        COMMENT,
        re.compile(rf"\[AWS\] .+ · {_MOMENT} · comment (?P<ref>[\w-]+)(?: · edited (?P<stamp>[0-9a-f]{{12}}))?{_PART}"),
    ),
    (JOURNAL, re.compile(rf"\[ServiceNow\] .+ · {_MOMENT} · (?:{_KINDS}) (?P<ref>[\w-]+){_PART}")),
    ("", re.compile(rf"{re.escape(NOTE_MARK)} (?P<kind>[a-z][a-z-]*) · (?P<ref>\S+){_PART}")),
)
_ROOM_FOR_PARTS = len(" · part 1234/1234")
_LONGEST_AUTHOR = 120


@dataclass(frozen=True, slots=True)
class Reference:
    """What a header names: `comment` (id; `id@stamp`: an edit), `journal` (sys_id), `sample`, or the kind of a note."""

    kind: str
    ref: str
    part: int = 1
    parts: int = 1


def journal_texts(comment: Comment, rules: MappingRules, *, edited: bool = False) -> tuple[str, ...]:
    """The journal entries of a comment, in order; joined without headers they are its body, markup made harmless."""
    author = comment.updated_by or comment.creator if edited else comment.creator
    moment = comment.updated if edited else comment.created
    header = f"[AWS] {_author(author)} · {_shown(moment)} · comment {comment.comment_id}"
    if edited:
        header += f" · edited {edit_stamp(comment)}"
    return _entries(header, neutral(comment.body), rules.comments.journal_limit)


def case_bodies(entry: JournalEntry, author_label: str, rules: MappingRules) -> tuple[str, ...]:
    """The comments of a journal entry, in order; `author_label` is how the author is called on the case."""
    word = _JOURNAL_WORDS.get(entry.element, _UNSURE)
    header = f"[ServiceNow] {_author(author_label or entry.author)} · {_shown(entry.created)} · {word} {entry.sys_id}"
    return _entries(header, plain(entry.text), rules.comments.comment_limit)


def system_note(kind: str, ref: str, text: str) -> str:
    """One note of ours. It may be longer than a journal takes: then use `system_notes`."""
    return f"{_note_header(kind, ref)}\n{neutral(text)}"


def system_notes(kind: str, ref: str, text: str, limit: int) -> tuple[str, ...]:
    """The same within a limit, in parts where it must be."""
    return _entries(_note_header(kind, ref), neutral(text), limit)


def reference_in(text: str) -> Reference | None:
    """The reference of a text whose first line is a header of ours, exactly; None: it is not."""
    first = text.split("\n", 1)[0].rstrip()
    if first.startswith(SAMPLE_TAGS):
        return Reference(SAMPLE, "")
    for kind, header in _HEADERS:
        found = header.fullmatch(first)
        if found:
            named = found.groupdict()
            ref = f"{named['ref']}@{named['stamp']}" if named.get("stamp") else named["ref"]
            return Reference(kind or named["kind"], ref, int(named["part"] or 1), int(named["parts"] or 1))
    return None


def edit_stamp(comment: Comment) -> str:
    """Another for each edit, the same for each look at one: of the moment and the body."""
    return body_digest(f"{comment.updated.isoformat()}\n{comment.body}")[:12]


def is_own_entry(entry: JournalEntry, own_user: Callable[[str], bool]) -> bool:
    """Ours by author and by header: another automation under the same user writes no header of ours."""
    reference = reference_in(entry.text)
    return reference is not None and reference.kind != SAMPLE and own_user(entry.author)


def is_private(entry: JournalEntry, rules: MappingRules) -> bool:
    """Whether its author, or the mapping for all work notes, keeps it in ServiceNow."""
    if rules.comments.work_notes_private and entry.element in UNSURE_AS_NOTE:
        return True
    return is_marked(entry.text, rules.comments.private_prefix)


def is_mirrored(entry: JournalEntry, rules: MappingRules) -> bool:
    """Whether its journal goes to the case at all."""
    return (entry.element or WORK_NOTES) in rules.comments.mirrored


def body_digest(text: str) -> str:
    """SHA-256 in hex; a lone surrogate, which JSON can carry and UTF-8 cannot, is taken as it is."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _entries(header: str, text: str, limit: int) -> tuple[str, ...]:
    """Whole where it fits, else in parts, each with the header and its number."""
    whole = f"{header}\n{text}"
    if units(whole) <= limit:
        return (whole,)
    pieces = split(text, limit - units(header) - _ROOM_FOR_PARTS - 1)
    return tuple(f"{header} · part {number}/{len(pieces)}\n{piece}" for number, piece in enumerate(pieces, 1))


def _note_header(kind: str, ref: str) -> str:
    return f"{NOTE_MARK} {kind} · {'-'.join(ref.split()) or '-'}"


def _author(name: str) -> str:
    """One line without our separator: an ARN by its last part, since the account stands on the case anyway."""
    label = name.rpartition("/")[2] or name if name.startswith("arn:") else name
    return cut(re.sub(r"[\s·]+", " ", label).strip(), _LONGEST_AUTHOR) or "unknown"


def _shown(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
