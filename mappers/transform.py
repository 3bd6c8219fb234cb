"""Transforms of one value for the other side. Each is data: a name, and what its name needs.

Towards the incident a value is always a text; None means it cannot be said there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from integration.model import Value

TEXT, LINE, UPPER, LOWER, LIST, DATE, DAY, CHOICE = "text", "line", "upper", "lower", "list", "date", "day", "choice"

MEANING = {
    TEXT: "as it is; line ends become `\\n`, white space at the end goes, as in ServiceNow",
    LINE: "as `text`, on one line: each run of white space that holds a line end becomes one space",
    UPPER: "in capitals",
    LOWER: "in small letters",
    LIST: "a list as one text, its members in order, joined by `separator`",
    DATE: "a moment as ServiceNow keeps it: `YYYY-MM-DD HH:MM:SS`, UTC",
    DAY: "the day of a moment: `YYYY-MM-DD`, UTC",
    CHOICE: "by the table `choices`, case value = column value; a value without a line is left as it is found",
}
TWO_WAY = frozenset({TEXT, LINE, DATE, CHOICE, LIST})
"""The others lose what they started from, so they go to the incident only."""


@dataclass(frozen=True, slots=True)
class Transform:
    """`choices` are (case value, column value) for `choice`; `separator` is for `list`."""

    name: str = TEXT
    choices: tuple[tuple[str, str], ...] = ()
    separator: str = ", "

    def to_incident(self, value: Value) -> str | None:
        if self.name == LIST or not isinstance(value, str):
            return self.separator.join([value] if isinstance(value, str) and value else value)
        if self.name == CHOICE:
            return dict(self.choices).get(value)
        return _TO_INCIDENT[self.name](value)

    def to_case(self, value: str) -> Value | None:
        """None: the case has no word for it."""
        if self.name == LIST:
            return tuple(
                sorted({part.strip() for part in value.split(self.separator.strip() or self.separator)} - {""})
            )
        if self.name == CHOICE:
            return next((ours for ours, theirs in self.choices if theirs == value), None)
        if self.name == DATE:
            return _moment_from(value)
        return normal(value) or None


def normal(text: str) -> str:
    """As ServiceNow keeps a text: one kind of line end, nothing but content at its end."""
    return text.replace("\r\n", "\n").replace("\r", "\n").rstrip()


def one_line(text: str) -> str:
    """Run by run: a pattern with white space on both sides of a line end takes quadratic time."""
    return re.sub(r"\s+", lambda run: " " if "\n" in run[0] else run[0], normal(text))


def _date(text: str) -> str | None:
    moment = _moment(text)
    return f"{moment:%Y-%m-%d %H:%M:%S}" if moment else ""


def _day(text: str) -> str | None:
    moment = _moment(text)
    return f"{moment:%Y-%m-%d}" if moment else ""


def _moment(text: str) -> datetime | None:
    """The model says dates are ISO 8601; one without zone is UTC. Raises ValueError for anything else."""
    if not text:
        return None
    moment = datetime.fromisoformat(text)
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _moment_from(text: str) -> str | None:
    try:
        moment = _moment(text.strip())
    except ValueError:
        return None  # a column of another type, or a person's text: it has no moment to say
    return moment.isoformat() if moment else None


_TO_INCIDENT: dict[str, Callable[[str], str | None]] = {
    TEXT: normal,
    LINE: one_line,
    UPPER: lambda text: normal(text).upper(),
    LOWER: lambda text: normal(text).lower(),
    DATE: _date,
    DAY: _day,
}
