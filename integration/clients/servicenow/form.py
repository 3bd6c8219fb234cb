"""Learns the display format of dates from columns that come with both values.

`sysparm_display_value=all` gives `sys_created_on` in UTC and as this user is shown it, in his zone, order of date and
clock (docs: Table API). What is known of the one is used to read what has no other: the stamps of a displayed journal.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import TYPE_CHECKING, Self

from integration.clients.servicenow.timestamp import from_timestamp

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

QUARTER, FARTHEST = timedelta(minutes=15), timedelta(hours=14)
"""Every zone is a whole number of quarters of an hour from UTC, at most fourteen hours."""
_RUNS = re.compile(r"\d+|\s+|[^\W\d]+(?:\.|[^\W\d])*|[^\w\s]")
_DATES = ("ymd", "dmy", "mdy", "ydm", "dym", "myd", *("".join(order) for order in permutations("yd")))
"""Orders of year, month and day, the usual first; without a month its name is shown."""
_ORDERS = tuple(order for date in _DATES for clock in ("hns", "hn") for order in (f"{date}{clock}", f"{clock}{date}"))
_HALVES = {
    "am": False,
    "pm": True,
    "午前": False,
    "午後": True,
    "上午": False,
    "下午": True,
    "오전": False,
    "오후": True,
}
"""Whether a word by the clock says the second half of the day; others are learned, too."""
_CENTURY, _NOON = 100, 12


@dataclass(frozen=True, slots=True)
class _Pair:
    """One moment as it is shown, how far the shown clock is ahead of UTC, and the word by the clock."""

    shown: datetime
    offset: timedelta
    word: str = ""


@dataclass(frozen=True, slots=True)
class Form:
    """`pattern` matches a stamp of this form. `readings`: each possible order of its numbers, with what it makes of the
    columns it was learned from.
    """

    pattern: str
    readings: tuple[tuple[str, tuple[_Pair, ...]], ...]

    @classmethod
    def learned(cls, shown: Iterable[tuple[str, str]]) -> Self | None:
        """From (raw value, display value) of some columns; None where there are none, or nothing explains them."""
        known = [(from_timestamp(raw), text.strip()) for raw, text in shown if raw and text.strip()]
        readings = []
        for order in _ORDERS:
            pairs = [_paired(order, moment, text) for moment, text in known]
            if pairs and all(pairs):
                readings.append((order, tuple(pair for pair in pairs if pair)))
        patterns = dict.fromkeys(_pattern(text) for _, text in known)
        return cls("|".join(patterns), tuple(readings)) if readings else None

    def moment(self, text: str) -> datetime:
        """UTC. Where the numbers can be read in two orders, that which is nearest to a known moment; a month that is
        shown by name is taken for one of the known months. Raises `ValueError`.
        """
        read = [found for order, pairs in self.readings for found in _moments(order, pairs, text)]
        if not read:
            raise ValueError("not a moment of this form")
        return min(read)[1]

    @property
    def changes(self) -> bool:
        """Whether clocks were changed between the moments this was learned from."""
        return any(len({pair.offset for pair in pairs}) > 1 for _, pairs in self.readings[:1])


def _pattern(text: str) -> str:
    return "".join(_class_of(run) for run in _RUNS.findall(text))


def _class_of(run: str) -> str:
    if run[0].isdigit():
        return r"\d{1,4}"
    if run.isspace():
        return r"\s+"
    return r"[^\s\d]+" if run[0].isalpha() else re.escape(run)


def _paired(order: str, moment: datetime, text: str) -> _Pair | None:
    """What the zone must be if the numbers of `text` stand in this order; None: there is no such zone."""
    there = moment.replace(tzinfo=None) if "s" in order else moment.replace(tzinfo=None, second=0)
    months = {(there + timedelta(days=days)).month for days in (-1, 0, 1)}
    found = [
        _Pair(shown, shown - there, _word(text)) for month in months for shown in _clocks(order, text, month, _HALVES)
    ]
    fitting = [pair for pair in found if abs(pair.offset) <= FARTHEST and not pair.offset % QUARTER]
    return min(fitting, key=lambda pair: abs(pair.offset), default=None)


def _moments(order: str, pairs: Sequence[_Pair], text: str) -> Iterator[tuple[timedelta, datetime]]:
    """Each with its distance from the nearest known moment, whose zone it is given."""
    learned = {pair.word: pair.shown.hour >= _NOON for pair in pairs}
    if _word(text) not in learned:
        learned[_word(text)] = not pairs[0].shown.hour >= _NOON
    for month in {pair.shown.month for pair in pairs}:
        for shown in _clocks(order, text, month, learned | _HALVES):
            nearest = min(pairs, key=lambda pair: abs(pair.shown - shown))
            yield abs(nearest.shown - shown), (shown - nearest.offset).replace(tzinfo=UTC)


def _clocks(order: str, text: str, month: int, halves: Mapping[str, bool]) -> Iterator[datetime]:
    """What the text can mean as a local time; `month` where its name is shown."""
    numbers = [int(run) for run in re.findall(r"\d+", text)]
    if len(numbers) != len(order):
        return
    part = {"m": month, "s": 0} | dict(zip(order, numbers, strict=True))
    year = part["y"] + (2000 if part["y"] < _CENTURY else 0)
    for hour in _hours(part["h"], _word(text), halves):
        with suppress(ValueError):
            yield datetime(year, part["m"], part["d"], hour, part["n"], part["s"])  # noqa: DTZ001 - the zone is what is asked


def _word(text: str) -> str:
    """That which tells the half of the day: at the end, or before the clock and set apart from the date."""
    found = re.search(r"\s([^\W\d][^\d:]*?)\s*(?:\d{1,2}[:.]\d\d(?:[:.]\d\d)?)?$", text)
    return re.sub(r"[\s.]", "", found[1]).casefold() if found else ""


def _hours(hour: int, word: str, halves: Mapping[str, bool]) -> tuple[int, ...]:
    if not word or hour > _NOON:
        return (hour,)
    both = (hour % _NOON, hour % _NOON + _NOON)
    return (both[halves[word]],) if word in halves else both
