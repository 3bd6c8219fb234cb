"""`/api/sn_sc/servicecatalog/items`: what may be ordered, its variables, and ordering it.

ServiceNowDocs, api-reference/rest-apis/c_ServiceCatalogAPI.md. The cart stands in `catalog_cart_api.py`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from . import catalog_carts as carts
from .catalog_criteria import CONSTRAINED, may_have, refused
from .catalog_orders import Line, place
from .catalog_seed import TWO_STEP
from .catalog_variables import answered, definitions, shown
from .errors import no_resource
from .exchange import Response, json_response, only
from .incoming import as_text
from .table_api import check_accept, page, read_json

if TYPE_CHECKING:
    from .service import Service
    from .store import Row
    from .table_api import Call

DEFAULT_LIMIT = 10


def allowed(call: Call, *methods: str) -> None:
    """Raises ApiError: no such API, not this method. No role is needed but access to the item."""
    if not call.service.switches.catalog_api:
        raise no_resource(call.service.switches.unknown_path_status)
    check_accept(call.request)
    only(call.request, *methods)


def found(call: Call, sys_id: str) -> Row:
    """An item that is active and that the caller may have. Raises ApiError."""
    item = call.service.store.row("sc_cat_item", sys_id)
    if item is None or item["active"] != "true" or not may_have(call.service, item, call.session.user_id):
        raise refused(call.service, CONSTRAINED)
    return item


def items(call: Call) -> Response:
    """By `sysparm_text`, `sysparm_category`, `sysparm_catalog`; what the caller may not have is not there."""
    allowed(call, "GET")
    service, asked = call.service, call.request.parameter
    rows = [
        row
        for row in service.store.find("sc_cat_item", active="true")
        if asked("sysparm_text").casefold() in f"{row['name']} {row['short_description']}".casefold()
        and (not asked("sysparm_category") or row["category"] == asked("sysparm_category"))
        and (not asked("sysparm_catalog") or asked("sysparm_catalog") in row["sc_catalogs"].split(","))
        and may_have(service, row, call.session.user_id)
    ]
    kept, headers = page(call, rows, DEFAULT_LIMIT)
    return json_response({"result": [_shown(service, row) for row in kept]}, headers=headers)


def item(call: Call, sys_id: str) -> Response:
    allowed(call, "GET")
    row = found(call, sys_id)
    variables = [shown(call.service, each) for each in definitions(call.service, sys_id)]
    return json_response({"result": {**_shown(call.service, row), "variables": variables}})


def variables(call: Call, sys_id: str) -> Response:
    allowed(call, "GET")
    found(call, sys_id)
    return json_response({"result": [shown(call.service, each) for each in definitions(call.service, sys_id)]})


def order_now(call: Call, sys_id: str) -> Response:
    """With two steps to a checkout nothing is requested yet: the item lies in the caller's cart."""
    allowed(call, "POST")
    line, person = asked_for(call, sys_id)
    if call.service.settings.is_on(TWO_STEP):
        cart = carts.put(call.service, call.session, line, person)
        return json_response({"result": {"cart_id": cart["sys_id"]}})
    return json_response({"result": receipt(place(call.service, call.session, [line], person))})


def add_to_cart(call: Call, sys_id: str) -> Response:
    allowed(call, "POST")
    line, person = asked_for(call, sys_id)
    cart = carts.put(call.service, call.session, line, person)
    return json_response({"result": carts.listed(call.service, cart)})


def asked_for(call: Call, sys_id: str) -> tuple[Line, str]:
    """What the body orders, and for whom. Raises ApiError."""
    body, row = read_json(call.request), found(call, sys_id)
    line = Line(row, quantity(call, body), answers(call, row, body), _people(body.get("sysparm_also_request_for")))
    return line, as_text(body.get("sysparm_requested_for"))


def quantity(call: Call, body: dict[str, Any]) -> str:
    """Raises ApiError where it is missing, no whole number, or negative."""
    text = as_text(body.get("sysparm_quantity")).strip()
    if not re.fullmatch(r"\d{1,6}", text) or (int(text) == 0 and call.service.switches.catalog_zero_refused):
        raise refused(call.service, "Invalid quantity value")
    return text


def answers(call: Call, row: Row, body: dict[str, Any]) -> Row:
    given = body.get("variables") or {}
    if not isinstance(given, dict):
        raise refused(call.service, "Mandatory Variables are required")
    return answered(call.service, row, given)


def receipt(request: Row) -> dict[str, str]:
    """It names the request; its items are read from their table."""
    number, sys_id = request["number"], request["sys_id"]
    return {
        "sys_id": sys_id, "number": number, "request_number": number, "request_id": sys_id, "table": "sc_request",
    }  # fmt: skip


def _people(given: Any) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each.strip() for each in as_text(given).split(",") if each.strip()))


def _shown(service: Service, row: Row) -> dict[str, Any]:
    category = service.store.row("sc_category", row["category"]) or {}
    catalogs = [service.store.row("sc_catalog", each) for each in row["sc_catalogs"].split(",")]
    price = carts.money(row["price"])
    return {
        "sys_id": row["sys_id"], "name": row["name"], "short_description": row["short_description"],
        "description": row["description"], "type": "catalog_item", "sys_class_name": "sc_cat_item",
        "price": price, "localized_price": price, "price_currency": "USD", "local_currency": "USD",
        "recurring_price": "", "recurring_frequency": None, "show_price": float(row["price"] or 0) > 0,
        "show_quantity": row["no_quantity"] != "true", "order": int(row["order"] or 0),
        "category": {"sys_id": category.get("sys_id", ""), "title": category.get("title", "")},
        "catalogs": [{"sys_id": each["sys_id"], "title": each["title"]} for each in catalogs if each],
    }  # fmt: skip
