"""The values of a choice column and their labels, from sys_choice or, below admin, from records that hold one.

A list may store numbers for its labels: a recorded sn_si_incident shows the close code -100
(rapid7/insightconnect-plugins, plugins/servicenow/unit_test/payloads/get_security_incident_success.json.resp).
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from integration.clients.errors import Misconfigured, Refused, RemoteError
from integration.clients.servicenow.answer import Answer
from integration.clients.servicenow.batch import Batch, Read
from integration.clients.servicenow.query import Query
from integration.clients.servicenow.table import listed, many, path

if TYPE_CHECKING:
    from integration.clients.servicenow.http import Http
    from integration.clients.servicenow.record import Record

CHOICES, NEWEST = "sys_choice", 50
Asked = tuple[str, Query, tuple[str, ...]]


def choices_of(http: Http, table: str, column: str) -> dict[str, str]:
    """Value → label, in one call where batches are served. Of a list that is not shown, those of the newest records,
    where their values are not their labels: then only what is in use is known.
    """
    known = Query().equals("name", table).equals("element", column).equals("inactive", "false")
    in_use = Query().filtered_by(f"{column}ISNOTEMPTY").descending_by("sys_updated_on")
    offered, used = _readable(
        http,
        ((CHOICES, known, ("value", "label", "language", "name", "element", "inactive")), (table, in_use, (column,))),
    )
    if offered:
        english_last = sorted(offered, key=lambda row: row.get("language", "") == "en")
        return {row.get("value", ""): row.get("label", "") for row in english_last}
    seen = {row.value(column): row.label(column) for row in used if row.get(column)}
    return seen if any(value != label for value, label in seen.items()) else {}


def _readable(http: Http, asked: tuple[Asked, ...]) -> list[list[Record]]:
    """The first rows of each; none of what is refused."""
    reads = [Read(path(table), table, listed(query, fields, NEWEST)) for table, query, fields in asked]
    try:
        parts = Batch(http).run(reads)
    except (Misconfigured, Refused):
        parts = [_singly(http, read) for read in reads]
    return [_rows(part, query) for part, (_, query, _) in zip(parts, asked, strict=True)]


def _singly(http: Http, read: Read) -> Answer | RemoteError:
    try:
        return http.call("GET", read.path, read.table, read.params)
    except RemoteError as error:
        return error


def _rows(part: Answer | RemoteError, query: Query) -> list[Record]:
    with suppress(RemoteError):
        return many(part, query) if isinstance(part, Answer) else []
    return []
