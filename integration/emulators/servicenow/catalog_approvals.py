"""Approvals of requests and request items: who is asked, and what becomes of what was asked.

Any one decides. ServiceNowDocs, build-workflows/approvals/c_ApprovalStatus.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .change_approvals import pending
from .session import SYSTEM

if TYPE_CHECKING:
    from .service import Service
    from .store import Row


def ask(service: Service, record: Row, whom: str) -> None:
    """`whom`: `manager` (of who it is for), a group or a person, by sys_id. Nobody found: it stays requested."""
    if not pending(service, record["sys_id"]):
        for user in _people(service, record, whom):
            service.writes.insert(SYSTEM, "sysapproval_approver", {
                "sysapproval": record["sys_id"], "document_id": record["sys_id"],
                "source_table": record["sys_class_name"], "approver": user, "state": "requested",
            })  # fmt: skip
    service.writes.update(SYSTEM, record["sys_class_name"], record["sys_id"], {"approval": "requested"})


def end(service: Service, record: str, state: str) -> None:
    """Nobody is asked any more; what was decided stays."""
    for row in pending(service, record):
        service.writes.update(SYSTEM, "sysapproval_approver", row["sys_id"], {"state": state})


def _people(service: Service, record: Row, whom: str) -> list[str]:
    store = service.store
    if whom == "manager":
        request = store.row("sc_request", record.get("request", "")) or record
        user = record["requested_for"] or request["requested_for"]
        named = [(store.row("sys_user", user) or {}).get("manager", "")]
    else:
        named = [row["user"] for row in store.find("sys_user_grmember", group=whom)] or [whom]
    return [user for user in named if (store.row("sys_user", user) or {}).get("active") == "true"]
