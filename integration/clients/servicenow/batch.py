"""The Batch API: several requests in one call (docs: Batch API).

An instance answers 200 whatever becomes of the parts, serves them one after the other without a transaction, and
leaves parts unserved after 30 s. Parts inherit no headers. Some wrap the base64 of a part's body, as the documented
samples do. The role that opens the Table API need not open this one (docs: base system roles,
snc_platform_rest_api_access), so what fails here is done singly.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from requests.structures import CaseInsensitiveDict

from integration.clients.errors import Misconfigured, Missing, Refused, RemoteError, Unavailable
from integration.clients.servicenow import attachment, journal
from integration.clients.servicenow.answer import Answer, understood
from integration.clients.servicenow.errors import SYSTEM, TokenRefused
from integration.clients.servicenow.table import PAGE, Table, listed, many, one, path, shown

if TYPE_CHECKING:
    from datetime import datetime

    from integration.clients.servicenow.http import Http
    from integration.clients.servicenow.query import Query
    from integration.clients.servicenow.record import Record

BATCH = "/api/now/v1/batch"
COUNTED, DENIED = "counted", "denied"
_ACCEPT = [{"name": "Accept", "value": "application/json"}]
_CONTENT = [{"name": "Content-Type", "value": "application/json"}]


@dataclass(frozen=True, slots=True)
class Read:
    """One GET of a batch; `path` is relative to the instance, `table` names it in messages."""

    path: str
    table: str
    params: Mapping[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"{self.path}?{urlencode(self.params)}" if self.params else self.path


@dataclass(frozen=True, slots=True)
class Write:
    """One request of a batch that may change something; likewise."""

    method: str
    path: str
    table: str
    body: Mapping[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return self.path


class Unread(Unavailable):
    """A part that the instance left unserved, or whose body cannot be decoded: nothing is known of it."""


class Batch:
    def __init__(self, http: Http) -> None:
        self._http = http

    def run(self, asked: Sequence[Read | Write]) -> list[Answer | RemoteError]:
        """One entry per request, in order: its answer, or the error it would have raised. Raises what met the batch."""
        parts = [{"id": str(index), **_sent(each)} for index, each in enumerate(asked)]
        body = {"batch_request_id": "1", "rest_requests": parts}
        writes = any(isinstance(each, Write) for each in asked)
        answer = self._http.call("POST", BATCH, "batch", body=body, write=writes)
        served = answer.body.get("serviced_requests")
        if not isinstance(served, list):
            raise Unavailable(SYSTEM, "the answer to a batch holds no list of parts", outcome_unknown=writes)
        by_id = {str(part.get("id")): part for part in served if isinstance(part, Mapping)}
        return [_part(by_id.get(str(index)), each) for index, each in enumerate(asked)]


def _sent(asked: Read | Write) -> dict[str, Any]:
    if isinstance(asked, Read):
        return {"method": "GET", "url": asked.url, "headers": _ACCEPT}
    body = base64.b64encode(json.dumps(dict(asked.body)).encode()).decode()
    return {"method": asked.method, "url": asked.url, "headers": _ACCEPT + _CONTENT, "body": body}


def _part(served: Mapping[str, Any] | None, asked: Read | Write) -> Answer | RemoteError:
    write = isinstance(asked, Write)
    call = f"{asked.method if isinstance(asked, Write) else 'GET'} {asked.table}"
    if served is None:
        return Unread(SYSTEM, f"the instance left a part of a batch unserved ({call})", outcome_unknown=write)
    try:
        status = int(served.get("status_code") or 0)
        content = base64.b64decode("".join(str(served.get("body") or "").split()), validate=True)
        return understood(status, _headers(served), content, write=write, call=call)
    except (ValueError, binascii.Error):
        return Unread(SYSTEM, f"a part of a batch cannot be read ({call})", outcome_unknown=write)
    except RemoteError as error:
        return error


def _headers(served: Mapping[str, Any]) -> Mapping[str, str]:
    pairs = served.get("headers")
    named = [pair for pair in pairs if isinstance(pair, Mapping)] if isinstance(pairs, list) else []
    return CaseInsensitiveDict({str(pair.get("name")): str(pair.get("value")) for pair in named})


def _parts(http: Http, reads: Sequence[Read]) -> list[Answer | RemoteError] | None:
    """None: the reads are to be made singly, since this API is closed to the client or did not serve them all."""
    try:
        parts = Batch(http).run(reads)
    except (Misconfigured, Refused):
        return None
    return None if any(isinstance(part, Unread) for part in parts) else parts


@dataclass(frozen=True, slots=True)
class Whole:
    """A record with the rows of its journal since a moment, oldest first, and its attachments.

    `rows_hidden`: why this user sees none of its rows, `COUNTED` or `DENIED`; empty: he sees what there is.
    """

    record: Record
    journal: list[Record]
    attachments: list[Record]
    rows_hidden: str = ""


def read_whole(
    http: Http, table: str, sys_id: str, fields: Sequence[str] = (), since: datetime | None = None
) -> Whole | None:
    """One call where everything fits on one page and batches are served, up to three otherwise. None: no such record.

    The record is read first, so an entry that arrives meanwhile is in the journal, and the record is the older part.
    """
    entries, files = journal.entries_of(table, sys_id, since), attachment.files_of(table, sys_id)
    reads = [
        Read(path(table, sys_id), table, shown(fields)),
        Read(path(journal.TABLE), journal.TABLE, listed(entries, journal.FIELDS, PAGE)),
        Read(attachment.BASE, attachment.TABLE, attachment.page_of(files)),
    ]
    parts = _parts(http, reads)
    if parts is None:
        return _read_singly(http, table, sys_id, fields, since)
    first, second, third = parts
    if isinstance(first, Missing):
        return None
    record = one(_good(first), sys_id)
    rows, hidden = _visible(lambda: _rows(second, entries, lambda: _all_entries(http, table, sys_id, since)))
    return Whole(record, rows, _page(third, files, lambda: attachment.Attachments(http).list(table, sys_id)), hidden)


class _Counted(Misconfigured):
    """Rows of the journal are counted and not shown."""


def _visible(read: Callable[[], list[Record]]) -> tuple[list[Record], str]:
    """The rows of a journal, and why they are hidden: a journal that is closed never stops the rest."""
    try:
        return read(), ""
    except TokenRefused:
        raise
    except _Counted:
        return [], COUNTED
    except Misconfigured:
        return [], DENIED


def _rows(part: Answer | RemoteError, query: Query, read_all: Callable[[], list[Record]]) -> list[Record]:
    answer = _good(part)
    if answer.total and not answer.result:
        raise _Counted(SYSTEM, "rows of the journal are hidden")
    return _page(answer, query, read_all)


def _all_entries(http: Http, table: str, sys_id: str, since: datetime | None) -> list[Record]:
    return journal.Journal(http).entries(table, sys_id, since)


def read_lists(http: Http, asked: Sequence[tuple[str, Query, Sequence[str]]], limit: int) -> list[list[Record]]:
    """At most `limit` rows of each (table, query, columns), all in one call where a page of each holds them."""
    parts = _parts(http, [Read(path(table), table, listed(query, fields, PAGE)) for table, query, fields in asked])
    if parts is None:
        return [Table(http).query(table, query, fields, limit) for table, query, fields in asked]
    return [
        _page(part, query, partial(Table(http).query, table, query, fields, limit))[:limit]
        for part, (table, query, fields) in zip(parts, asked, strict=True)
    ]


def _read_singly(http: Http, table: str, sys_id: str, fields: Sequence[str], since: datetime | None) -> Whole | None:
    record = Table(http).get(table, sys_id, fields)
    if record is None:
        return None
    rows, hidden = _visible(lambda: _all_entries(http, table, sys_id, since))
    return Whole(record, rows, attachment.Attachments(http).list(table, sys_id), hidden)


def _page(part: Answer | RemoteError, query: Query, read_all: Callable[[], list[Record]]) -> list[Record]:
    """The rows, read anew page by page where one page does not hold them all."""
    answer = _good(part)
    rows = many(answer, query)
    whole = len(answer.result) < PAGE and (answer.total or 0) <= PAGE
    return query.in_order(rows) if whole else read_all()


def _good(part: Answer | RemoteError) -> Answer:
    if isinstance(part, RemoteError):
        raise part
    return part
