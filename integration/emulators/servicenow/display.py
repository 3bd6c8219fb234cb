"""How values look in answers: raw, displayed, or both; references with links; times in the reader's zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from .clock import parse_stamp
from .schema import SECRETS

if TYPE_CHECKING:
    from .acl import Access
    from .journal import Journal
    from .schema import Column, Schema
    from .session import Session
    from .settings import Settings
    from .store import Row, Store

QUIRKS: dict[str, str | None] = {"contact_type": None, "activity_due": "UNKNOWN", "sla_due": "UNKNOWN"}
"""What instances display for these columns when they are empty."""
_FORMAT = {"yyyy": "%Y", "MM": "%m", "dd": "%d", "HH": "%H", "hh": "%I", "mm": "%M", "ss": "%S", "a": "%p"}


@dataclass(frozen=True, slots=True)
class View:
    """What a caller asked to see. `mode` is false, true or all; `fields` None for all columns.

    `base` is the address links start with, the version that was called included (`https://host/api/now/v2`).
    """

    mode: str = "false"
    exclude_links: bool = False
    fields: tuple[str, ...] | None = None
    base: str = ""


class Renderer:
    def __init__(self, store: Store, schema: Schema, settings: Settings, journal: Journal, access: Access) -> None:
        self._store = store
        self._schema = schema
        self._settings = settings
        self._journal = journal
        self._access = access

    def record(self, session: Session, table: str, row: Row, view: View) -> dict[str, Any]:
        """The row as JSON. Fields that do not exist or may not be read have no key."""
        own_table = row.get("sys_class_name") or table
        if own_table not in self._schema:
            own_table = table
        names = view.fields if view.fields is not None else tuple(self._schema.columns(own_table))
        shown: dict[str, Any] = {}
        for name in names:
            if self._access.path_readable(session, own_table, name):
                place = self._place(own_table, row, name)
                if place is not None:
                    shown[name] = self._value(session, *place, view)
        return shown

    def text(  # noqa: PLR0911 - one line per kind of column
        self, session: Session, table: str, row: Row, column: Column
    ) -> str | None:
        """What a person sees in this field; only the quirky columns can be None."""
        raw = row.get(column.name, "")
        if column.is_journal:
            return self._journal.display(self, session, table, row, column)
        if raw == "":
            return QUIRKS.get(column.name, "")
        if column.type in SECRETS:
            return "********"
        if column.is_reference:
            return self.reference_text(column, raw)
        if column.type == "list":
            return ", ".join(self.reference_text(column, each) or each for each in raw.split(","))
        if column.type in ("datetime", "date"):
            return self.time_text(session, raw, date_only=column.type == "date")
        if column.type == "duration":
            return _duration_text(raw)
        label = self._settings.choice_label(table, column.name, raw)
        if label is not None:
            return label
        return f"{int(raw):,}" if column.type == "integer" and raw.lstrip("-").isdigit() else raw

    def plain(self, table: str, row: Row, name: str) -> str:
        """The display value as the platform's own scripts get it."""
        from .session import SYSTEM  # noqa: PLC0415 - breaks the circle session -> roles only at call time

        column = self._schema.columns(table).get(name)
        return (self.text(SYSTEM, table, row, column) or "") if column else ""

    def reference_text(self, column: Column, raw: str) -> str:
        if column.reference not in self._schema.tables:
            return ""
        row = self._store.row(column.reference, raw)
        return row.get(self._schema.display_column(column.reference), "") if row else self._unkeyed(column, raw)

    def time_text(self, session: Session, raw: str, *, date_only: bool = False) -> str:
        moment = parse_stamp(raw)
        if moment is None:
            return raw
        day = _strftime(session.user.get("date_format") or "yyyy-MM-dd")
        if date_only:
            return moment.strftime(day)
        clock = _strftime(session.user.get("time_format") or "HH:mm:ss")
        return moment.astimezone(self.zone(session)).strftime(f"{day} {clock}")

    def moment_from(self, session: Session, text: str) -> datetime | None:
        """The moment a display value names, in UTC; None when it is none."""
        day = _strftime(session.user.get("date_format") or "yyyy-MM-dd")
        clock = _strftime(session.user.get("time_format") or "HH:mm:ss")
        for shape in (f"{day} {clock}", day, "%Y-%m-%d %H:%M:%S"):
            try:
                return datetime.strptime(text, shape).replace(tzinfo=self.zone(session)).astimezone(UTC)
            except ValueError:
                continue
        return None

    def zone(self, session: Session) -> ZoneInfo:
        name = session.user.get("time_zone") or self._settings.property("glide.sys.default.tz") or "UTC"
        try:
            return ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError):
            return ZoneInfo("UTC")

    def _place(self, table: str, row: Row, path: str) -> tuple[str, Row, Column] | None:
        """Table, row and column a (dot-walked) name leads to; an empty row where a reference leads nowhere."""
        passed = self._schema.resolve(table, path)
        if passed is None:
            return None
        for column in passed[:-1]:
            table, row = column.reference, self._store.row(column.reference, row.get(column.name, "")) or {}
        return table, row, passed[-1]

    def _value(self, session: Session, table: str, row: Row, column: Column, view: View) -> Any:
        raw = "" if column.is_journal else row.get(column.name, "")
        link = self._link(column, raw, view)
        if view.mode == "false":
            return raw if link is None else {"link": link, "value": raw}
        shown: dict[str, Any] = {"display_value": self.text(session, table, row, column)}
        if view.mode == "true" and link is None:
            return shown["display_value"]
        if view.mode == "all":
            shown["value"] = raw
        return shown if link is None else {**shown, "link": link}

    @staticmethod
    def _link(column: Column, raw: str, view: View) -> str | None:
        if not column.is_reference or raw == "" or view.exclude_links:
            return None
        return f"{view.base}/table/{column.reference}/{raw}"

    @staticmethod
    def _unkeyed(column: Column, raw: str) -> str:
        return raw if column.name == "sys_domain" else ""


def _strftime(pattern: str) -> str:
    for letters, code in _FORMAT.items():
        pattern = pattern.replace(letters, code) if letters != "a" else pattern.replace(" a", " %p")
    return pattern


def _duration_text(raw: str) -> str:
    moment = parse_stamp(raw)
    if moment is None:
        return raw
    left = int(moment.timestamp())
    parts = []
    for name, size in (("Day", 86400), ("Hour", 3600), ("Minute", 60), ("Second", 1)):
        count, left = divmod(left, size)
        if count:
            parts.append(f"{count} {name}{'s' if count > 1 else ''}")
    return " ".join(parts) or "0 Seconds"
