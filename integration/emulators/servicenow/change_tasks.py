"""Change tasks as flows handle them: made in Implement, cancelled, put on hold and taken off it with their change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .change_models import CANCELED
from .session import SYSTEM

if TYPE_CHECKING:
    from .service import Service
    from .store import Row

MADE = (("Implement", "implementation"), ("Post-implementation testing", "testing"))


def of(service: Service, change: Row) -> list[Row]:
    """The active ones."""
    return service.store.find("change_task", change_request=change["sys_id"], active="true")


def make(service: Service, change: Row) -> None:
    """ServiceNowDocs, t_ProcessAChangeRequest.md; each once."""
    made = service.store.find("change_task", change_request=change["sys_id"], created_from="workflow")
    known = {task["short_description"] for task in made}
    for text, kind in MADE:
        if text not in known:
            service.writes.insert(SYSTEM, "change_task", {
                "change_request": change["sys_id"], "short_description": text, "change_task_type": kind,
                "created_from": "workflow", "assignment_group": change["assignment_group"],
                "planned_start_date": change["start_date"], "planned_end_date": change["end_date"],
            })  # fmt: skip


def cancel(service: Service, change: Row, *, made_by_flows: bool) -> None:
    """All, or only those that flows made: those people made stay open and keep their change from closing."""
    for task in of(service, change):
        if not made_by_flows or task["created_from"] == "workflow":
            service.writes.update(SYSTEM, "change_task", task["sys_id"], {"state": CANCELED})


def hold(service: Service, change: Row, held: set[str]) -> None:
    """As its change; those put on hold by hand stay as they are. `held` keeps which the change took along."""
    on_hold = change["on_hold"]
    for task in of(service, change):
        if on_hold == "true" and task["on_hold"] != "true":
            held.add(task["sys_id"])
        elif on_hold == "true" or task["sys_id"] not in held:
            continue
        values = {"on_hold": on_hold, "on_hold_reason": change["on_hold_reason"]}
        service.writes.update(SYSTEM, "change_task", task["sys_id"], values)
    if on_hold != "true":
        held.clear()
