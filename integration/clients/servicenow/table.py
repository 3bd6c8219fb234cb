"""The Table API: records read, found, made, changed and removed, all with raw values and labels in one answer.

A 200 proves little: rows this user may not read are left out, columns it may not write are dropped without a word,
and a query term with an unknown column is ignored. So answers are checked against what was asked, and callers
compare what `create` and `update` return with what they sent.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from integration.clients.errors import Misconfigured, Missing, Unavailable
from integration.clients.servicenow.errors import SYSTEM
from integration.clients.servicenow.record import Record

if TYPE_CHECKING:
    from integration.clients.servicenow.answer import Answer
    from integration.clients.servicenow.http import Http
    from integration.clients.servicenow.query import Query

SHOWN = {"sysparm_display_value": "all", "sysparm_exclude_reference_link": "true"}
"""One read gives UTC values and labels, and needs no rights on sys_choice."""
PAGE = 200
HIDDEN_PAGES = 10
"""Pages in a row without one visible row: reading on would be a call for every few of a table's millions."""
_NAME = re.compile(r"[a-z][a-z0-9_]*", re.ASCII)
_SYS_ID = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)


def path(table: str, sys_id: str = "") -> str:
    """Raises `ValueError` for names that cannot be a table's or a record's; some platform rows have odd sys_ids."""
    if not _NAME.fullmatch(table):
        raise ValueError("a table's name is lower-case letters, digits and _")
    return f"/api/now/table/{table}" + (f"/{checked_sys_id(sys_id)}" if sys_id else "")


def is_sys_id(text: str) -> bool:
    """Whether it can be one."""
    return _SYS_ID.fullmatch(text) is not None


def checked_sys_id(sys_id: str) -> str:
    if not is_sys_id(sys_id):
        raise ValueError("a sys_id is 1 to 64 letters, digits, _ and -")
    return sys_id


def shown(fields: Sequence[str]) -> dict[str, str]:
    """Parameters for an answer with these columns (none: all), always with sys_id."""
    named = {"sysparm_fields": ",".join(dict.fromkeys(("sys_id", *fields)))} if fields else {}
    return {**SHOWN, **named}


class Table:
    def __init__(self, http: Http) -> None:
        self._http = http

    def get(self, table: str, sys_id: str, fields: Sequence[str] = ()) -> Record | None:
        """None: no such record, or none this user may see; the instance does not tell which."""
        try:
            answer = self._http.call("GET", path(table, checked_sys_id(sys_id)), table, shown(fields))
        except Missing:
            return None
        return one(answer, sys_id)

    def query(
        self, table: str, query: Query, fields: Sequence[str] = (), limit: int | None = None, page: int = PAGE
    ) -> list[Record]:
        """All matching records this user may see, at most `limit`, in the query's order and then by sys_id.

        Order by nothing that changes while pages are read, or rows are left out. Rows that appear on two pages come
        once. Whether there is any record is asked with `first_page`. Raises `Misconfigured` if the instance ignored a
        term of the query, or hides too many rows to be passed over.
        """

        def fetch(offset: int) -> Answer:
            return self._http.call("GET", path(table), table, listed(query, fields, page, offset))

        return paged(fetch, query, page, limit)

    def first_page(
        self, table: str, query: Query, fields: Sequence[str] = (), page: int = PAGE
    ) -> tuple[list[Record], int]:
        """What this user may see of the first rows, and how many match before access rules hide some.

        Where the instance does not count, those that were seen. One call, however many are hidden.
        """
        return counted(self._http.call("GET", path(table), table, listed(query, fields, page)), query)

    def create(self, table: str, values: Mapping[str, str], fields: Sequence[str] = ()) -> Record:
        """The record as the instance made it. Journal columns append an entry each; sys_id is honoured if given."""
        return written(self._http.call("POST", path(table), table, shown(fields), dict(values)))

    def update(
        self, table: str, sys_id: str, values: Mapping[str, str], fields: Sequence[str] = (), *, displayed: bool = False
    ) -> Record:
        """Change these columns only; the record as the instance says it now is. Raises `Missing`.

        `displayed`: the values are what a form would show; encrypted columns are not saved otherwise (Table API).
        """
        asked = shown(fields) | ({"sysparm_input_display_value": "true"} if displayed else {})
        answer = self._http.call("PATCH", path(table, checked_sys_id(sys_id)), table, asked, dict(values))
        return written(answer, sys_id)

    def delete(self, table: str, sys_id: str) -> bool:
        """False: there was no such record, or none this user may see."""
        try:
            self._http.call("DELETE", path(table, checked_sys_id(sys_id)), table)
        except Missing:
            return False
        return True


