"""When change is forbidden, and when it is not: blackout and maintenance schedules, and what else is planned.

Entries hold their times as a schedule does: `20261201T220000Z` in UTC, without Z in the zone of the schedule.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from .clock import parse_stamp
from .query import parse
from .session import SYSTEM

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .service import Service
    from .store import Row

    Span = tuple[datetime, datetime]

BLACKOUT, MAINTENANCE = "cmn_schedule_blackout", "cmn_schedule_maintenance"
_EVERY = {"daily": 1, "weekly": 7}


def schedules(service: Service, table: str, item: Row) -> list[Row]:
    """Those that hold for a configuration item: named by it, or by their condition, where an empty one means all."""
    return [
        row for row in service.store.find(table, active="true")
        if item.get("maintenance_schedule") == row["sys_id"] or _matches(service, row, item)
    ]  # fmt: skip


def spans(service: Service, schedule: Row, start: datetime, end: datetime) -> list[Span]:
    """Its entries, as often as they repeat, as far as they touch what lies between."""
    zone = _zone(service, schedule)
    entries = service.store.find("cmn_schedule_span", schedule=schedule["sys_id"])
    return [span for entry in entries for span in _occurrences(entry, zone, end) if span[1] > start]


def others(service: Service, item: Row, change: Row, start: datetime, end: datetime) -> list[tuple[Row, Span]]:
    """Active changes of the item planned at the same time."""
    found = []
    for other in service.store.find("change_request", cmdb_ci=item["sys_id"], active="true"):
        span = planned(other)
        if other["sys_id"] != change.get("sys_id") and span and span[0] < end and start < span[1]:
            found.append((other, span))
    return found


def planned(change: Row) -> Span | None:
    start, end = parse_stamp(change.get("start_date", "")), parse_stamp(change.get("end_date", ""))
    return (start, end) if start and end else None


def free(service: Service, item: Row, change: Row, between: Span, lasting: timedelta) -> list[Span]:
    """A slot of this length in each stretch that no blackout, no other change and no maintenance window rules out."""
    start, end = between
    windows = schedules(service, MAINTENANCE, item)
    open_at = [between] if not windows else [each for row in windows for each in spans(service, row, start, end)]
    taken = [each for row in schedules(service, BLACKOUT, item) for each in spans(service, row, start, end)]
    taken += [span for _, span in others(service, item, change, start, end)]
    stretches = sorted(piece for each in open_at for piece in _left(_within(each, between), sorted(taken)))
    return [(first, first + lasting) for first, last in stretches if last - first >= lasting]


def _within(span: Span, between: Span) -> Span:
    return max(span[0], between[0]), min(span[1], between[1])


def _left(span: Span, taken: Iterable[Span]) -> Iterator[Span]:
    """What is left of a span; `taken` is in order."""
    start, end = span
    for first, last in taken:
        if first >= end:
            break
        if first > start:
            yield start, first
        start = max(start, last)
    if start < end:
        yield start, end


def _matches(service: Service, schedule: Row, item: Row) -> bool:
    query = parse(schedule.get("condition", ""))
    return service.matcher.predicate(query, schedule.get("applies_to") or "cmdb_ci", service.gs(SYSTEM))(item)


def _zone(service: Service, schedule: Row) -> ZoneInfo:
    """A floating schedule has that of the instance."""
    named = schedule.get("time_zone", "")
    try:
        return ZoneInfo(named)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo(service.settings.property("glide.sys.default.tz") or "UTC")


def _occurrences(entry: Row, zone: ZoneInfo, end: datetime) -> Iterator[Span]:
    first, last = _local(entry["start_date_time"], zone), _local(entry["end_date_time"], zone)
    if first is None or last is None:
        return
    days = _EVERY.get(entry.get("repeat_type", ""), 0)
    until = _local(f"{entry['repeat_until']}T235959", zone) if entry.get("repeat_until") else None
    while first < end and not (until and first > until):
        yield first, last
        if not days:
            return
        first, last = first + timedelta(days=days), last + timedelta(days=days)


def _local(text: str, zone: ZoneInfo) -> datetime | None:
    utc = text.endswith("Z")
    try:
        moment = datetime.strptime(text.removesuffix("Z"), "%Y%m%dT%H%M%S")  # noqa: DTZ007 - the zone follows
    except ValueError:
        return None
    return moment.replace(tzinfo=ZoneInfo("UTC") if utc else zone)
