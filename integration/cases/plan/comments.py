"""Decide which comments become journal entries and which journal entries become comments. Pure.

The union by ledger: what the ledger does not know and is not ours is carried over, once; nothing is ever deleted.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from integration.cases.journals import entry_fingerprint
from integration.cases.link import set_hash, value_fingerprint
from integration.cases.ports import COMMENT, JOURNAL, LedgerRow
from mappers.comments import COMMENT as COPY
from mappers.comments import JOURNAL as MIRRORED
from mappers.comments import (
    SAMPLE,
    case_bodies,
    edit_stamp,
    is_mirrored,
    is_own_entry,
    is_private,
    journal_texts,
    reference_in,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from integration.model import Case, Comment, Incident, JournalEntry
    from mappers.comments import Reference
    from mappers.mapping_rules import MappingRules


@dataclass(frozen=True, slots=True)
class ToJournal:
    """One comment (or its edit) to append to the incident, the parts that are not there yet, in order."""

    comment: Comment
    element: str
    texts: tuple[str, ...]
    row: LedgerRow

    @property
    def key(self) -> str:
        return f"comment:{self.comment.comment_id}"

    @property
    def source(self) -> str:
        return self.row.fingerprint

    @property
    def edited(self) -> bool:
        return self.row.peers != (self.comment.comment_id,)


@dataclass(frozen=True, slots=True)
class ToCase:
    """One journal entry to post as a comment, in parts; each part has a token of its own."""

    entry: JournalEntry
    bodies: tuple[str, ...]

    @property
    def key(self) -> str:
        return f"journal:{self.entry.sys_id}"

    @property
    def source(self) -> str:
        return self.entry.sys_id


@dataclass(frozen=True, slots=True)
class EntryPlan:
    """`learned` is recorded without writing anything; `held` comments quote an entry this very plan posts: whether
    they are that post, made before a crash, is known by the id the post returns.
    """

    to_journal: tuple[ToJournal, ...] = ()
    to_case: tuple[ToCase, ...] = ()
    learned: tuple[LedgerRow, ...] = ()
    held: tuple[Comment, ...] = ()
    walled: tuple[LedgerRow, ...] = ()
    """Rows of entries that stay behind because the case is closed; recorded once that was told."""
    unsure: bool = False
    """Nothing tells whether a new entry is a comment or a work note."""

    reasons: tuple[str, ...] = ()


def body_fingerprint(body: str) -> str:
    """White space does not count: a service that trims what we sent has not edited it."""
    return value_fingerprint("body", " ".join(body.split()))


def hashed(entry_id: str, printed: str) -> str:
    """One member of the hash over a case's comments."""
    return f"{entry_id}:{printed}"


def comments_hash(comments: Iterable[Comment]) -> str:
    """Equal exactly if the same comments stand there with the same bodies."""
    return set_hash(hashed(c.comment_id, body_fingerprint(c.body)) for c in comments)


def plan_entries(
    case: Case,
    incident: Incident,
    fresh: Collection[str],
    known: Mapping[str, LedgerRow],
    rules: MappingRules,
    own_user: Callable[[str], bool],
    own_creator: Callable[[str], bool],
    installed_at: float,
) -> EntryPlan:
    """`case` holds the comments that may be new or edited and `known` their ledger rows; `incident` its journal as far
    as it was read, of which the entries named in `fresh` are not dealt with.

    What stands there word for word as we would write it is a copy, whoever wrote it: the ledger may be lost, and roles
    and user be others. What the published sample wrote before the installation is left alone, or it would come back.
    """
    copies = _copies(incident, fresh, case, rules)
    there = _appended(incident, own_user) | copies
    old = case.created is not None and case.created.timestamp() < installed_at
    by_the_sample = own_user if old else _nobody
    to_case, journal_rows = _plan_journal(incident, fresh, rules, own_user, copies, by_the_sample)
    to_journal, comment_rows, held = _plan_comments(
        case, incident, known, to_case, there, rules, own_creator, installed_at
    )
    ours = {row.peers[0] for row in comment_rows if row.peers}
    missing = [item for item in to_case if not _posted_before(item, comment_rows)]
    walled = missing if case.closed else []
    posts = () if case.closed else tuple(missing)
    counts = (("comment(s) to the incident", to_journal), ("journal entry(ies) to the case", posts))
    return EntryPlan(
        to_journal=tuple(to_journal),
        to_case=posts,
        learned=(
            *journal_rows,
            *comment_rows,
            *_journal_rows_of(to_case, ours, comment_rows),
        ),
        held=tuple(held),
        walled=tuple(
            LedgerRow(JOURNAL, item.entry.sys_id, entry_fingerprint(item.entry), why="the case is closed")
            for item in walled
        ),
        reasons=tuple(f"{len(items)} {what}" for what, items in counts if items),
        unsure=any(entry.sys_id in fresh and not entry.element for entry in incident.journal),
    )


