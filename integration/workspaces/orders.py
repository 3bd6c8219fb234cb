"""Request items of our catalog item behind the `Orders` port.

A rule of the set-up tells of them; the item's own mark says that it is ours, whatever sys_id the instance gave it. The
values of variables stand in `sc_item_option`, reached through `sc_item_option_mtom` (docs: service catalog tables).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar

from integration.clients.errors import Misconfigured, Missing, Refused, RemoteError
from integration.clients.servicenow.attachment import Attachments
from integration.clients.servicenow.batch import Batch, Read, read_whole
from integration.clients.servicenow.errors import SYSTEM, TokenRefused
from integration.clients.servicenow.query import Query
from integration.clients.servicenow.table import PAGE, Table, listed, many, one, path, shown
from integration.workspaces.model import Action, BadOrder, Order, Person, Standing, WorkspaceKind
from integration.workspaces.naming import person_of, person_of_record
from integration.workspaces.ports import Listed, NotShown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from integration.clients.servicenow.http import Http
    from integration.clients.servicenow.record import Record

TABLE, VALUES, DISPLAYED = "sc_req_item", "sc_item_option_mtom", "comments_and_work_notes"
CLOSED_COMPLETE, CLOSED = "3", frozenset({"3", "4", "7"})
COLUMNS = (
    "number", "state", "active", "approval", "quantity", "cat_item", "cat_item.meta", "requested_for",
    "requested_for.name", "requested_for.active", "request.requested_for", "request.requested_for.name",
    "request.requested_for.active",
)  # fmt: skip
"""Some instances have `requested_for` on the item, all on its request."""
STANDS = ("state", "active", "approval")
NOT_APPROVED = ("cancelled", "not requested", "rejected", "requested")
W = TypeVar("W", Action, WorkspaceKind)
NAME, VALUE = "sc_item_option.item_option_new.name", "sc_item_option.value"
NAMES_FILE = re.compile(r"\.(csv|txt)$", re.IGNORECASE)
NAMES_BYTES_MOST = 100_000


@dataclass(frozen=True)
class ServiceNowOrders:
    """`connect`: to the instance, when it is first needed: most workspaces of a call have no item. `instance` names
    persons' keys; `mark`: what the meta of our catalog item holds.
    """

    connect: Callable[[], Http]
    instance: Callable[[], str]
    mark: str
    clock: Callable[[], float]

    @property
    def http(self) -> Http:
        return self.connect()

    def listed(self, since: float, until: float) -> Listed:
        """Two calls, and one more for each further page."""
        ours = Query().contains("cat_item.meta", self.mark.strip()).below("sys_updated_on", _moment(until))
        approved, hidden = self._stand(ours.equals("approval", "approved").equals("active", "true"))
        others, more_hidden = self._stand(
            ours.is_in("approval", NOT_APPROVED).at_least("sys_updated_on", _moment(since))
        )
        return Listed({**others, **approved}, hidden + more_hidden)

    def _stand(self, query: Query) -> tuple[dict[str, Standing], int]:
        table = Table(self.http)
        rows, total = table.first_page(TABLE, query, STANDS)
        hidden = max(0, min(total, PAGE) - len(rows))
        rows = table.query(TABLE, query, STANDS) if total > PAGE else rows
        return {each.sys_id: standing_of(*(each.value(name) for name in STANDS)) for each in rows}, hidden

    def read(self, sys_id: str) -> Order | None:
        at = self.clock()
        item, values = self._item_and_values(sys_id)
        if item is None:
            self._see_it_gone(sys_id)
            return Order(key=sys_id, person=Person("", ""), catalog=True, standing=Standing.DELETED, seen_at=at)
        if self.mark not in item.value("cat_item.meta"):
            return None
        try:
            return self._order(sys_id, item, values, at)
        except TokenRefused:
            raise
        except Misconfigured as hidden:
            raise NotShown(SYSTEM, hidden.reason) from None

    def _see_it_gone(self, sys_id: str) -> None:
        """A record that is hidden is answered as one that is not there; it is counted all the same."""
        rows, total = Table(self.http).first_page(TABLE, Query().equals("sys_id", sys_id), ("number",))
        if rows or total:
            raise Misconfigured(SYSTEM, f"a record of {TABLE} is counted and not shown: this user may not read it")

    def _order(self, sys_id: str, item: Record, values: Sequence[Record], at: float) -> Order:
        if not values:
            raise Misconfigured(SYSTEM, "answers of the form are not shown: this user may not read sc_item_option")
        given = {each.value(NAME): each.value(VALUE).strip() for each in values}
        kind = _word(WorkspaceKind, given, "kind", WorkspaceKind.PERSONAL)
        return Order(
            key=sys_id,
            catalog=True,
            number=item.value("number"),
            standing=standing_of(item.value("state"), item.value("active"), item.value("approval")),
            quantity=int(item.value("quantity") or 1),
            person=self._person(item),
            inactive=item.value(_whom(item) + ".active") == "false",
            action=_word(Action, given, "action", Action.NEW),
            kind=kind,
            team=self._team(given.get("team", "")) if kind is WorkspaceKind.TEAM else (),
            names=self._names(sys_id, given) if kind in {WorkspaceKind.CLASS, WorkspaceKind.DEMO} else (),
            days=_days(given.get("days", "")),
            cost_center=given.get("cost_center", ""),
            workspace=given.get("workspace", ""),
            seen_at=at,
        )

    def _item_and_values(self, sys_id: str) -> tuple[Record | None, Sequence[Record]]:
        """One batch; where that API is closed, or did not serve both, two calls, which say what is wrong.

        No values: each question of the form has a row, answered or not, and not all of them are shown.
        """
        query = Query().equals("request_item", sys_id)
        reads = [
            Read(path(TABLE, sys_id), TABLE, shown(COLUMNS)),
            Read(path(VALUES), VALUES, listed(query, (NAME, VALUE), PAGE)),
        ]
        try:
            item, values = Batch(self.http).run(reads)
        except (Misconfigured, Refused):
            return self._singly(sys_id, query)
        if isinstance(item, Missing):
            return None, ()
        if isinstance(item, RemoteError) or isinstance(values, RemoteError):
            return self._singly(sys_id, query)
        rows = many(values, query)
        return one(item, sys_id), _all(rows, values.total)

    def _singly(self, sys_id: str, query: Query) -> tuple[Record | None, Sequence[Record]]:
        table = Table(self.http)
        return table.get(TABLE, sys_id, COLUMNS), _all(*table.first_page(VALUES, query, (NAME, VALUE)))

    def _person(self, item: Record) -> Person:
        sys_id = item.get("requested_for", "") or item.value("request.requested_for")
        if not sys_id:
            raise BadOrder("person", "Nobody is named whom this is for: fill in Requested for.")
        return person_of_record(self.instance(), sys_id, item.get(_whom(item) + ".name", ""))

    def _team(self, listed_ids: str) -> tuple[Person, ...]:
        """Who is chosen is a user; who is only written down, a name."""
        parts = [part.strip() for part in re.split(r"[,\n]", listed_ids) if part.strip()]
        ids = [part for part in parts if re.fullmatch(r"[0-9a-f]{32}", part)]
        users: Mapping[str, str] = {}
        if ids:
            found = Table(self.http).query("sys_user", Query().is_in("sys_id", ids[:100]), ("name",))
            users = {each.sys_id: each.value("name") for each in found}
            if hidden := len(set(ids[:100]) - set(users)):
                raise Misconfigured(SYSTEM, f"{hidden} of those chosen for the team are not shown, or not there")
        return tuple(
            person_of_record(self.instance(), part, users[part]) if part in users else person_of(part) for part in parts
        )

    def _names(self, sys_id: str, given: Mapping[str, str]) -> tuple[str, ...]:
        """Written into the order, else in a file beside it, one a line."""
        if given.get("names"):
            return tuple(given["names"].splitlines())
        files = Attachments(self.http)
        for each in _beside(files, sys_id):
            if NAMES_FILE.search(each.value("file_name")) and int(each.value("size_bytes") or 0) < NAMES_BYTES_MOST:
                with files.download(each.sys_id) as content:
                    text = b"".join(content.iter()).decode("utf-8-sig", "replace")
                return tuple(line.split(",")[0].strip().strip('"') for line in text.splitlines())
        return ()

    def tell(self, sys_id: str, text: str, *, close: bool = False, private: bool = False) -> None:
        table, note = Table(self.http), {"work_notes" if private else "comments": text}
        try:
            answer = table.update(TABLE, sys_id, {**note, "state": CLOSED_COMPLETE} if close else note, ("state",))
        except Refused:
            if close:
                table.update(TABLE, sys_id, note, ("state",))
            raise
        if close and answer.get("state") != CLOSED_COMPLETE:
            raise Refused(SYSTEM, "the instance kept the item's state", ("state",), text="the state was not taken")

    def said(self, sys_id: str, mark: str) -> bool:
        whole = read_whole(self.http, TABLE, sys_id, (DISPLAYED,))
        if whole is None:
            return False
        if whole.rows_hidden and not whole.record.has(DISPLAYED):
            raise Misconfigured(SYSTEM, f"the journal of {TABLE} is not shown: nobody knows what was said there")
        texts = [each.get("value", "") for each in whole.journal]
        return any(mark in text for text in (*texts, whole.record.labels.get(DISPLAYED, "")))

    def attach(self, sys_id: str, name: str, content: str) -> None:
        files, raw = Attachments(self.http), content.encode()
        there = {(each.value("file_name"), each.value("size_bytes")) for each in files.list(TABLE, sys_id)}
        if (name, str(len(raw))) not in there:
            files.upload(TABLE, sys_id, name, "text/csv", [raw], len(raw))


def standing_of(state: str, active: str, approval: str) -> Standing:
    """Approval first: an item that is closed since it was rejected was rejected."""
    if approval in {"rejected", "cancelled"}:
        return Standing.WITHDRAWN
    if state in CLOSED or active == "false":
        return Standing.CLOSED
    return Standing.APPROVED if approval == "approved" else Standing.WAITING


def _all(rows: Sequence[Record], total: int | None) -> Sequence[Record]:
    """None of them where some are counted and not shown."""
    return () if total is not None and total > len(rows) else rows


def _beside(files: Attachments, sys_id: str) -> Sequence[Record]:
    """Of those that are hidden any could hold the names."""
    rows, total = files.first_page(TABLE, sys_id)
    if hidden := max(0, min(total, PAGE) - len(rows)):
        raise Misconfigured(SYSTEM, f"{hidden} of {total} files beside it are not shown")
    return rows if total <= PAGE else files.list(TABLE, sys_id)


def _whom(item: Record) -> str:
    """The column that names whom it is for."""
    return "requested_for" if item.get("requested_for") else "request.requested_for"


def _moment(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)


def _days(typed: str) -> int | None:
    if not typed:
        return None
    if not re.fullmatch(r"-?[0-9]{1,6}", typed):
        raise BadOrder("days", "The days are no number: order again with 1 to 365.")
    return int(typed)


def _word(kinds: type[W], given: Mapping[str, str], name: str, usual: W) -> W:
    try:
        return kinds(given.get(name) or usual)
    except ValueError:
        words = ", ".join(kinds)
        raise BadOrder(name, f"The {name} is none of {words}: order again with one of them.") from None
