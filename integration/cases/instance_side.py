"""A ServiceNow table behind the `Incidents` port: snapshots out of records."""

from __future__ import annotations

import mimetypes
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from integration.cases.displayed_journal import DisplayedJournal
from integration.cases.instance_users import InstanceUsers
from integration.cases.ports import IncidentRead
from integration.clients.errors import Misconfigured, RemoteError, Unavailable
from integration.clients.servicenow import shown
from integration.clients.servicenow.attachment import Attachments
from integration.clients.servicenow.batch import COUNTED, DENIED, read_whole
from integration.clients.servicenow.choices import choices_of
from integration.clients.servicenow.errors import SYSTEM
from integration.clients.servicenow.query import Query
from integration.clients.servicenow.table import Table
from integration.clients.servicenow.timestamp import from_timestamp
from integration.model import Incident, IncidentAttachment, JournalEntry
from mappers.watchers import parse_watch_list

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from contextlib import AbstractContextManager

    from integration.cases.ports import Content
    from integration.clients.servicenow.batch import Whole
    from integration.clients.servicenow.http import Http
    from integration.clients.servicenow.record import Record

UNDATED = datetime.fromtimestamp(0, UTC)
"""Of a row whose time nobody knows, nor that of its record."""
COLUMNS = (
    "sys_id", "number", "state", "short_description", "description", "correlation_id", "correlation_display",
    "sys_mod_count", "sys_updated_on", "sys_updated_by", "sys_created_on", "sys_created_by", "opened_at", "close_code",
    "close_notes", "watch_list",
)  # fmt: skip
"""What a pass needs of a record beside the columns its mapping names."""
DISPENSABLE = frozenset({"close_code", "close_notes"})
"""Mapped columns that are written and only quoted: not every table has them."""
_LIST_MOST = 20


CANARIES = 20
"""Records looked at to tell a table that cannot be read from one record that is gone."""


