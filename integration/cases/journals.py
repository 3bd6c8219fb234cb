"""Which entry of a journal is which, whichever of two roads it came by. Pure.

A row of sys_journal_field has a sys_id; an entry that only the record displays has none. Its id is made of what neither
the reader's zone, language and form of dates nor the rendering of its text changes, and of how many alike came before
it. The ledger keeps the same of every row, so that an entry is known again when the road changes.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from integration.cases.link import set_hash, value_fingerprint
from integration.cases.ports import JOURNAL, LedgerRow
from integration.reconcile.scheduling import DAY_S
from mappers.comments import is_own_entry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from integration.cases.link import Link
    from integration.cases.ports import IncidentRead
    from integration.model import Incident, JournalEntry

SAME, DISPLAYED = "came by the other road before", "shown-"
_RENDERED = re.compile(r"\[/?code\]|<[^<>]*>|&#?\w+;|[\W_]+", re.IGNORECASE)
"""What a rendering may add or take away. Ids are made with it, so it never changes."""


def entry_fingerprint(entry: JournalEntry) -> str:
    """Of its text, and of its minute within a quarter of an hour: no zone is apart by less."""
    text = _RENDERED.sub("", entry.text) or " ".join(entry.text.split())
    return hashlib.sha256(f"{entry.created.minute % 15} {text}".encode("utf-8", "surrogatepass")).hexdigest()[:24]


def identified(entries: Iterable[JournalEntry]) -> Iterator[JournalEntry]:
    """Entries without ids, oldest first and none of the record left out, with theirs."""
    alike: Counter[str] = Counter()
    for entry in entries:
        printed = entry_fingerprint(entry)
        yield replace(entry, sys_id=f"{DISPLAYED}{printed}-{alike[printed]}")
        alike[printed] += 1


def matched(
    entries: Sequence[JournalEntry], ledger: Mapping[str, LedgerRow]
) -> tuple[tuple[JournalEntry, ...], tuple[LedgerRow, ...]]:
    """Which of these are not dealt with, and rows for those that are known by their other id only.

    `ledger` is whole. Every entry that was dealt with has one row that does not say `SAME`, whatever its id; of
    entries alike the oldest were dealt with first.
    """
    left = Counter(row.fingerprint for row in ledger.values() if row.why != SAME)
    left.subtract(ledger[key].fingerprint for entry in entries if (key := f"{JOURNAL}#{entry.sys_id}") in ledger)
    return _known_again((entry for entry in entries if f"{JOURNAL}#{entry.sys_id}" not in ledger), left)


def once_displayed(
    rows: Iterable[JournalEntry], ledger: Mapping[str, LedgerRow]
) -> tuple[tuple[JournalEntry, ...], tuple[LedgerRow, ...]]:
    """Of rows that the ledger does not know, those which a pass that then died had dealt with as they were displayed.

    `ledger` is whole: a displayed entry is no row's yet unless one says `SAME`, however far back rows are read.
    """
    left = Counter(row.fingerprint for row in ledger.values() if row.id.startswith(DISPLAYED) and row.why != SAME)
    left.subtract(r.fingerprint for r in ledger.values() if not r.id.startswith(DISPLAYED) and r.why == SAME)
    return _known_again(rows, left)


def _known_again(
    entries: Iterable[JournalEntry], left: Counter[str]
) -> tuple[tuple[JournalEntry, ...], tuple[LedgerRow, ...]]:
    """`left`: how many of each fingerprint were dealt with by another id; of entries alike the oldest were."""
    fresh: list[JournalEntry] = []
    same: list[LedgerRow] = []
    for entry in sorted(entries, key=lambda e: e.created):
        printed = entry_fingerprint(entry)
        if left[printed] > 0:
            left[printed] -= 1
            same.append(LedgerRow(JOURNAL, entry.sys_id, printed, why=SAME))
        else:
            fresh.append(entry)
    return tuple(fresh), tuple(same)


def of_others(incident: Incident, own_user: Callable[[str], bool]) -> list[JournalEntry]:
    return [entry for entry in incident.journal if not is_own_entry(entry, own_user)]


def displayed(link: Link, seen: IncidentRead) -> bool:
    """Whether this look is by the displayed journal. One that shows nothing tells nothing of its road."""
    return seen.shown or bool(link.journal_shown and not seen.incident.journal)


def shown_hash(entries: Iterable[JournalEntry]) -> str:
    return set_hash(entry.sys_id for entry in entries)


def whole_due(last: float, case_id: str, now: float) -> bool:
    """Whether a sweep reads the journal of this link from its beginning, as one did at `last`: at least once a day, and
    each link after a time of its own, so that those which began together part.
    """
    own = int(value_fingerprint("whole", case_id)[:4], 16) / 0x10000
    return now - last >= DAY_S * (0.95 - own / 2)
