"""Approvals of requests and request items: who is asked. Any one decides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import approver_rows
from .session import SYSTEM

if TYPE_CHECKING:
    from .service import Service
    from .store import Row


def ask(service: Service, record: Row, whom: str) -> None:
    """`whom`: `manager` (of who it is for), a group or a person, by sys_id. Nobody found: it stays requested."""
    if not approver_rows.pending(service, record["sys_id"]):
        for user in _people(service, record, whom):
            approver_rows.ask(service, record, user)
    service.writes.update(SYSTEM, record["sys_class_name"], record["sys_id"], {"approval": "requested"})


def _people(service: Service, record: Row, whom: str) -> list[str]:
    store = service.store
    if whom == "manager":
        request = store.row("sc_request", record.get("request", "")) or record
        user = record["requested_for"] or request["requested_for"]
        named = [(store.row("sys_user", user) or {}).get("manager", "")]
    else:
        named = [row["user"] for row in store.find("sys_user_grmember", group=whom)] or [whom]
    return [user for user in named if (store.row("sys_user", user) or {}).get("active") == "true"]
