"""A ServiceNow table behind the `Incidents` port: snapshots out of records."""

from __future__ import annotations

import mimetypes
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from integration.cases.journals import identified
from integration.cases.ports import IncidentRead
from integration.clients.errors import Misconfigured, RemoteError, Unavailable
from integration.clients.servicenow import shown
from integration.clients.servicenow.attachment import Attachments
from integration.clients.servicenow.batch import COUNTED, DENIED, read_whole
from integration.clients.servicenow.choices import choices_of
from integration.clients.servicenow.errors import SYSTEM
from integration.clients.servicenow.query import LIST_MOST, Query, can_be_listed
from integration.clients.servicenow.table import Table, is_sys_id
from integration.clients.servicenow.timestamp import from_timestamp
from integration.model import Incident, IncidentAttachment, JournalEntry
from mappers.comments import NOTE_MARK, WORK_NOTES, reference_in
from mappers.watchers import parse_watch_list

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

    from integration.cases.ports import Content
    from integration.clients.servicenow.batch import Whole
    from integration.clients.servicenow.http import Http
    from integration.clients.servicenow.record import Record

UNDATED = datetime.fromtimestamp(0, UTC)
"""Of a row whose time nobody knows, nor that of its record."""
COLUMNS = (
    "sys_id", "number", "state", "short_description", "description", "correlation_id", "correlation_display",
    "sys_mod_count", "sys_updated_on", "sys_created_on", "sys_created_by", "opened_at", "close_code", "close_notes",
    "watch_list",
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
        self._names: tuple[str, str] | None = None
        self._emails: dict[str, str] = {}
        self._rows_show = False
        self._labels: dict[str, str] = {}

    def own(self, user_name: str) -> bool:
        return user_name == self._own_names()[0]

    def _own_names(self) -> tuple[str, str]:
        """User name and displayed name, read once; only the sys_id is configured."""
        if self._names is None:
            user = self._table.get("sys_user", self._user_sys_id, ["user_name", "name"])
            if user is None:
                raise Misconfigured(SYSTEM, "the integration user cannot read its own sys_user record")
            self._names = user.value("user_name"), user.get("name", "")
        return self._names

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
        displayed = () if self._rows_show else self._displayed(whole.record)
        rows = tuple(_entry(row, whole.record) for row in whole.journal)
        hidden = bool(whole.rows_hidden) or moment is None or any(entry.created >= moment for entry in displayed)
        by_display = bool(displayed) and hidden
        incident = self._incident(whole.record, whole, displayed if by_display else rows)
        unread = not (displayed or self._rows_show) and _unread(whole)
        return IncidentRead(incident, self._server_time(), self._addresses(incident), by_display, unread)

    def _displayed(self, record: Record) -> tuple[JournalEntry, ...]:
        """The whole journal as the record shows it. Labels of the kinds are learned from columns and from our notes."""
        found = shown.entries(record)
        ours = (e for e in found if not e.element and self._author(e) == self._own_names()[0])
        self._labels |= shown.labels_of(found)
        self._labels |= {e.label: WORK_NOTES for e in ours if e.text.startswith(NOTE_MARK)}
        return tuple(
            identified(
                JournalEntry("", entry.element, entry.text, self._author(entry), entry.created)
                for entry in shown.told(found, self._labels)
            )
        )

    def _author(self, entry: shown.Shown) -> str:
        """Ours by its user name, as rows have it. Where our own name is not shown to us, a header of ours is enough."""
        user_name, name = self._own_names()
        ours = entry.author in {user_name, name} if name else reference_in(entry.text) is not None
        return user_name if ours else entry.author

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

    def users(self, emails: Sequence[str]) -> Mapping[str, str]:
        """Two active users with one address are nobody: the plain address stays, as does one nobody can ask for."""
        by_email: dict[str, list[str]] = {}
        for some in _in_lists([email for email in emails if can_be_listed(email)]):
            query = Query().is_in("email", some).equals("active", "true")
            for record in self._table.query("sys_user", query, ["email", "active"]):
                by_email.setdefault(record.value("email").strip().lower(), []).append(record.sys_id)
        return {email: ids[0] for email in emails if len(ids := by_email.get(email.lower(), [])) == 1}

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
    def _server_time(self) -> float:
        moment = self._http.server_date
        if moment is None:
            raise Unavailable(SYSTEM, "the instance's answers carry no Date")
        return moment.timestamp()

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
            opened=_moment(record.get("opened_at", "")),
        )

    def _written(self, record: Record) -> Incident:
        """The write was made; where its answer cannot be understood, nobody knows what became of it."""
        try:
            return self._incident(record)
        except Misconfigured as error:
            raise Unavailable(SYSTEM, error.reason, outcome_unknown=True) from error

    def _addresses(self, incident: Incident) -> Mapping[str, str]:
        """E-mail addresses of the users on the watch list; each is looked up once per container.

        Who is not shown is left out, as is what cannot be a sys_id. A column nobody's row shows is the set-up's.
        """
        listed = parse_watch_list(incident.values.get(self._watch_column, ""))
        members = [member for member in listed if is_sys_id(member)]
        for some in _in_lists([member for member in members if member not in self._emails]):
            found = self._table.query("sys_user", Query().is_in("sys_id", some), ["sys_id", "email"])
            if found and not any(user.has("email") for user in found):
                raise Misconfigured(SYSTEM, "sys_user shows no column email: the integration user may not read it")
            self._emails |= dict.fromkeys(some, "") | {user.sys_id: user.get("email", "").strip() for user in found}
        return {member: self._emails[member] for member in members if self._emails[member]}


def _in_lists(values: Sequence[str]) -> Iterator[Sequence[str]]:
    return (values[start : start + LIST_MOST] for start in range(0, len(values), LIST_MOST))


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
