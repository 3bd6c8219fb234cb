"""Approvals of a change: who is asked, what a decision means for the others, and what follows for the change.

The policy is *any one of a group*.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .approver_rows import ask as ask_one
from .approver_rows import mark, pending
from .session import SYSTEM

if TYPE_CHECKING:
    from .service import Service
    from .store import Row

_OVER = frozenset({"cancelled", "not_required", "duplicate"})


def of_run(service: Service, change: str, run: int) -> list[Row]:
    return service.store.find("sysapproval_approver", sysapproval=change, iteration=str(run))


def ask(service: Service, change: Row, whom: str, run: int) -> None:
    """Every active member of the group, once for each run and state; a group without members asks nobody."""
    group = change["assignment_group"] if whom == "assignment_group" else whom
    if not group or any(each["correlation_id"] == change["state"] for each in _groups(service, change, run)):
        return
    row = service.writes.insert(SYSTEM, "sysapproval_group", {
        "parent": change["sys_id"], "assignment_group": group, "approval": "requested", "order": str(run),
        "correlation_id": change["state"], "short_description": "Group approval",
    })  # fmt: skip
    members = [each["user"] for each in service.store.find("sys_user_grmember", group=group)]
    asked = [user for user in members if (service.store.row("sys_user", user) or {}).get("active") == "true"]
    for user in asked:
        ask_one(service, change, user, group=row["sys_id"], iteration=str(run), expected_start=service.clock.stamp())
    if asked:
        _set_change(service, change, approval="requested")


def decide(service: Service, change: Row, row: Row) -> None:
    """What others of the group were asked is no longer required; a rejection ends the whole run."""
    state = row["state"]
    for other in pending(service, change["sys_id"]):
        if state == "rejected" or other["group"] == row["group"]:
            mark(service, other, "cancelled" if state == "rejected" else "not_required")
    if row["group"]:
        service.writes.update(SYSTEM, "sysapproval_group", row["group"], {"approval": state})
    _tell(service, change, row)


def verdict(service: Service, change: str, run: int) -> str:
    """What the rows of a run mean for the change; empty where they say nothing."""
    states = {row["state"] for row in of_run(service, change, run)} - _OVER - {"not requested"}
    if "rejected" in states:
        return "rejected"
    if states == {"approved"}:
        return "approved"
    return "requested" if states else ""


def hold(service: Service, change: Row, run: int) -> None:
    for row in of_run(service, change["sys_id"], run):
        if row["state"] == "requested":
            mark(service, row, "not_required")


def resume(service: Service, change: Row, run: int) -> None:
    """Those asked in groups that have not decided are asked again."""
    undecided = {group["sys_id"] for group in _groups(service, change, run) if group["approval"] == "requested"}
    for row in of_run(service, change["sys_id"], run):
        if row["state"] == "not_required" and row["group"] in undecided:
            mark(service, row, "requested")


def _groups(service: Service, change: Row, run: int) -> list[Row]:
    return service.store.find("sysapproval_group", parent=change["sys_id"], order=str(run))


def _tell(service: Service, change: Row, row: Row) -> None:
    """The history of a change holds who decided what, and in which words, newest first."""
    who = service.renderer.plain("sysapproval_approver", row, "approver")
    words = service.journal.entries(row["sys_id"], ("comments",))
    said = f"{who} {row['state']} the change" + (f": {words[0]['value']}" if words else "")
    history = f"{service.clock.stamp()} - {who} (Approval history)\n{said}\n\n{change['approval_history']}"
    _set_change(service, change, approval_history=history)


def _set_change(service: Service, change: Row, **values: str) -> None:
    service.writes.update(SYSTEM, "change_request", change["sys_id"], values)
