"""What people do on either side, as data: played on the fakes, told in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from integration.cases.link import CASE
from tests.fakes.cases import PERSON_ROLE, RESPONDER

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from tests.fakes.running import Running

STATES = {
    "itsm": {"new": "1", "working": "2", "hold": "3", "resolved": "6", "closed": "7", "cancelled": "8"},
    "ir": {"new": "10", "working": "16", "contained": "18", "recovering": "20", "review": "100", "closed": "3"},
}
"""Names for states, so that one scenario serves both modules."""
ENDED = frozenset({"closed", "cancelled", "resolved"})
COLUMNS = {"title": "short_description", "description": "description"}


@dataclass(frozen=True, slots=True)
class Edit:
    """`what` names the kind of change, `value` what it is set to; on the incident states go by the names of STATES."""

    side: str
    what: str
    value: str = ""

    def __str__(self) -> str:
        shown = self.value if len(self.value) <= 40 else f"{self.value[:20]}… ({len(self.value)} characters)"
        return f"somebody on the {self.side}: {self.what} {shown!r}"


def edit_of(text: str) -> Edit:
    """`case title: new` → an edit."""
    side, _, rest = text.partition(" ")
    what, _, value = rest.partition(": ")
    return Edit(side, what, value)


def play(edit: Edit, running: Running, case_id: str, sys_id: str) -> None:
    """Make the change, as the person would."""
    if edit.side == CASE:
        _ON_CASE[edit.what](running, case_id, edit.value)
    else:
        _ON_INCIDENT[edit.what](running, sys_id, edit.value)


# ------------------------------------------------------------------------------------------------ on the case
def _set_value(name: str) -> Callable[[Running, str, str], None]:
    def change(running: Running, case_id: str, value: str) -> None:
        running.cases.records[case_id]["values"][name] = value

    return change


def _status(running: Running, case_id: str, value: str) -> None:
    running.cases.records[case_id]["status"] = value


def _close(running: Running, case_id: str, value: str) -> None:
    running.cases.records[case_id]["status"] = "Closed"
    running.cases.records[case_id]["values"]["closureCode"] = value


def _comment(running: Running, case_id: str, value: str) -> None:
    running.cases.add_comment(case_id, value, RESPONDER if value.startswith("r") else PERSON_ROLE)


def _edit_comment(running: Running, case_id: str, value: str) -> None:
    """The oldest comment of a person."""
    mine = [c for c in running.cases.records[case_id]["comments"] if not running.cases.own(c["creator"])]
    if mine:
        running.cases.edit_comment(case_id, mine[0]["id"], value)


def _case_file(running: Running, case_id: str, value: str) -> None:
    running.cases.add_file(case_id, f"{value}.txt", f"content of {value}".encode())


def _case_watch(running: Running, case_id: str, value: str) -> None:
    running.cases.records[case_id]["watchers"] |= {value}


def _case_unwatch(running: Running, case_id: str, value: str) -> None:
    running.cases.records[case_id]["watchers"] -= {value}


# ------------------------------------------------------------------------------------------------ on the incident
def _set_column(name: str) -> Callable[[Running, str, str], None]:
    def change(running: Running, sys_id: str, value: str) -> None:
        running.incidents.edit(sys_id, **{name: value})

    return change


def _state(running: Running, sys_id: str, value: str) -> None:
    more = {"close_code": "Solved", "close_notes": "keys rotated"} if value in ENDED else {}
    running.incidents.edit(sys_id, state=STATES[running.rules.module][value], **more)


def _incident_file(running: Running, sys_id: str, value: str) -> None:
    running.incidents.add_file(sys_id, f"{value}.txt", f"content of {value}".encode())


def _watched(running: Running, sys_id: str) -> list[str]:
    return [m for m in _columns(running, sys_id).get("watch_list", "").split(",") if m]


def _incident_watch(running: Running, sys_id: str, value: str) -> None:
    if value not in _watched(running, sys_id):
        running.incidents.edit(sys_id, watch_list=",".join([*_watched(running, sys_id), value]))


def _incident_unwatch(running: Running, sys_id: str, value: str) -> None:
    kept = [m for m in _watched(running, sys_id) if m != value]
    running.incidents.edit(sys_id, watch_list=",".join(kept))


def _columns(running: Running, sys_id: str) -> dict[str, Any]:
    found: dict[str, Any] = running.incidents.records[sys_id]["columns"]
    return found


_ON_CASE: dict[str, Callable[[Running, str, str], None]] = {
    "title": _set_value("title"),
    "description": _set_value("description"),
    "pending": _set_value("pendingAction"),
    "status": _status,
    "close": _close,
    "comment": _comment,
    "edited comment": _edit_comment,
    "file": _case_file,
    "watch": _case_watch,
    "unwatch": _case_unwatch,
}
_ON_INCIDENT: dict[str, Callable[[Running, str, str], None]] = {
    "title": _set_column("short_description"),
    "description": _set_column("description"),
    "comment": _set_column("comments"),
    "work note": _set_column("work_notes"),
    "priority": _set_column("priority"),
    "state": _state,
    "file": _incident_file,
    "watch": _incident_watch,
    "unwatch": _incident_unwatch,
}
