"""Changes of one instance, over its APIs: what the port promises, in columns of change_request and of tables beside.

Looks are reads of the Table API with the few columns that decide; writes go through the Change Management API. Where
that is missing, the Table API makes and moves normal and emergency changes, by the stock states and with an id of ours.
"""

from __future__ import annotations

import time
import uuid
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeVar

from integration.changes.columns import alike, asked, dropped, path_of, written
from integration.changes.evidence import chunks
from integration.changes.key import task_mark
from integration.changes.model import Approver, Change, Conflict, Kind, NextState, Task
from integration.changes.rows import (
    APPROVER_COLUMNS,
    APPROVERS,
    BEGINNING_COLUMNS,
    CODES,
    COLUMNS,
    TASK_CANCELED,
    TASK_COLUMNS,
    TASK_DONE,
    TASK_WORKING,
    TASKS,
    UNCONFLICTED,
    approver_of,
    beginnings_of,
    change_of,
    moment,
    task_of,
)
from integration.changes.states import STOCK, Place
from integration.clients.errors import Missing, Refused, RemoteError
from integration.clients.servicenow.attachment import Attachments
from integration.clients.servicenow.change import TABLE, ChangeApi
from integration.clients.servicenow.errors import SYSTEM, NoSuchApi
from integration.clients.servicenow.query import Query
from integration.clients.servicenow.table import Table
from integration.clients.servicenow.timestamp import to_timestamp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from integration.changes.model import Beginning, Evidence, Part, Wish
    from integration.clients.servicenow.http import Http
    from integration.clients.servicenow.record import Record

T = TypeVar("T")
CANCELED = next(state for state, place in STOCK.items() if place is Place.CANCELED)
CHECK_KEPT = timedelta(seconds=60)
"""So long a check of conflicts counts."""
_SPACE = uuid.UUID("6f7d7c0e-52f8-4b8f-9a63-0e9d6c5c7b11")
"""Of the sys_ids we choose: a mark always gives the same."""
STOCK_WAYS: Mapping[str, str] = {Kind.NORMAL: "-4", Kind.EMERGENCY: "-3"}
"""Out of New, where nobody can be asked."""


