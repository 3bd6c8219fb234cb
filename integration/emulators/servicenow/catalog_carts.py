"""The cart: one for each user, so that whoever orders as the same user shares it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .catalog_criteria import check_people
from .catalog_orders import Line, place
from .catalog_variables import definitions
from .session import SYSTEM

if TYPE_CHECKING:
    from .service import Service
    from .session import Session
    from .store import Row


def of_user(service: Service, user: str) -> Row:
    """Made when it is first looked at."""
    known = service.store.find("sc_cart", user=user, name="DEFAULT")
    return known[0] if known else service.writes.insert(SYSTEM, "sc_cart", {"user": user, "name": "DEFAULT"})


def lines(service: Service, cart: str) -> list[Row]:
    return service.store.find("sc_cart_item", cart=cart)


def put(service: Service, session: Session, line: Line, person: str) -> Row:
    """The cart, with this in it. It has one `requested_for`: the last one named counts for all. Raises ApiError."""
    check_people(service, session, line.item, [person or session.user_id], line.others)
    with service.store.lock:
        cart = of_user(service, session.user_id)
        row = service.writes.insert(SYSTEM, "sc_cart_item", {
            "cart": cart["sys_id"], "cat_item": line.item["sys_id"], "quantity": line.quantity,
            "also_request_for": ",".join(line.others),
        })  # fmt: skip
    answer(service, row, line.values)
    if person:
        cart = service.writes.update(SYSTEM, "sc_cart", cart["sys_id"], {"requested_for": person})
    return cart


def answer(service: Service, cart_item: Row, values: Row) -> None:
    """The values of its variables, in place of those before."""
    _forget(service, cart_item["sys_id"])
    for variable in definitions(service, cart_item["cat_item"]):
        service.plant("sc_item_option", {
            "item_option_new": variable["sys_id"], "value": values[variable["name"]], "order": variable["order"],
            "cart_item": cart_item["sys_id"],
        })  # fmt: skip


def remove(service: Service, cart_item: str) -> None:
    _forget(service, cart_item)
    service.store.remove("sc_cart_item", cart_item, service.clock.stamp(), "system")


def submit(service: Service, session: Session, cart: Row) -> Row:
    """The request of all that lies in it; it is empty then. Raises ApiError, and then it is as it was."""
    with service.store.lock:
        held = lines(service, cart["sys_id"])
        wanted = [_line(service, row) for row in held]
        for row in held:
            service.store.remove("sc_cart_item", row["sys_id"], service.clock.stamp(), "system")
    try:
        request = place(service, session, wanted, cart["requested_for"])
    except BaseException:
        for row in held:
            service.plant("sc_cart_item", row)
        raise
    for row in held:
        _forget(service, row["sys_id"])
    service.writes.update(SYSTEM, "sc_cart", cart["sys_id"], {"requested_for": ""})
    return request


def listed(service: Service, cart: Row) -> dict[str, Any]:
    """As adding to it answers."""
    held = lines(service, cart["sys_id"])
    return {
        "cart_id": cart["sys_id"],
        "subtotal": _sum(service, held),
        "items": [_shown(service, each) for each in held],
    }


def grouped(service: Service, cart: Row) -> dict[str, Any]:
    """As reading it answers: by how often a price recurs, and none does here."""
    held = lines(service, cart["sys_id"])
    if not held:
        return {"cart_id": cart["sys_id"], "subtotal_price": money("0")}
    total = _sum(service, held)
    block = {
        "subtotal_price": total, "subtotal_recurring_frequency": "", "subtotal_recurring_price": money("0"),
        "total_title": "Total", "subtotal_title": "Subtotal", "frequency_label": None,
    }  # fmt: skip
    shown = [{**_shown(service, each), "variables": _labelled(service, each)} for each in held]
    return {"cart_id": cart["sys_id"], **block, "none": {**block, "items": shown}}


def money(amount: str) -> str:
    return f"${float(amount or 0):,.2f}"


def _forget(service: Service, cart_item: str) -> None:
    for option in service.store.find("sc_item_option", cart_item=cart_item):
        service.store.remove("sc_item_option", option["sys_id"], service.clock.stamp(), "system")


def _answers(service: Service, cart_item: Row) -> list[tuple[Row, str]]:
    options = service.store.find("sc_item_option", cart_item=cart_item["sys_id"])
    named = [(service.store.row("item_option_new", each["item_option_new"]), each["value"]) for each in options]
    return [(variable, value) for variable, value in named if variable]


def _labelled(service: Service, cart_item: Row) -> dict[str, str]:
    return {variable["question_text"]: value for variable, value in _answers(service, cart_item)}


def _line(service: Service, row: Row) -> Line:
    item = service.store.row("sc_cat_item", row["cat_item"]) or {}
    values = {variable["name"]: value for variable, value in _answers(service, row)}
    return Line(item, row["quantity"], values, tuple(filter(None, row["also_request_for"].split(","))))


def _sum(service: Service, held: list[Row]) -> str:
    prices = [(service.store.row("sc_cat_item", each["cat_item"]) or {}).get("price", "0") for each in held]
    return money(str(sum(float(p or 0) * int(each["quantity"] or 1) for p, each in zip(prices, held, strict=True))))


def _shown(service: Service, row: Row) -> dict[str, Any]:
    item = service.store.row("sc_cat_item", row["cat_item"]) or {}
    price = money(item.get("price", "0"))
    return {
        "cart_item_id": row["sys_id"], "catalog_item_id": row["cat_item"], "item_name": item.get("name", ""),
        "quantity": row["quantity"], "price": price, "localized_price": price, "recurring_price": money("0"),
        "localized_recurring_price": money("0"), "recurring_frequency": "",
    }  # fmt: skip
