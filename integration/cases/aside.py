"""What a link does once pass after pass was killed on it: its news is put aside and told, and the link goes on.

A pass that runs out of memory or time in one call says nothing of why, and its message comes back for ever, with all
that came in the same batch. So the news that it can only have been is not worked on any more.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from integration.cases.acting import with_serial
from integration.cases.entries import body_fingerprint
from integration.cases.link import CASE, INCIDENT
from integration.cases.ports import COMMENT, JOURNAL, LedgerRow
from mappers import notes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from integration.cases.acting import Acting
    from integration.cases.attachments import FilePlan
    from integration.model import Comment, JournalEntry

KILLED_MOST = 5
"""Passes killed one after the other before what they had to carry is put aside."""
WHY = "killed"


def put_aside(acting: Acting, comments: Iterable[Comment], journal: Iterable[JournalEntry], files: FilePlan) -> bool:
    """Whether there was anything: it counts as dealt with, and both sides are told of what came from them.

    Dies between note and row: said again, which has no effect.
    """
    from_case = [LedgerRow(COMMENT, c.comment_id, body_fingerprint(c.body), why=WHY) for c in comments]
    from_case += [replace(row, why=WHY) for _, row, _ in files.to_incident]
    from_incident = [LedgerRow(JOURNAL, entry.sys_id, why=WHY) for entry in journal]
    from_incident += [replace(row, why=WHY) for _, row in files.to_case]
    for side, rows in ((CASE, from_case), (INCIDENT, from_incident)):
        if rows:
            acting.say(with_serial(acting.link, side, notes.put_aside(len(rows), [row.id for row in rows])))
            acting.record(*rows)
    return bool(from_case or from_incident)
