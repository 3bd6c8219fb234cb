"""What people do to a change in the forms of an instance, under their own rights, over `/_admin/change-requests`."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from . import permitted
from .change_models import CANCELED, CLOSED, NEW
from .change_schedules import BLACKOUT, MAINTENANCE
from .clock import parse_stamp
from .people import asked, decide, named
from .registering import text_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from .service import Service
    from .session import Session
    from .store import Row

    Deed = Callable[[Service, Session, Row, dict[str, Any]], Row]

_ENDS = ("start", "end")


def act(service: Service, body: dict[str, Any]) -> dict[str, Any]:
    """`{as, do, change}` and what the deed asks for; `change` is a number or sys_id. Returns what was written.

    `approve` and `reject` (comments), `hold` (reason), `unhold`, `cancel` (reason), `revert`, `move` (state, with
    other `values`), `comment` (text), `close_task` (task, a number, or all of it). Raises ApiError and ValueError.
    """
    session, deed = asked(service, body, DEEDS)
    change = named(service, "change_request", "change", text_of(body, "change"))
    return {"record": deed(service, session, change, body)}


def _set(service: Service, session: Session, change: Row, values: Row) -> Row:
    return permitted.change(service, session, "change_request", change, values)


def _hold(service: Service, session: Session, change: Row, body: dict[str, Any]) -> Row:
    return _set(service, session, change, {"on_hold": "true", "on_hold_reason": text_of(body, "reason")})


def _unhold(service: Service, session: Session, change: Row, _: dict[str, Any]) -> Row:
    return _set(service, session, change, {"on_hold": "false"})


def _cancel(service: Service, session: Session, change: Row, body: dict[str, Any]) -> Row:
    return _set(service, session, change, {"state": CANCELED, "work_notes": text_of(body, "reason")})


def _revert(service: Service, session: Session, change: Row, _: dict[str, Any]) -> Row:
    return _set(service, session, change, {"state": NEW})


def _move(service: Service, session: Session, change: Row, body: dict[str, Any]) -> Row:
    values = {name: str(value) for name, value in (body.get("values") or {}).items()}
    return _set(service, session, change, {**values, "state": text_of(body, "state")})


def _comment(service: Service, session: Session, change: Row, body: dict[str, Any]) -> Row:
    return _set(service, session, change, {"comments": text_of(body, "text")})


def _close_task(service: Service, session: Session, change: Row, body: dict[str, Any]) -> Row:
    wanted = {"number": str(body["task"])} if body.get("task") else {"active": "true"}
    tasks = service.store.find("change_task", change_request=change["sys_id"], **wanted)
    if not tasks:
        raise ValueError(f"{change['number']} has no such task")
    values = {"state": CLOSED, "close_code": "successful", "close_notes": "Done."}
    return [permitted.change(service, session, "change_task", task, values) for task in tasks][-1]


DEEDS: dict[str, Deed] = {
    "approve": partial(decide, state="approved"), "reject": partial(decide, state="rejected"),
    "hold": _hold, "unhold": _unhold, "cancel": _cancel, "revert": _revert, "move": _move, "comment": _comment,
    "close_task": _close_task,
}  # fmt: skip


def keep_free(service: Service, body: dict[str, Any]) -> dict[str, Any]:
    """`{kind, start, end}` plans a blackout or a maintenance window, in UTC; `{sys_id}` takes it away again.

    `items` are the sys_ids of those it holds for, all where none is named; `repeat_type` daily or weekly. Returns the
    sys_id. Raises ValueError.
    """
    if known := str(body.get("sys_id", "")):
        return _release(service, known)
    table, times = f"cmn_schedule_{text_of(body, 'kind')}", [parse_stamp(text_of(body, name)) for name in _ENDS]
    if table not in (BLACKOUT, MAINTENANCE) or None in times:
        raise ValueError("kind is blackout or maintenance, start and end are times")
    items = ",".join(str(each) for each in body.get("items") or [])
    name = str(body.get("name", "")) or text_of(body, "kind").capitalize()
    condition = f"sys_idIN{items}" if items else ""
    own = service.plant(table, {"name": name, "time_zone": "UTC", "condition": condition})["sys_id"]
    start, end = (moment.strftime("%Y%m%dT%H%M%SZ") for moment in times if moment)
    service.plant("cmn_schedule_span", {
        "name": name, "schedule": own, "start_date_time": start, "end_date_time": end,
        "repeat_type": str(body.get("repeat_type", "")),
    })  # fmt: skip
    return {"sys_id": own}


def _release(service: Service, sys_id: str) -> dict[str, Any]:
    if service.store.row("cmn_schedule", sys_id) is None:
        raise ValueError(f"there is no schedule {sys_id!r}")
    for span in service.store.find("cmn_schedule_span", schedule=sys_id):
        service.store.remove("cmn_schedule_span", span["sys_id"], service.clock.stamp(), "admin")
    service.store.remove("cmn_schedule", sys_id, service.clock.stamp(), "admin")
    return {"sys_id": sys_id}
