"""The `javascript:` values of encoded queries: the part of `gs` that filters use."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from .clock import STAMP

if TYPE_CHECKING:
    from collections.abc import Callable
    from zoneinfo import ZoneInfo

    from .session import Session

_CALL = re.compile(r"(?:javascript:)?\s*gs\.(\w+)\((.*?)\);?\s*", re.DOTALL)
_AGO = re.compile(r"(minutes|hours|days|months|quarters|years)Ago(Start|End)?")
_EDGE = re.compile(
    r"(beginning|end)Of(This|Last|Next|Today|Yesterday|Tomorrow|Current)?(Minute|Hour|Week|Month|Quarter|Year)?"
)
_SPANS = {
    "minutes": "Minute",
    "hours": "Hour",
    "days": "Day",
    "months": "Month",
    "quarters": "Quarter",
    "years": "Year",
}


class Gs:
    """What one caller's `javascript:` values mean at one moment. Times are edges of the caller's own days."""

    def __init__(self, session: Session, now: datetime, zone: ZoneInfo, prop: Callable[[str], str | None]) -> None:
        self._session = session
        self._now = now.astimezone(zone)
        self._property = prop

    def value(self, text: str) -> str:
        """The text itself, or what its expression evaluates to; an expression outside the subset is empty."""
        if not text.startswith("javascript:"):
            return text
        match = _CALL.fullmatch(text)
        if match is None:
            return ""
        arguments = [each.strip().strip("'\"") for each in match.group(2).split(",")]
        return self._call(match.group(1), arguments)

    def _call(self, name: str, arguments: list[str]) -> str:
        simple: dict[str, Callable[[], str]] = {
            "getUserID": lambda: self._session.user_id,
            "getUserName": lambda: self._session.user_name,
            "now": lambda: _utc(self._now),
            "nowDateTime": lambda: _utc(self._now),
            "getProperty": lambda: self._property(arguments[0]) or "",
            "dateGenerate": lambda: self._generated(arguments),
        }
        if name in simple:
            return simple[name]()
        ago, edge = _AGO.fullmatch(name), _EDGE.fullmatch(name)
        if ago:
            return self._ago(ago.group(1), ago.group(2), arguments[0])
        return self._edge(*edge.groups()) if edge else ""

    def _generated(self, arguments: list[str]) -> str:
        """Of a day and a time, or of one text with both."""
        day, _, clock = " ".join(arguments).partition(" ")
        clock = {"start": "00:00:00", "end": "23:59:59"}.get(clock, clock)
        try:
            return _utc(datetime.strptime(f"{day} {clock}", STAMP).replace(tzinfo=self._now.tzinfo))
        except ValueError:
            return ""

    def _ago(self, unit: str, edge: str | None, count: str) -> str:
        amount = int(count) if re.fullmatch(r"-?\d+", count) else 0
        span = _SPANS[unit]
        then = _shifted(self._now, span, -amount)
        if edge is None:
            return _utc(then)
        start = _floor(then, span)
        return _utc(start if edge == "Start" else _shifted(start, span, 1) - timedelta(seconds=1))

    def _edge(self, which: str, when: str | None, unit: str | None) -> str:
        span = unit or "Day"
        step = {"Last": -1, "Yesterday": -1, "Next": 1, "Tomorrow": 1}.get(when or "", 0)
        start = _shifted(_floor(self._now, span), span, step)
        return _utc(start if which == "beginning" else _shifted(start, span, 1) - timedelta(seconds=1))


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime(STAMP)


def _floor(moment: datetime, span: str) -> datetime:
    hour = moment.replace(minute=0, second=0, microsecond=0)
    day = hour.replace(hour=0)
    month = day.replace(day=1)
    return {
        "Minute": moment.replace(second=0, microsecond=0),
        "Hour": hour,
        "Day": day,
        "Week": day - timedelta(days=day.weekday()),
        "Month": month,
        "Quarter": month.replace(month=(month.month - 1) // 3 * 3 + 1),
        "Year": month.replace(month=1),
    }[span]


def _shifted(moment: datetime, span: str, count: int) -> datetime:
    seconds = {"Minute": 60, "Hour": 3600, "Day": 86400, "Week": 604800}
    if span in ("Minute", "Hour"):
        return (moment.astimezone(UTC) + timedelta(seconds=seconds[span] * count)).astimezone(moment.tzinfo)
    if span in seconds:
        return moment + timedelta(seconds=seconds[span] * count)
    months = moment.year * 12 + moment.month - 1 + count * {"Month": 1, "Quarter": 3, "Year": 12}[span]
    return moment.replace(year=months // 12, month=months % 12 + 1, day=min(moment.day, 28))
