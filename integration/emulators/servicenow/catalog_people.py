"""What people do in the catalog of an instance, under their own rights, over `/_admin/orders`."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from . import permitted
from .catalog_orders import Line, cancel, place
from .catalog_tables import COMPLETE, INCOMPLETE
from .catalog_variables import answered
from .errors import acl_failed
from .people import asked, decide, named
from .registering import person, text_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from .service import Service
    from .session import Session
    from .store import Row

    Deed = Callable[[Service, Session, dict[str, Any]], Row]

_WORKERS = {"catalog", "catalog_admin", "itil", "admin"}


def act(service: Service, body: dict[str, Any]) -> dict[str, Any]:
    """`{as, do}` and what the deed asks for; `of` is the number or sys_id of a request, item or task.

    `order` (item: name or sys_id; requested_for, also: user names; quantity, variables), `approve` and `reject` (of;
    comments), `cancel` (of: a request), `close_tasks` (of: an item; incomplete). Raises ApiError and ValueError.
    """
    session, deed = asked(service, body, DEEDS)
    return {"record": deed(service, session, body)}


def _order(service: Service, session: Session, body: dict[str, Any]) -> Row:
    item = named(service, "sc_cat_item", "item", text_of(body, "item"), by="name")
    whom = person(service, str(body["requested_for"]))["sys_id"] if body.get("requested_for") else session.user_id
    others = tuple(person(service, str(each))["sys_id"] for each in body.get("also") or [])
    values = answered(service, item, body.get("variables") or {})
    return place(service, session, [Line(item, str(body.get("quantity", 1)), values, others)], whom)


def _decide(service: Service, session: Session, body: dict[str, Any], *, state: str) -> Row:
    return decide(service, session, _about(service, body), body, state=state)


def _cancel(service: Service, session: Session, body: dict[str, Any]) -> Row:
    """Of a request that is open: who it is for, who asked for it, or who works on requests."""
    request = _about(service, body)
    if request["sys_class_name"] != "sc_request" or request["active"] != "true":
        raise ValueError(f"{request['number']} is no open request")
    if session.user_id not in (request["requested_for"], request["opened_by"]) and not session.roles & _WORKERS:
        raise acl_failed("Update")
    return cancel(service, session, request)


def _close_tasks(service: Service, session: Session, body: dict[str, Any]) -> Row:
    item = _about(service, body)
    tasks = service.store.find("sc_task", request_item=item["sys_id"], active="true")
    if not tasks:
        raise ValueError(f"{item['number']} has no open task")
    values = {"state": INCOMPLETE if body.get("incomplete") else COMPLETE}
    return [permitted.change(service, session, "sc_task", task, values) for task in tasks][-1]


def _about(service: Service, body: dict[str, Any]) -> Row:
    return named(service, "task", "record", text_of(body, "of"))


DEEDS: dict[str, Deed] = {
    "order": _order, "approve": partial(_decide, state="approved"), "reject": partial(_decide, state="rejected"),
    "cancel": _cancel, "close_tasks": _close_tasks,
}  # fmt: skip
