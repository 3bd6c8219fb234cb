"""Post journal entries as comments and append comments to the journal, each once."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from integration.cases.apply.refusals import guarded
from integration.cases.apply.writer import Writer, token
from integration.cases.journals import entry_fingerprint
from integration.cases.plan.comments import EntryPlan, ToCase, ToJournal, body_fingerprint
from integration.cases.ports import COMMENT, JOURNAL, LedgerRow

if TYPE_CHECKING:
    from collections.abc import Iterable


def post_comments(writer: Writer, plan: EntryPlan) -> None:
    """Dies after a post: the same token returns the same comment."""
    made: set[str] = set()
    for item in plan.to_case:
        made |= guarded(writer, item.key, item.source, partial(_post, writer, item)) or set()
    writer.waiting = {comment.comment_id for comment in plan.held} - made
    if writer.waiting:
        writer.again = True  # a person quoted our note; the next run can tell it from ours by the ledger


def _post(writer: Writer, item: ToCase) -> set[str]:
    case_id, made = writer.link.case_id, list[LedgerRow]()
    for number, body in enumerate(item.bodies):
        made_id = writer.core.cases.comment(case_id, body, token("journal", case_id, item.entry.sys_id, number))
        made.append(LedgerRow(COMMENT, made_id, body_fingerprint(body), peers=(item.entry.sys_id,), why="ours"))
    ids = tuple(row.id for row in made)
    entry = LedgerRow(JOURNAL, item.entry.sys_id, entry_fingerprint(item.entry), peers=ids)
    writer.carried("journal entry → comment", entry)
    writer.record(*made, entry)
    return set(ids)


def append_journal(writer: Writer, items: Iterable[ToJournal]) -> None:
    """Dies after an append: found by our authorship and its reference, once it cannot land any more."""
    for item in items:
        guarded(writer, item.key, item.source, partial(_append, writer, item))


def _append(writer: Writer, item: ToJournal) -> None:
    for text in item.texts:
        writer.patch({item.element: text})
    writer.carried("comment → journal entry", item.row)
    writer.record(item.row)
