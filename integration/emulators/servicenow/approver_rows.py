"""Rows of sysapproval_approver: who is asked about a change or an order, and what they decide.

ServiceNowDocs, build-workflows/approvals/c_ApprovalStatus.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import permitted
from .session import SYSTEM

if TYPE_CHECKING:
    from .service import Service
    from .session import Session
    from .store import Row
    from .write import Write

TABLE = "sysapproval_approver"


def pending(service: Service, record: str, **of: str) -> list[Row]:
    return service.store.find(TABLE, sysapproval=record, state="requested", **of)


def ask(service: Service, record: Row, user: str, **more: str) -> None:
    about = {"sysapproval": record["sys_id"], "source_table": record["sys_class_name"]}
    service.writes.insert(SYSTEM, TABLE, {**about, "approver": user, "state": "requested", **more})


def mark(service: Service, row: Row, state: str) -> None:
    service.writes.update(SYSTEM, TABLE, row["sys_id"], {"state": state})


def end(service: Service, record: str, state: str = "cancelled") -> None:
    """Nobody is asked any more; what was decided stays."""
    for row in pending(service, record):
        mark(service, row, state)


def decide(service: Service, session: Session, record: str, state: str, comments: str) -> Row | None:
    """What the session's user was asked, decided under their own rights; None where they are not asked."""
    asked = pending(service, record, approver=session.user_id)
    values = {"state": state, "comments": comments}
    return permitted.change(service, session, TABLE, asked[0], values) if asked else None


def is_decision(write: Write) -> bool:
    """Of a person: what flows mark so decides nothing."""
    return write.became("state", "approved", "rejected") and write.session is not SYSTEM