def paged(fetch: Callable[[int], Answer], query: Query, step: int, limit: int | None = None) -> list[Record]:
    """All rows from offset 0 on. A short or empty page is not the end, for rows are hidden after they are counted.

    Where the instance did not count, a page without a new row is the end. Where it did not sort, the first `limit` are
    known once all were read.
    """
    found: dict[str, Record] = {}
    offset, total, hidden, sorts = 0, 1, 0, True
    while offset < total and (limit is None or len(found) < limit or not sorts):
        if hidden >= HIDDEN_PAGES:
            raise Misconfigured(
                SYSTEM, f"{offset} of {total} rows and more are hidden from this user: it may not read them"
            )
        answer = fetch(offset)
        before = len(found)
        found.update((row.sys_id, row) for row in many(answer, query))
        hidden = hidden + 1 if len(found) == before else 0
        offset += step
        total = answer.total if answer.total is not None else (offset + 1 if len(found) > before else 0)
        sorts = sorts and query.in_order(list(found.values())) == list(found.values())
    return query.in_order(list(found.values()))[:limit]


def listed(query: Query, fields: Sequence[str], limit: int, offset: int = 0) -> dict[str, str]:
    """Parameters of one page. The columns a row is checked by are always asked for."""
    columns = (*fields, *query.key_fields) if fields else ()
    ordered = query.order_by("sys_id")
    window = {"sysparm_limit": str(limit), "sysparm_offset": str(offset), "sysparm_suppress_pagination_header": "true"}
    return {**shown(columns), "sysparm_query": str(ordered), **window}


def one(answer: Answer, sys_id: str) -> Record:
    """The record of a read, checked to be the one asked for."""
    record = _record(answer.result)
    if record is None or record.get("sys_id") != sys_id:
        raise Unavailable(SYSTEM, "the answer holds another record than the one asked for")
    return record


def written(answer: Answer, sys_id: str = "") -> Record:
    """The record of a write. Without one, nobody knows what became of it."""
    record = _record(answer.result)
    if record is None or not record.get("sys_id") or (sys_id and record.sys_id != sys_id):
        raise Unavailable(SYSTEM, "the answer to a write holds no record", outcome_unknown=True)
    return record


def many(answer: Answer, query: Query) -> list[Record]:
    rows = answer.result
    if not isinstance(rows, list):
        raise Unavailable(SYSTEM, "the answer to a query holds no list")
    records = [record for record in map(_record, rows) if record is not None]
    if len(records) != len(rows) or not query.obeyed(records):
        raise Misconfigured(
            SYSTEM,
            f"the instance ignored a term of a query by {', '.join(query.key_fields)}: "
            "a column does not exist, or this user may not read or search it",
        )
    return [record for record in records if query.matches(record)]


def counted(answer: Answer, query: Query) -> tuple[list[Record], int]:
    """What is shown of one page, and how many match; where the instance does not count, those that are shown."""
    rows = many(answer, query)
    return rows, len(rows) if answer.total is None else answer.total


def _record(row: Any) -> Record | None:
    return Record(row) if isinstance(row, Mapping) and row else None
