"""`/api/sn_sc/servicecatalog/cart`: reading, changing, emptying and checking out the caller's cart; same page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import catalog_carts as carts
from .catalog_api import allowed, answers, found, quantity
from .catalog_criteria import refused
from .catalog_seed import TWO_STEP
from .exchange import Response, json_response
from .table_api import read_json

if TYPE_CHECKING:
    from .store import Row
    from .table_api import Call

EMPTY = "Cart is empty, cannot check out"
_OF_OTHERS = {"admin", "catalog_admin"}


def cart(call: Call) -> Response:
    allowed(call, "GET")
    return json_response({"result": carts.grouped(call.service, _mine(call))})


def line(call: Call, cart_item_id: str) -> Response:
    """PUT sets quantity and variables, DELETE takes it out."""
    allowed(call, "PUT", "DELETE")
    row = call.service.store.row("sc_cart_item", cart_item_id)
    if row is None or row["cart"] != _mine(call)["sys_id"]:
        raise refused(call.service, "Invalid cart item")
    if call.request.method == "DELETE":
        carts.remove(call.service, cart_item_id)
        return Response(204)
    body = read_json(call.request)
    number, values = quantity(call, body), answers(call, found(call, row["cat_item"]), body)
    call.service.plant("sc_cart_item", {**row, "quantity": number})
    carts.answer(call.service, row, values)
    return json_response({"result": carts.grouped(call.service, _mine(call))}, 201)


def empty(call: Call, sys_id: str) -> Response:
    """The cart goes, with all in it; another's only for an administrator of the catalog."""
    allowed(call, "DELETE")
    row = call.service.store.row("sc_cart", sys_id)
    if row is None or (row["user"] != call.session.user_id and not call.session.roles & _OF_OTHERS):
        raise refused(call.service, "Invalid cart")
    for each in carts.lines(call.service, sys_id):
        carts.remove(call.service, each["sys_id"])
    call.service.store.remove("sc_cart", sys_id, call.service.clock.stamp(), call.session.user_name)
    return Response(204)


def checkout(call: Call) -> Response:
    """In one step it requests; in two it shows what will be, and `submit_order` requests."""
    allowed(call, "POST")
    if not call.service.settings.is_on(TWO_STEP):
        return _requested(call)
    row = _filled(call)
    person = row["requested_for"] or call.session.user_id
    named = (call.service.store.row("sys_user", person) or {}).get("name", "")
    address = {"delivery_address": row["delivery_address"], "special_instructions": row["special_instructions"]}
    whose = {"requested_for": person, "requested_for_user": named}
    return json_response({"result": {**carts.grouped(call.service, row), **address, **whose}})


def submit_order(call: Call) -> Response:
    allowed(call, "POST")
    return _requested(call)


def _requested(call: Call) -> Response:
    request = carts.submit(call.service, call.session, _filled(call))
    result: dict[str, Any] = {"request_number": request["number"], "request_id": request["sys_id"]}
    return json_response({"result": result})


def _mine(call: Call) -> Row:
    return carts.of_user(call.service, call.session.user_id)


def _filled(call: Call) -> Row:
    row = _mine(call)
    if not carts.lines(call.service, row["sys_id"]):
        raise refused(call.service, EMPTY)
    return row