def _plan_comments(
    case: Case,
    incident: Incident,
    known: Mapping[str, LedgerRow],
    to_case: list[ToCase],
    there: Mapping[Reference, str],
    rules: MappingRules,
    own_creator: Callable[[str], bool],
    installed_at: float,
) -> tuple[list[ToJournal], list[LedgerRow], list[Comment]]:
    """Those to append, rows of those that are ours or stay, and those that may be a post of this very plan."""
    posting = {item.entry.sys_id for item in to_case}
    to_journal: list[ToJournal] = []
    rows: list[LedgerRow] = []
    held: list[Comment] = []
    taken: set[Reference] = set()
    for comment in sorted(case.comments, key=lambda c: (c.created, c.comment_id)):
        row = known.get(f"{COMMENT}#{comment.comment_id}")
        reference = reference_in(comment.body)
        if row and row.fingerprint == body_fingerprint(comment.body):
            continue
        if row is None and reference and reference.kind == SAMPLE and comment.created.timestamp() < installed_at:
            rows.append(LedgerRow(COMMENT, comment.comment_id, body_fingerprint(comment.body), why="published sample"))
        elif row is None and reference and (own_creator(comment.creator) or _is_copy(comment, reference, to_case)):
            rows.append(row_of_ours(comment, _by_its_id_now(comment, reference, incident, to_case)))
        elif row is None and reference and reference.ref in posting and not case.closed:
            held.append(comment)
        elif row is None and reference and reference.ref in posting and reference not in taken:
            taken.add(reference)  # the case is closed: no post can ask for its id, so the first that bears it is ours
            rows.append(row_of_ours(comment, reference))
        else:
            to_journal.append(_to_journal(comment, there, rules, edited=row is not None))
    return to_journal, rows, held


def _plan_journal(
    incident: Incident,
    fresh: Collection[str],
    rules: MappingRules,
    own_user: Callable[[str], bool],
    copies: Mapping[Reference, str],
    by_the_sample: Callable[[str], bool],
) -> tuple[list[ToCase], list[LedgerRow]]:
    to_case: list[ToCase] = []
    staying: list[LedgerRow] = []

    def stays(entry: JournalEntry, why: str) -> None:
        staying.append(LedgerRow(JOURNAL, entry.sys_id, entry_fingerprint(entry), why=why))

    for entry in sorted(incident.journal, key=lambda e: (e.created, e.sys_id)):
        if entry.sys_id not in fresh or is_own_entry(entry, own_user):
            continue
        reference = reference_in(entry.text)
        if reference and reference.kind == SAMPLE and by_the_sample(entry.author):
            stays(entry, "published sample")
        elif reference and copies.get(reference) == body_fingerprint(entry.text):
            stays(entry, "ours")
        elif is_private(entry, rules) or not is_mirrored(entry, rules):
            stays(entry, "private")
        else:
            to_case.append(ToCase(entry, case_bodies(entry, entry.author, rules)))
    return to_case, staying


def _nobody(_: str) -> bool:
    return False


