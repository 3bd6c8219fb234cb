"""Reads the journal as a record displays it: one text per journal column, newest first, in the reader's language.

    2026-11-21 12:03:11 - Beth Anglin (Work notes)
    what she wrote

    2026-11-20 …

Where the rows of sys_journal_field are hidden, as by default from everybody but administrators (recorded answers of
rapid7/insightconnect-plugins, `plugins/servicenow/unit_test/payloads`), this is all there is. Authors are display
names. Nothing marks the end of an entry, so a header quoted whole inside another entry reads as one more; a quote that
breaks the order of time is recognised.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from integration.clients.servicenow.form import Form

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from integration.clients.servicenow.record import Record

KINDS, BOTH = ("comments", "work_notes"), "comments_and_work_notes"
COLUMNS = (*KINDS, BOTH)
STAMPS = ("sys_updated_on", "sys_created_on", "opened_at", "resolved_at", "closed_at")
"""Columns a record shows in both forms, from which the form of its journal's stamps is learned."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One entry. `element` is the column it stands in, empty where only `label` names its kind."""

    element: str
    label: str
    author: str
    text: str
    created: datetime


def shows(record: Record) -> bool:
    """Whether the record shows any entry."""
    return any(record.labels.get(column, "").strip() for column in COLUMNS)


def entries(record: Record) -> list[Shown]:
    """Oldest first. Those that only the joint column shows have no element. None where no stamp of the record is told
    in both forms: there is no telling entries apart then.
    """
    form = Form.learned((record.get(name, ""), record.labels.get(name, "")) for name in STAMPS)
    if form is None:
        return []
    found = [entry for kind in KINDS for entry in _apart(record.labels.get(kind, ""), kind, form)]
    known = Counter((e.created, e.author, e.text) for e in found)
    for entry in _apart(record.labels.get(BOTH, ""), "", form):
        if known[entry.created, entry.author, entry.text]:
            known[entry.created, entry.author, entry.text] -= 1
        else:
            found.append(entry)
    return sorted(found, key=lambda entry: entry.created)


def labels_of(found: Sequence[Shown]) -> dict[str, str]:
    """What the two kinds are called in the reader's language, as far as columns tell."""
    return {entry.label: entry.element for entry in found if entry.element}


def told(found: Sequence[Shown], labels: Mapping[str, str]) -> list[Shown]:
    """The same with the kinds that `labels` name. Two entries with one header tell nothing by it: one may quote."""
    headers = Counter((e.created, e.author, e.label) for e in found)
    return [
        entry
        if entry.element or headers[entry.created, entry.author, entry.label] > 1
        else Shown(labels.get(entry.label, ""), entry.label, entry.author, entry.text, entry.created)
        for entry in found
    ]


@dataclass(frozen=True, slots=True)
class _Header:
    line: int
    created: datetime
    author: str
    label: str


def _apart(text: str, element: str, form: Form) -> list[Shown]:
    """Oldest first."""
    lines = text.replace("\r\n", "\n").split("\n")
    headers = _in_order(_headers(lines, form), timedelta(hours=1 if form.changes else 0))
    found, end = [], len(lines)
    for header in reversed(headers):
        said = "\n".join(lines[header.line + 1 : end]).strip("\n")
        found.append(Shown(element, header.label, header.author, said, header.created))
        end = header.line
    return found


def _headers(lines: Sequence[str], form: Form) -> list[_Header]:
    """Of the lines that follow an empty one."""
    header = re.compile(rf"(?P<stamp>{form.pattern}) - (?P<who>.+)")
    found = []
    for number, line in enumerate(lines):
        named = header.fullmatch(line.rstrip()) if not number or not lines[number - 1].strip() else None
        author, label = _who(named["who"]) if named else ("", "")
        if named and label:
            try:
                found.append(_Header(number, form.moment(named["stamp"]), author, label))
            except ValueError:
                continue
    return found


def _who(text: str) -> tuple[str, str]:
    """`name (label)`; either may hold parentheses, as `Additional comments (Customer visible)` does."""
    depth = 0
    for place in range(len(text) - 1, -1, -1):
        depth += {")": 1, "(": -1}.get(text[place], 0)
        if not depth:
            return text[:place].strip(), text[place + 1 : -1].strip()
    return text, ""


def _in_order(headers: Sequence[_Header], slack: timedelta) -> list[_Header]:
    """The longest row of them that goes back in time, from the first: what breaks the order is a quote. Of two rows as
    long, that with the newer ones, since a quote is older than what it stands in. `slack`: as far as changed clocks may
    mislead.
    """
    if all(upper.created + slack >= lower.created for upper, lower in pairwise(headers)):
        return list(headers)
    longest, following = _Longest(header.created for header in headers), [len(headers)] * len(headers)
    for place in reversed(range(len(headers))):
        length, _, below = longest.until(headers[place].created + slack)
        following[place] = -below if length else len(headers)
        longest.add(headers[place].created, (length + 1, headers[place].created, -place))
    kept, place = [], 0
    while place < len(headers):
        kept.append(headers[place])
        place = following[place]
    return kept


class _Longest:
    """The greatest (length, moment, minus place) up to a moment, in logarithmic time (a Fenwick tree)."""

    def __init__(self, moments: Iterable[datetime]) -> None:
        self._moments = sorted(set(moments))
        self._tree = [(0, self._moments[0], 0)] * (len(self._moments) + 1)

    def add(self, moment: datetime, what: tuple[int, datetime, int]) -> None:
        place = bisect_right(self._moments, moment)
        while place < len(self._tree):
            self._tree[place] = max(self._tree[place], what)
            place += place & -place

    def until(self, moment: datetime) -> tuple[int, datetime, int]:
        place, found = bisect_right(self._moments, moment), self._tree[0]
        while place:
            found = max(found, self._tree[place])
            place -= place & -place
        return found
