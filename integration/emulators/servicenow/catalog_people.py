"""What people do in the catalog of an instance, under their own rights, over `/_admin/orders`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import permitted
from .catalog_criteria import check_people
from .catalog_orders import Line, cancel, place
from .catalog_tables import COMPLETE, INCOMPLETE
from .catalog_variables import answered
from .errors import acl_failed
from .registering import text_of
from .session import Session, session_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from .service import Service
    from .store import Row

    Deed = Callable[[Service, Session, dict[str, Any]], Row]

_WORKERS = {"catalog", "catalog_admin", "itil", "admin"}


def act(service: Service, body: dict[str, Any]) -> dict[str, Any]:
    """`{as, do}` and what the deed asks for; `of` is the number or sys_id of a request, item or task.

    `order` (item: name or sys_id; requested_for, also: user names; quantity, variables), `approve` and `reject` (of;
    comments), `cancel` (of: a request), `close_tasks` (of: an item; incomplete). Raises ApiError and ValueError.
    """
    user_name, deed = text_of(body, "as"), text_of(body, "do")
    session = session_for(service.store, user_name, on_form=True)
    if session is None:
        raise ValueError(f"there is no user {user_name!r}")
    if deed not in DEEDS:
        raise ValueError(f"do is one of {', '.join(DEEDS)}")
    return {"record": DEEDS[deed](service, session, body)}


def _order(service: Service, session: Session, body: dict[str, Any]) -> Row:
    named = text_of(body, "item")
    items = service.store.find("sc_cat_item", name=named) or service.store.find("sc_cat_item", sys_id=named)
    if not items:
        raise ValueError(f"there is no item {named!r}")
    person = _user(service, str(body["requested_for"])) if body.get("requested_for") else session.user_id
    others = tuple(_user(service, str(each)) for each in body.get("also") or [])
    values = answered(service, items[0], body.get("variables") or {})
    check_people(service, session, items[0], [person], others)
    return place(service, session, [Line(items[0], str(body.get("quantity", 1)), values, others)], person)


def _user(service: Service, user_name: str) -> str:
    known = service.store.find("sys_user", user_name=user_name)
    if not known:
        raise ValueError(f"there is no user {user_name!r}")
    return known[0]["sys_id"]


def _decide(state: str) -> Deed:
    def deed(service: Service, session: Session, body: dict[str, Any]) -> Row:
        record = _named(service, body)
        asked = {"sysapproval": record["sys_id"], "approver": session.user_id, "state": "requested"}
        rows = service.store.find("sysapproval_approver", **asked)
        if not rows:
            raise ValueError(f"{session.user_name} is not asked to approve {record['number']}")
        values = {"state": state, "comments": str(body.get("comments", ""))}
        return permitted.change(service, session, "sysapproval_approver", rows[0], values)

    return deed


def _cancel(service: Service, session: Session, body: dict[str, Any]) -> Row:
    """Of a request that is open: who it is for, who asked for it, or who works on requests."""
    request = _named(service, body)
    if request["sys_class_name"] != "sc_request" or request["active"] != "true":
        raise ValueError(f"{request['number']} is no open request")
    if session.user_id not in (request["requested_for"], request["opened_by"]) and not session.roles & _WORKERS:
        raise acl_failed("Update")
    return cancel(service, session, request)


def _close_tasks(service: Service, session: Session, body: dict[str, Any]) -> Row:
    item = _named(service, body)
    tasks = service.store.find("sc_task", request_item=item["sys_id"], active="true")
    if not tasks:
        raise ValueError(f"{item['number']} has no open task")
    values = {"state": INCOMPLETE if body.get("incomplete") else COMPLETE}
    return [permitted.change(service, session, "sc_task", task, values) for task in tasks][-1]


def _named(service: Service, body: dict[str, Any]) -> Row:
    named = text_of(body, "of")
    rows = service.store.find("task", number=named) or service.store.find("task", sys_id=named)
    if not rows:
        raise ValueError(f"there is no record {named!r}")
    return rows[0]


DEEDS: dict[str, Deed] = {
    "order": _order, "approve": _decide("approved"), "reject": _decide("rejected"), "cancel": _cancel,
    "close_tasks": _close_tasks,
}  # fmt: skip
