"""Conflict detection: what speaks against the planned time of a change. It warns, and stops no step.

ServiceNowDocs, it-service-management/change-management/c_ConflictDetection.md and t_RunManualConflictDetection.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .change_schedules import BLACKOUT, MAINTENANCE, others, planned, schedules, spans
from .session import SYSTEM

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .change_schedules import Span
    from .service import Service
    from .store import Row

MODE = "change.conflict.mode"
"""`advanced` looks at the affected items too."""


def ready(change: Row) -> bool:
    """It needs an item and both planned dates."""
    return bool(change["cmdb_ci"]) and planned(change) is not None


def detect(service: Service, change_id: str) -> None:
    """Replaces what was found before, and says so on the change."""
    change = service.store.row("change_request", change_id) or {}
    span = planned(change)
    if span is None or not change["cmdb_ci"]:
        return
    clear(service, change_id)
    now = service.clock.stamp()
    for values in _found(service, change, span):
        service.writes.insert(SYSTEM, "conflict", {"change": change_id, "last_checked": now, **values})
    status = "Conflict" if of(service, change_id) else "No Conflict"
    _told(service, change_id, conflict_status=status, conflict_last_run=now)


def of(service: Service, change_id: str) -> list[Row]:
    return service.store.find("conflict", change=change_id)


def forget(service: Service, change_id: str) -> None:
    """As when a running check is cancelled."""
    clear(service, change_id)
    _told(service, change_id, conflict_status="Not Run")


def clear(service: Service, change_id: str) -> None:
    for row in of(service, change_id):
        service.writes.delete(SYSTEM, "conflict", row["sys_id"])


def _told(service: Service, change_id: str, **values: str) -> None:
    service.writes.update(SYSTEM, "change_request", change_id, values)


def _found(service: Service, change: Row, span: Span) -> Iterator[Row]:
    for item in _items(service, change):
        yield from _of_item(service, change, span, item, "")
        for kind, related in _related(service, item):
            for values in _of_item(service, change, span, related, kind):
                yield {**values, "configuration_item": item["sys_id"], "related_configuration_item": related["sys_id"]}
    for other in service.store.find("change_request", assigned_to=change["assigned_to"] or "nobody", active="true"):
        theirs = planned(other)
        if other["sys_id"] != change["sys_id"] and theirs and theirs[0] < span[1] and span[0] < theirs[1]:
            yield {"type": "assigned_to_already_scheduled", "conflicting_change": other["sys_id"]}


def _of_item(service: Service, change: Row, span: Span, item: Row, kind: str) -> Iterator[Row]:
    """`kind` is empty, `parent_` or `child_`."""
    on = {"configuration_item": item["sys_id"]}
    for schedule in schedules(service, BLACKOUT, item):
        if any(each[0] < span[1] for each in spans(service, schedule, *span)):
            yield {**on, "type": "blackout", "schedule": schedule["sys_id"]}
    windows = schedules(service, MAINTENANCE, item)
    open_at = [each for schedule in windows for each in spans(service, schedule, *span)]
    if windows and not any(each[0] <= span[0] and span[1] <= each[1] for each in open_at):
        yield {**on, "type": f"{kind}not_in_maintenance_window", "schedule": windows[0]["sys_id"]}
    for other, _ in others(service, item, change, *span):
        yield {**on, "type": f"{kind or 'ci_'}already_scheduled", "conflicting_change": other["sys_id"]}


def _items(service: Service, change: Row) -> list[Row]:
    named = [change["cmdb_ci"]]
    if service.settings.property(MODE) == "advanced":
        named += [row["ci_item"] for row in service.store.find("task_ci", task=change["sys_id"])]
    rows = (service.store.row("cmdb_ci", each) for each in dict.fromkeys(named))
    return [row for row in rows if row is not None]


def _related(service: Service, item: Row) -> Iterator[tuple[str, Row]]:
    """Parents and children of an item, one step away."""
    for own, other in (("child", "parent"), ("parent", "child")):
        for relation in service.store.find("cmdb_rel_ci", **{own: item["sys_id"]}):
            row = service.store.row("cmdb_ci", relation[other])
            if row is not None:
                yield f"{other}_", row