class Records:
    """The port `Changes`. `said` hears once what the instance cannot do."""

    def __init__(self, http: Http, said: Callable[[str], None], seconds: Callable[[], float] = time.monotonic) -> None:
        self._http, self._said, self._seconds = http, said, seconds
        self._api, self._table, self._files = ChangeApi(http), Table(http), Attachments(http)
        self._by_table, self._checking, self._together = False, set[str](), set[str]()
        self._checked: dict[str, datetime | None] = {}
        self._unmarked: tuple[Query, dict[str, str]] | None = None
        self._marks: dict[str, dict[str, str]] = {}
        self._date, self._read_at = datetime.now(UTC), seconds()

    def now(self) -> datetime:
        date = self._http.server_date
        if date and date != self._date:
            self._date, self._read_at = date, self._seconds()
        return self._date + timedelta(seconds=self._seconds() - self._read_at)

    # ---- looking

    def find(self, key: str) -> tuple[Change, ...]:
        for sys_id in tuple(self._marks):
            self._mark(sys_id)
        query = Query().starts_with("correlation_id", f"{key}/").order_by("sys_created_on")
        found = tuple(map(self._change, self._table.query(TABLE, query, COLUMNS))) or self._landed_unmarked()
        self._unmarked = None if found else self._unmarked
        return found

    def _landed_unmarked(self) -> tuple[Change, ...]:
        """A standard change whose answer was lost may carry no mark: it is known by its text, and by having none."""
        if not self._unmarked:
            return ()
        query, marks = self._unmarked
        rows = self._table.query(TABLE, query, COLUMNS, limit=1)
        self._marks |= {row.sys_id: marks for row in rows}
        return tuple(self._wrote(row.sys_id, {}) for row in rows)

    def look(self, sys_id: str) -> tuple[Change, ...]:
        row = self._table.get(TABLE, sys_id, COLUMNS)
        return (self._change(row),) if row else ()

    def beginnings(self, sys_id: str) -> tuple[Beginning, ...]:
        row = self._table.get(TABLE, sys_id, BEGINNING_COLUMNS)
        return (beginnings_of(row) if row else None) or ()

    def next_states(self, sys_id: str) -> tuple[NextState, ...]:
        def offered() -> tuple[NextState, ...]:
            return tuple(NextState(w.to_state, w.label, w.available, w.unmet) for w in self._api.next_states(sys_id))

        return self._by_either(offered, lambda: self._stock_ways(sys_id))

    def _stock_ways(self, sys_id: str) -> tuple[NextState, ...]:
        change = next(iter(self.look(sys_id)), None)
        if change is None:
            raise Missing(SYSTEM, "there is no such change, or it is hidden from this user")
        onward = STOCK_WAYS.get(change.kind, "") if change.state == "-5" else ""
        return tuple(NextState(state, STOCK[state].value) for state in (change.state, onward) if state in STOCK)

    def files(self, sys_id: str) -> frozenset[tuple[str, str]]:
        return frozenset((row.value("file_name"), row.get("hash", "")) for row in self._files.list(TABLE, sys_id))

    def approvers(self, sys_id: str) -> tuple[Approver, ...]:
        query = Query().equals("sysapproval", sys_id).order_by("sys_updated_on")
        rows = self._table.query(APPROVERS, query, APPROVER_COLUMNS)
        return tuple(map(approver_of, rows))

    def conflicts(self, sys_id: str) -> tuple[Conflict, ...] | None:
        """What was checked a moment ago, also by another process, is not checked again."""

        def found() -> tuple[Conflict, ...] | None:
            if self._check_again(sys_id):
                begun = self._api.check_conflicts(sys_id)
                self._checking |= {sys_id} if begun else set()
                return None if begun else ()
            rows = self._api.conflicts(sys_id)
            self._checking -= set() if rows is None else {sys_id}
            return None if rows is None else tuple(Conflict(row.value("type"), row.label("type")) for row in rows)

        return self._by_either(found, tuple[Conflict, ...])

    def _check_again(self, sys_id: str) -> bool:
        return sys_id not in self._checking and not self._is_fresh(self._checked.get(sys_id))

    def _is_fresh(self, checked: datetime | None) -> bool:
        return checked is not None and self.now() - checked < CHECK_KEPT

    def tasks(self, key: str) -> tuple[Task, ...]:
        query = Query().starts_with("correlation_id", f"{key}/").order_by("sys_created_on")
        rows = self._table.query(TASKS, query, TASK_COLUMNS)
        return tuple(task for task in map(task_of, rows) if task)

    def window(self, cmdb_ci: str, start: datetime, duration_s: float) -> list[tuple[datetime, datetime]]:
        return self._api.free_spans(cmdb_ci, start, duration_s)

    # ---- writing

    def create(self, wish: Wish, mark: str, shown: str) -> Change:
        values, labels = written(wish, self.now())
        marks = {"correlation_id": mark, "correlation_display": shown}
        self._unmarked = (alike(wish, self.now()), marks) if wish.kind is Kind.STANDARD else None
        row = self._by_either(
            lambda: self._api.create(path_of(wish), {**values, **marks}, labels),
            lambda: self._by_table_api(wish, {**values, **marks}, labels),
        )
        self._unmarked = None
        if row.get("correlation_id") != mark:
            self._marks[row.sys_id] = marks
            if not path_of(wish).startswith("standard/"):
                self._mark(row.sys_id)
        if wish.affected:
            self._affect(row.sys_id, wish.affected)
        return replace(self._change(row, asked(wish, values)), mark=mark, shown=shown)

    def _by_table_api(self, wish: Wish, values: Mapping[str, str], labels: Sequence[str]) -> Record:
        """Labels in a call of their own: dates of the same call would be read in the zone of our user."""
        if wish.kind is Kind.STANDARD or wish.model:
            needed = "standard changes and models need the Change Management API, which is not offered"
            raise NoSuchApi(SYSTEM, f"{needed}: activate com.snc.change_management, or ask for --type normal")
        kept = {"sys_id": uuid.uuid5(_SPACE, values["correlation_id"]).hex, "type": wish.kind.value}
        plain = {name: value for name, value in values.items() if name not in labels}
        row = self._table.create(TABLE, {**plain, **kept})
        shown = {name: values[name] for name in labels}
        return self._table.update(TABLE, row.sys_id, shown, displayed=True) if shown else row

    def _affect(self, sys_id: str, items: Sequence[str]) -> None:
        """The change stands, whatever becomes of this."""
        try:
            self._by_either(lambda: self._api.add_items(sys_id, items), lambda: None)
        except RemoteError as error:
            self._said(f"affected items were not added: {error.reason}")

    def _mark(self, sys_id: str) -> None:
        if sys_id in self._marks:
            self._wrote(sys_id, {})

    def submit(self, sys_id: str, state: str, *, check: bool = False) -> Change:
        return self._wrote(sys_id, {"state": state}, check=check)

    def start(self, sys_id: str, state: str, note: str, at: datetime | None) -> Change:
        times = {"work_start": to_timestamp(at)} if at else {}
        return self._wrote(sys_id, {**({"state": state} if state else {}), **times, "work_notes": note})

    def finish(self, sys_id: str, state: str, code: int, notes: str, at: datetime) -> Change:
        result = {"close_code": CODES[not code], "close_notes": notes, "work_end": to_timestamp(at)}
        return self._wrote(sys_id, {**({"state": state} if state else {}), **result})

    def close(self, sys_id: str, state: str) -> Change:
        return self._wrote(sys_id, {"state": state})

    def cancel(self, sys_id: str, state: str, reason: str) -> Change:
        return self._wrote(sys_id, {"state": state, "work_notes": reason})

    def note(self, sys_id: str, text: str) -> Change:
        return self._wrote(sys_id, {"work_notes": text})

    def _wrote(self, sys_id: str, values: dict[str, str], *, check: bool = False) -> Change:
        """With the mark that a template did not let through: the first write brings it."""
        marks = self._marks.get(sys_id, {})
        values = {**values, **marks}
        row = self._by_either(
            lambda: self._updated(sys_id, values, check=check),
            lambda: self._table.update(TABLE, sys_id, values, COLUMNS),
        )
        if self._marks.pop(sys_id, None) and row.get("correlation_id") != marks["correlation_id"]:
            self._give_up(sys_id)
        return self._change(row, values)

    def _updated(self, sys_id: str, values: Mapping[str, str], *, check: bool) -> Record:
        """Together once: where that got no answer, whatever comes next is a call of its own."""
        if not check or sys_id in self._together:
            return self._api.update(sys_id, values)
        self._together.add(sys_id)
        row, begun = self._api.update_checking(sys_id, values)
        self._checking |= {sys_id} if begun else set()
        return row

    def _give_up(self, sys_id: str) -> None:
        """No try would ever find it again. Raises `Refused`."""
        with suppress(RemoteError):
            note = "Nobody could find this change again: its correlation_id was not kept."
            self._api.update(sys_id, {"state": CANCELED, "work_notes": note})
        raise Refused(SYSTEM, "the instance keeps no correlation_id: this user may not write that column")

    def attach(self, sys_id: str, evidence: Evidence) -> None:
        self._mark(sys_id)
        try:
            whole = Path(evidence.path).stat().st_size >= evidence.size
        except OSError:
            whole = False
        if not whole:
            raise Refused(SYSTEM, f"{evidence.name} is not there any more as it was looked at")
        content = _first(evidence.size, chunks(evidence.path))
        row = self._files.upload(TABLE, sys_id, evidence.name, evidence.content_type, content, evidence.size)
        if row.get("hash", "") not in ("", evidence.sha256):
            self._files.delete(row.sys_id)
            raise Refused(SYSTEM, f"{evidence.name} has changed since it was looked at")

    def open_task(self, change: Change, part: Part) -> Task:
        values = {
            "change_request": change.sys_id, "parent": change.sys_id, "state": TASK_WORKING,
            "short_description": f"Part {part} of the pipeline's deployment", "change_task_type": "implementation",
            "correlation_id": task_mark(change.mark, part),
        }  # fmt: skip
        return Task(self._table.create(TASKS, values, ("correlation_id",)).sys_id, change.sys_id, part)

    def close_task(self, task: Task, code: int, notes: str) -> Task:
        values = {"state": TASK_DONE, "close_code": CODES[not code], "close_notes": f"{notes} [{code}]"}
        self._table.update(TASKS, task.sys_id, values, ("state",))
        return Task(task.sys_id, task.change, task.part, code)

    def drop_task(self, task: Task) -> None:
        values = {"state": TASK_CANCELED, "correlation_id": "", "close_notes": "Another job has this part."}
        self._table.update(TASKS, task.sys_id, values, ("state",))

    # ---- both roads

    def _by_either(self, api: Callable[[], T], table: Callable[[], T]) -> T:
        if not self._by_table:
            try:
                return api()
            except NoSuchApi:
                self._by_table = True
                self._said("the instance has no Change Management API: by the Table API, conflicts are not checked")
        return table()

    def _change(self, row: Record, sent: Mapping[str, str] = MappingProxyType({})) -> Change:
        checked = moment(row, "conflict_last_run") if row.get("conflict_last_run") else None
        self._checked[row.sys_id] = checked
        unconflicted = row.get("conflict_status") == UNCONFLICTED if self._is_fresh(checked) else None
        self._checking -= {row.sys_id} if unconflicted else set()
        change = change_of(row, self._http.base_url, dropped(row, sent))
        return replace(change, unconflicted=unconflicted)


def _first(size: int, pieces: Iterable[bytes]) -> Iterator[bytes]:
    for piece in pieces:
        yield piece[:size]
        size -= len(piece)
        if size <= 0:
            return
