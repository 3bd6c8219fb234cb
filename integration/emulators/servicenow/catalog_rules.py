"""What the platform's own rules do to requests, request items and catalog tasks before they are written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .catalog_tables import COMPLETE, COMPLETED, ENDED, FULFILLMENT, INCOMPLETE, SKIPPED, WAITING
from .task_engines import mark_closure

if TYPE_CHECKING:
    from .service import Service
    from .write import Write

OF_TABLE = ("sc_request", "sc_req_item", "sc_task")
CLOSED_REQUESTS = {
    "closed_complete": COMPLETE, "closed_incomplete": INCOMPLETE, "closed_cancelled": INCOMPLETE,
    "closed_rejected": INCOMPLETE,
}  # fmt: skip
"""`request_state` to the `state` that goes with it."""
OPEN = "1"
_STATES = {COMPLETE: "closed_complete", INCOMPLETE: "closed_incomplete", SKIPPED: "closed_incomplete"}


def apply(service: Service, write: Write) -> None:
    """Changes `write.current`."""
    if write.table not in OF_TABLE:
        return
    if write.table == "sc_request":
        _mirrored(write)
    if write.table == "sc_req_item":
        _item(service, write)
    if write.table == "sc_task":
        _task(service, write)
    mark_closure(write, service.clock.stamp(), ENDED)
    if write.changed("approval") and write.previous is not None:
        write.current["approval_set"] = service.clock.stamp()


def _mirrored(write: Write) -> None:
    """`request_state` and `state` follow each other; where both are written, `request_state` leads."""
    current = write.current
    if write.changed("request_state"):
        current["state"] = CLOSED_REQUESTS.get(current["request_state"], OPEN)
    elif write.changed("state"):
        current["request_state"] = _STATES.get(current["state"], "in_process")
    if current["request_state"] in CLOSED_REQUESTS:
        current["stage"] = current["request_state"]


def _item(service: Service, write: Write) -> None:
    current = write.current
    if write.previous is None:
        current["stage"] = current["stage"] or WAITING
        current["short_description"] = current["short_description"] or _named(service, current["cat_item"])
    if write.became("approval", "approved") and current["stage"] == WAITING:
        current["stage"] = FULFILLMENT
    if write.became("state", COMPLETE):
        current["stage"] = COMPLETED


def _task(service: Service, write: Write) -> None:
    current = write.current
    item = service.store.row("sc_req_item", current["request_item"] or current["parent"]) or {}
    current["request_item"] = current["request_item"] or item.get("sys_id", "")
    current["parent"] = current["parent"] or current["request_item"]
    current["request"] = current["request"] or item.get("request", "")


def _named(service: Service, item: str) -> str:
    return (service.store.row("sc_cat_item", item) or {}).get("short_description", "")
