"""Rows of an instance as the words of a change: a value in an unknown form is no answer."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import quote

from integration.changes import beginning
from integration.changes.key import part_of
from integration.changes.model import Approver, Change, Task
from integration.clients.errors import Unavailable
from integration.clients.servicenow import shown as journals
from integration.clients.servicenow.change import TABLE
from integration.clients.servicenow.errors import SYSTEM
from integration.clients.servicenow.timestamp import from_timestamp

if TYPE_CHECKING:
    from datetime import datetime

    from integration.changes.model import Beginning
    from integration.clients.servicenow.record import Record

COLUMNS = (
    "number", "state", "approval", "type", "chg_model", "cmdb_ci", "on_hold", "on_hold_reason", "start_date",
    "end_date", "work_start", "work_end", "close_code", "correlation_id", "correlation_display", "sys_created_on",
    "sys_updated_on", "sys_updated_by", "conflict_last_run", "conflict_status",
)  # fmt: skip
TASKS, APPROVERS = "change_task", "sysapproval_approver"
TASK_WORKING, TASK_DONE, TASK_CANCELED = "2", "3", "4"
TASK_COLUMNS = ("correlation_id", "change_request", "state", "close_code", "close_notes", "sys_updated_on")
BEGINNING_COLUMNS = ("work_notes", "sys_created_on", "sys_updated_on")
APPROVER_COLUMNS = ("approver", "state", "comments", "sysapproval", "sys_created_on", "sys_updated_on")
UNCONFLICTED = "No Conflict"
"""Of `conflict_status`."""
CODES = {True: "successful", False: "unsuccessful"}


def change_of(row: Record, base_url: str, dropped: tuple[str, ...] = ()) -> Change:
    """Columns that decide have to be there; a hold in an unknown form is one."""
    return Change(
        sys_id=row.sys_id,
        number=row.value("number"),
        state=row.value("state"),
        state_label=row.label("state"),
        approval=row.value("approval"),
        kind=row.get("type", ""),
        model=row.get("chg_model", ""),
        cmdb_ci=row.get("cmdb_ci", ""),
        on_hold=row.value("on_hold") not in ("false", "0", ""),
        hold_reason=row.get("on_hold_reason", ""),
        start=moment_or_none(row, "start_date"),
        end=moment_or_none(row, "end_date"),
        work_start=moment_or_none(row, "work_start"),
        work_end=moment_or_none(row, "work_end"),
        close_code=row.get("close_code", ""),
        mark=row.get("correlation_id", ""),
        shown=row.get("correlation_display", ""),
        created=moment(row, "sys_created_on"),
        updated=moment(row, "sys_updated_on"),
        updated_by=row.get("sys_updated_by", ""),
        url=f"{base_url}/nav_to.do?uri={quote(f'{TABLE}.do?sys_id={row.sys_id}', safe='')}",
        dropped=dropped,
        beginnings=beginnings_of(row),
    )


def beginnings_of(row: Record) -> tuple[Beginning, ...] | None:
    """None: the row shows no work notes."""
    if not journals.shows(row):
        return None
    return beginning.told((each.text, each.created) for each in journals.entries(row))


def moment(row: Record, column: str) -> datetime:
    try:
        return from_timestamp(row.value(column))
    except ValueError as error:
        raise Unavailable(SYSTEM, f"the instance shows {column} in an unknown form") from error


def moment_or_none(row: Record, column: str) -> datetime | None:
    return moment(row, column) if row.value(column) else None


def approver_of(row: Record) -> Approver:
    asked, decided = moment(row, "sys_created_on"), moment(row, "sys_updated_on")
    return Approver(row.label("approver"), row.value("state"), asked, decided, _words(row))


def _words(row: Record) -> str:
    """The last thing an approver said, where this user may see it."""
    found = journals.entries(row)
    return " ".join(found[-1].text.split()) if found else ""


def task_of(row: Record) -> Task | None:
    part = part_of(row.get("correlation_id", ""))
    if part is None:
        return None
    told = re.search(r"\[(\d+)\]\s*$", row.get("close_notes", ""))
    ended = row.value("state") not in ("-5", "1", TASK_WORKING)
    code = int(told[1]) if told else int(row.get("close_code") != CODES[True])
    task = Task(row.sys_id, row.value("change_request"), part)
    return replace(task, code=code, ended=moment(row, "sys_updated_on")) if ended else task
