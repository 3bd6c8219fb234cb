"""Engines of the platform that change tasks as they are written: priority, closure, reopening, mirrored state."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from .clock import STAMP, parse_stamp
from .errors import aborted

if TYPE_CHECKING:
    from collections.abc import Collection

    from .switches import Switches
    from .write import Write

PRIORITIES = {
    ("1", "1"): "1", ("1", "2"): "2", ("1", "3"): "3",
    ("2", "1"): "2", ("2", "2"): "3", ("2", "3"): "4",
    ("3", "1"): "3", ("3", "2"): "4", ("3", "3"): "5",
}  # fmt: skip
"""(impact, urgency) -> priority, the stock data lookup."""
SIR_ORDER = ("10", "16", "18", "19", "20", "100", "3")
"""States of the stateful process, each reachable from the one before it only."""
OPEN, ON_HOLD, RESOLVED, CLOSED, CANCELED = ("1", "2", "3"), "3", "6", "7", "8"
_PROCESS_RULE = ("SIR process definition", "5d9a8f04c3c21200b599b4ad81d3ae6a")


def apply(write: Write, switches: Switches, now: str) -> None:
    """Changes `write.current`. Raises ApiError where the process definition refuses a state."""
    if write.table == "incident":
        _incident(write, switches, now)
    elif write.table == "sn_si_incident":
        _security_incident(write, switches, now)
    if write.previous and write.previous.get("assignment_group") and write.changed("assignment_group"):
        _count(write, "reassignment_count")


def _incident(write: Write, switches: Switches, now: str) -> None:
    current = write.current
    _mirror_state(write)
    _resume(write, switches)
    current["priority"] = PRIORITIES.get(
        (current.get("impact", ""), current.get("urgency", "")), current.get("priority", "")
    )
    if write.became("state", *OPEN) and write.previous and write.previous.get("state") in (RESOLVED, CLOSED, CANCELED):
        _reopen(write, switches, now)
    if write.became("state", RESOLVED, CLOSED):
        _resolve(write, now)
    mark_closure(write, now, (CLOSED, CANCELED))


def _security_incident(write: Write, switches: Switches, now: str) -> None:
    current = write.current
    before = (write.previous or {}).get("state", "")
    assigned = current.get("assigned_to") and not (write.previous or {}).get("assigned_to")
    if switches.sir_leaves_draft_when_assigned and assigned and current["state"] == "10":
        current["state"] = "16"
    if switches.sir_process == "stateful" and before and before != current["state"]:
        _check_step(before, current["state"])
    if switches.sir_priority_calculated:
        severity, criticality = current.get("severity", "3"), current.get("business_criticality", "3")
        current["priority"] = PRIORITIES.get((severity, criticality), current.get("priority", ""))
    mark_closure(write, now, ("3", "7"))


def _check_step(before: str, after: str) -> None:
    follows = SIR_ORDER.index(before) + 1 if before in SIR_ORDER[:-1] else None
    if after != "7" and (follows is None or after != SIR_ORDER[follows]):
        raise aborted("sn_si_incident", *_PROCESS_RULE)


def _mirror_state(write: Write) -> None:
    """`incident_state` follows `state`; written alone it leads."""
    current = write.current
    leads = write.changed("incident_state") and (write.previous is not None or current["state"] == "1")
    if leads and not (write.previous and write.changed("state")):
        current["state"] = current["incident_state"]
    current["incident_state"] = current["state"]


def _resume(write: Write, switches: Switches) -> None:
    """A comment of the caller takes an incident off hold."""
    current = write.current
    commented = current.get("comments", "").strip() and write.session.user_id == current.get("caller_id")
    if switches.caller_comment_resumes and commented and current["state"] == ON_HOLD and not write.changed("state"):
        current |= {"state": "2", "incident_state": "2", "hold_reason": ""}


def _resolve(write: Write, now: str) -> None:
    current = write.current
    if not current.get("resolved_at"):
        current |= {"resolved_at": now, "resolved_by": write.session.user_id}
    current["calendar_duration"] = _since(current.get("opened_at", ""), now)
    current["business_duration"] = current["calendar_duration"]


def _reopen(write: Write, switches: Switches, now: str) -> None:
    current = write.current
    _count(write, "reopen_count")
    current |= {"reopened_by": write.session.user_id, "reopened_time": now}
    if switches.reopen_clears_resolution:
        current |= {"resolved_at": "", "resolved_by": ""}


def mark_closure(write: Write, now: str, closed: Collection[str]) -> None:
    """Whoever opens it again takes the marks of closing away."""
    current = write.current
    current["active"] = str(current["state"] not in closed).lower()
    if write.became("state", *closed):
        current |= {"closed_at": now, "closed_by": write.session.user_id}
    elif current["state"] not in closed:
        current |= {"closed_at": "", "closed_by": ""}


def _count(write: Write, field: str) -> None:
    write.current[field] = str(int(write.current.get(field) or 0) + 1)


def _since(opened: str, now: str) -> str:
    """A glide_duration: as long after 1970 as it lasted."""
    start, end = parse_stamp(opened), parse_stamp(now)
    seconds = (end - start).total_seconds() if start and end else 0
    return datetime.fromtimestamp(max(seconds, 0), UTC).strftime(STAMP)
