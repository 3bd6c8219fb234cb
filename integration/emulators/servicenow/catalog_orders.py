"""From what somebody wants to have to a request with its items."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .catalog_criteria import check_people

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .service import Service
    from .session import Session
    from .store import Row


@dataclass(frozen=True, slots=True)
class Line:
    """One item of an order: `values` of its variables, and who gets it besides."""

    item: Row
    quantity: str
    values: Row
    others: tuple[str, ...] = ()


def place(service: Service, session: Session, lines: Sequence[Line], requested_for: str = "") -> Row:
    """The request; an item of its own for each line and person. Raises ApiError: access is checked here, too."""
    person = requested_for or session.user_id
    for line in lines:
        check_people(service, session, line.item, [person], line.others)
    price = sum(_price(line) * (1 + len(line.others)) for line in lines)
    request = service.writes.insert(session, "sc_request", {
        "requested_for": person, "approval": "requested", "request_state": "requested", "price": f"{price:g}",
    })  # fmt: skip
    for line in lines:
        for user in (person, *line.others):
            _item(service, session, request, line, user)
    service.catalog.ordered(request["sys_id"])
    return service.store.row("sc_request", request["sys_id"]) or request


def cancel(service: Service, session: Session, request: Row) -> Row:
    """The button *Cancel Request*."""
    return service.writes.update(session, "sc_request", request["sys_id"], {"request_state": "closed_cancelled"})


def _item(service: Service, session: Session, request: Row, line: Line, user: str) -> None:
    on_item = service.switches.catalog_requested_for_on_item
    catalogs = line.item["sc_catalogs"].split(",")
    values = {
        "cat_item": line.item["sys_id"], "request": request["sys_id"], "parent": request["sys_id"],
        "requested_for": user if on_item else "", "quantity": line.quantity,
        "approval": service.switches.catalog_item_born, "price": line.item["price"], "sc_catalog": catalogs[0],
    }  # fmt: skip
    service.writes.insert(session, "sc_req_item", values, variables=dict(line.values))


def _price(line: Line) -> float:
    return float(line.item["price"] or 0) * int(line.quantity)