def _copies(incident: Incident, fresh: Collection[str], case: Case, rules: MappingRules) -> dict[Reference, str]:
    """Entries of whomever that say what we would append of a comment, header included; each with its fingerprint."""
    found = {entry.text: reference_in(entry.text) for entry in incident.journal if entry.sys_id in fresh}
    named = {reference.ref.partition("@")[0] for reference in found.values() if reference and reference.kind == COPY}
    ours = {
        body_fingerprint(text)
        for comment in case.comments
        if comment.comment_id in named
        for edited in (False, True)
        for text in journal_texts(comment, rules, edited=edited)
    }
    fingerprints = ((reference, body_fingerprint(text)) for text, reference in found.items())
    return {reference: printed for reference, printed in fingerprints if reference and printed in ours}


def _is_copy(comment: Comment, reference: Reference, to_case: list[ToCase]) -> bool:
    """Whether it says what we would post of the entry it names, header included."""
    bodies = (body for item in to_case if item.entry.sys_id == reference.ref for body in item.bodies)
    return body_fingerprint(comment.body) in map(body_fingerprint, bodies)


def references(incident: Incident, own_user: Callable[[str], bool]) -> set[Reference]:
    """What we have already appended to this journal, as far as it was read."""
    return set(_appended(incident, own_user))


def _appended(incident: Incident, own_user: Callable[[str], bool]) -> dict[Reference, str]:
    """Each with the fingerprint of its entry."""
    found = ((reference_in(entry.text), entry.text) for entry in incident.journal if own_user(entry.author))
    return {reference: body_fingerprint(text) for reference, text in found if reference}


def _to_journal(comment: Comment, there: Mapping[Reference, str], rules: MappingRules, *, edited: bool) -> ToJournal:
    texts = journal_texts(comment, rules, edited=edited)
    if not edited and not _agree(comment, texts, there):
        edited, texts = True, journal_texts(comment, rules, edited=True)
    missing = tuple(text for text in texts if reference_in(text) not in there)
    ref = f"{comment.comment_id}@{edit_stamp(comment)}" if edited else comment.comment_id
    row = LedgerRow(COMMENT, comment.comment_id, body_fingerprint(comment.body), peers=(ref,))
    return ToJournal(comment, rules.comments.case_comments_to, missing, row)


def _agree(comment: Comment, texts: tuple[str, ...], there: Mapping[Reference, str]) -> bool:
    """Whether what a dead pass appended of this comment is what it says now: it may have been edited since."""
    appended = {printed for reference, printed in there.items() if reference.ref == comment.comment_id}
    return appended <= {body_fingerprint(text) for text in texts}


def row_of_ours(comment: Comment, reference: Reference) -> LedgerRow:
    return LedgerRow(COMMENT, comment.comment_id, body_fingerprint(comment.body), peers=(reference.ref,), why="ours")


def _by_its_id_now(comment: Comment, reference: Reference, incident: Incident, to_case: list[ToCase]) -> Reference:
    """A pass died between posting an entry and recording it, and now the entry comes by the other road: by another id,
    with the same text.
    """
    if any(entry.sys_id == reference.ref for entry in incident.journal):
        return reference
    said = comment.body.partition("\n")[2]
    ids = [i.entry.sys_id for i in to_case if any(body.partition("\n")[2] == said for body in i.bodies)]
    return replace(reference, ref=ids[0]) if ids and reference.kind == MIRRORED else reference


def _posted_before(item: ToCase, ours: list[LedgerRow]) -> bool:
    """All parts of this entry stand on the case already: a pass died between posting and recording them."""
    return sum(row.peers == (item.entry.sys_id,) for row in ours) >= len(item.bodies)


def _journal_rows_of(to_case: list[ToCase], ours: set[str], rows: list[LedgerRow]) -> list[LedgerRow]:
    return [
        LedgerRow(
            JOURNAL,
            item.entry.sys_id,
            entry_fingerprint(item.entry),
            peers=tuple(r.id for r in rows if r.peers == (item.entry.sys_id,)),
        )
        for item in to_case
        if item.entry.sys_id in ours and _posted_before(item, rows)
    ]