class ServiceNowIncidents:
    """`columns`: what the mapping reads beside `COLUMNS`. `user_sys_id`: the integration user's, as configured.

    `watch_column`: the list of watchers; empty: nobody asks for their addresses.
    """

    def __init__(
        self,
        http: Http,
        instance: str,
        table: str,
        columns: Sequence[str],
        user_sys_id: str,
        *,
        watch_column: str = "watch_list",
    ) -> None:
        self.instance, self.table = instance, table
        self._http, self._table, self._files = http, Table(http), Attachments(http)
        self._columns = tuple(dict.fromkeys([*COLUMNS, *columns]))
        self._needed = frozenset(columns) - DISPENSABLE
        self._user_sys_id, self._watch_column = user_sys_id, watch_column
        self._users = InstanceUsers(self._table, user_sys_id)
        self._journal = DisplayedJournal(self._users)
        self._rows_show = False

    def own(self, user_name: str) -> bool:
        return user_name == self._users.own_names()[0]

    def users(self, emails: Sequence[str]) -> Mapping[str, str]:
        return self._users.by_email(emails)

    def read(self, sys_id: str, since: float | None) -> IncidentRead | None:
        """What the record displays of its journal is asked for until rows of any have been seen."""
        columns = self._columns if self._rows_show else (*self._columns, *shown.COLUMNS)
        moment = datetime.fromtimestamp(int(since), UTC) if since else None
        whole = read_whole(self._http, self.table, sys_id, columns, moment)
        if whole is None:
            return None
        if self._rows_show and whole.rows_hidden:
            self._rows_show = False
            return self.read(sys_id, since)
        self._rows_show = self._rows_show or bool(whole.journal)
        displayed = () if self._rows_show else self._journal.entries(whole.record)
        rows = tuple(_entry(row, whole.record) for row in whole.journal)
        hidden = bool(whole.rows_hidden) or moment is None or any(entry.created >= moment for entry in displayed)
        by_display = bool(displayed) and hidden
        incident = self._incident(whole.record, whole, displayed if by_display else rows)
        listed = parse_watch_list(incident.values.get(self._watch_column, ""))
        unread = not (displayed or self._rows_show) and _unread(whole)
        return IncidentRead(incident, _server_time(self._http), self._users.addresses(listed), by_display, unread)

    def find(self, correlation_id: str) -> Sequence[str]:
        query = Query().equals("correlation_id", correlation_id)
        return [r.sys_id for r in self._table.query(self.table, query, ["correlation_id"], limit=_LIST_MOST)]

    def create(self, values: Mapping[str, str]) -> Incident:
        return self._written(self._table.create(self.table, values, self._columns))

    def update(self, sys_id: str, values: Mapping[str, str]) -> Incident:
        return self._written(self._table.update(self.table, sys_id, values, self._columns))

    def matches(self, sys_id: str, encoded_query: str) -> bool:
        query = Query().equals("sys_id", sys_id).filtered_by(encoded_query)
        return bool(self._table.first_page(self.table, query, ["sys_id"], 1)[0])

    def readable(self) -> bool:
        """Of those that others opened, where there are any: an instance shows us our own even without a role."""
        for mine in ("!=", "="):
            query = Query().filtered_by(f"opened_by{mine}{self._user_sys_id}")
            seen, there = self._table.first_page(self.table, query, ["sys_id"], CANARIES)
            if seen or there:
                return bool(seen)
        return False

    def hides(self, sys_id: str) -> bool:
        """It is counted before access rules hide it (Table API, `X-Total-Count`)."""
        seen, there = self._table.first_page(self.table, Query().equals("sys_id", sys_id), ["sys_id"], 1)
        return there > len(seen)

    def close_codes(self) -> Mapping[str, str]:
        """Where nothing can be learned the configured code is used as it is."""
        try:
            return choices_of(self._http, self.table, "close_code")
        except RemoteError:
            return {}

    def upload(self, sys_id: str, file_name: str, content: Content, size: int | None) -> str:
        if size is None:
            raise Unavailable(SYSTEM, "the download did not say how long it is")
        kind = mimetypes.guess_type(file_name)[0] or "application/octet-stream"
        return self._files.upload(self.table, sys_id, file_name, kind, content.iter(), size).sys_id

    def download(self, attachment_id: str) -> AbstractContextManager[Content]:
        return self._files.download(attachment_id)

    # ---------------------------------------------------------------------------------------- records to snapshots
    def _incident(self, record: Record, whole: Whole | None = None, entries: tuple[JournalEntry, ...] = ()) -> Incident:
        """A column this user may not read is an error of the instance's set-up, never an empty value."""
        return Incident(
            table=self.table,
            sys_id=record.sys_id,
            number=record.value("number"),
            state=record.value("state"),
            values={n: record.value(n) for n in self._columns if n in self._needed or record.has(n)},
            labels={name: label for name, label in record.labels.items() if name not in shown.COLUMNS},
            journal=entries,
            attachments=tuple(_attachment(row, record) for row in whole.attachments) if whole else (),
            correlation_id=record.value("correlation_id"),
            correlation_display=record.get("correlation_display", ""),
            mod_count=int(record.value("sys_mod_count") or 0),
            updated=_moment(record.value("sys_updated_on")),
            created=_moment(record.value("sys_created_on")),
            created_by=record.get("sys_created_by", ""),
            updated_by=record.get("sys_updated_by", ""),
            opened=_moment(record.get("opened_at", "")),
        )

    def _written(self, record: Record) -> Incident:
        """The write was made; where its answer cannot be understood, nobody knows what became of it."""
        try:
            return self._incident(record)
        except Misconfigured as error:
            raise Unavailable(SYSTEM, error.reason, outcome_unknown=True) from error


def _server_time(http: Http) -> float:
    if http.server_date is None:
        raise Unavailable(SYSTEM, "the instance's answers carry no Date")
    return http.server_date.timestamp()


def _unread(whole: Whole) -> bool:
    """Whether there are entries that come by no road; a column that is shown and empty says there is none."""
    if whole.rows_hidden == DENIED and not any(whole.record.has(column) for column in shown.COLUMNS):
        return True
    return whole.rows_hidden == COUNTED or shown.shows(whole.record)


def _entry(row: Record, record: Record) -> JournalEntry:
    return JournalEntry(
        sys_id=row.sys_id,
        element=row.value("element"),
        text=row.value("value"),
        author=row.value("sys_created_by"),
        created=_made(row, record),
    )


def _attachment(row: Record, record: Record) -> IncidentAttachment:
    return IncidentAttachment(
        sys_id=row.sys_id,
        file_name=row.value("file_name"),
        size_bytes=int(row.value("size_bytes") or 0),
        sha256=row.get("hash", "").lower(),
        state=row.get("state", ""),
        content_type=row.get("content_type", ""),
        created_by=row.get("sys_created_by", ""),
        created=_made(row, record),
    )


def _made(row: Record, record: Record) -> datetime:
    """Imports may leave the time of a row empty; then that of its record counts, which stays the same."""
    return _moment(row.value("sys_created_on")) or _moment(record.value("sys_created_on")) or UNDATED


def _moment(stamp: str) -> datetime | None:
    """None: empty, or no stamp at all; one odd value stalls nothing."""
    try:
        return from_timestamp(stamp)
    except ValueError:
        return None
