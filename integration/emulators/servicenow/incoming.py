"""From the JSON of a request to stored values: typing, references, choices; what does not fit is dropped in silence."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from .clock import STAMP, parse_stamp

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .display import Renderer
    from .encryption import Cipher
    from .schema import Column, Schema
    from .session import Session
    from .settings import Settings
    from .store import Row, Store
    from .switches import Switches

ALLOW_ANY_CHOICE = "glide.rest.choice.allow_non_existing_value"
ADMIN_ONLY_SYS_FIELDS = "glide.rest.table_api.admin_only_sys_fields"
_SETTABLE = frozenset({"sys_id", "sys_created_on", "sys_created_by"})
_NEVER = frozenset({"sys_updated_on", "sys_updated_by", "sys_mod_count", "sys_class_name"})


class Incoming:
    def __init__(
        self, store: Store, schema: Schema, settings: Settings, switches: Switches, renderer: Renderer, cipher: Cipher
    ) -> None:
        self._store = store
        self._schema = schema
        self._settings = settings
        self._switches = switches
        self._renderer = renderer
        self._cipher = cipher

    def raw(
        self, session: Session, table: str, body: Mapping[str, Any], *, displayed: bool = False, form: bool = False
    ) -> Row:
        """Stored values for a body. With `displayed` its values are labels, names and times in the caller's zone.

        A `form` encrypts what is typed into it and stores the value of the label that is chosen in it.
        """
        found: Row = {}
        for name, value in body.items():
            column = self._schema.columns(table).get(name)
            if column is None or not self._settable(session, table, column):
                continue
            as_seen = form and (column.type == "password2" or bool(self._settings.choices(table, name)))
            typed = self._typed(session, table, column, as_text(value), displayed=displayed or as_seen)
            if typed is not None:
                found[name] = typed
        return found

    def known(self, table: str, values: Mapping[str, Any]) -> Row:
        """Values a script sets: unknown columns have no place, nothing else is checked but secrets."""
        columns = self._schema.columns(table)
        typed = {name: self._known(columns[name], as_text(text)) for name, text in values.items() if name in columns}
        return {name: value for name, value in typed.items() if value is not None}

    def _known(self, column: Column, text: str) -> str | None:
        if column.type == "password2" and text:
            return self._secret(text, asked=False)
        return _boolean(text) if column.type == "boolean" else text

    def _secret(self, text: str, *, asked: bool) -> str | None:
        """Encrypted for who asks for it (ServiceNowDocs, api-reference/rest-apis/c_TableAPI.md and
        platform-security/platform-encryption/password-2way-encrypted-fields.md); else as switched, None for dropped.
        """
        mode = "encrypted" if asked else self._switches.password2_unasked
        return {"encrypted": self._cipher.encrypt(text), "clear": text}.get(mode)

    def _settable(self, session: Session, table: str, column: Column) -> bool:
        if (
            column.name in _NEVER
            or column.type == "journal_list"
            or (table, column.name) == ("sys_user", "user_password")
        ):
            return False
        return column.name not in _SETTABLE or session.is_admin or not self._settings.is_on(ADMIN_ONLY_SYS_FIELDS)

    def _typed(  # noqa: PLR0911 - one line per kind of column
        self, session: Session, table: str, column: Column, text: str, *, displayed: bool
    ) -> str | None:
        """None for a value that is dropped."""
        if text == "":
            return None if column.name in _SETTABLE else ""
        if column.type == "password2":
            return self._secret(text, asked=displayed)
        if column.is_reference:
            return self._reference(column, text, displayed=displayed)
        if column.type == "boolean":
            return _boolean(text)
        if column.type in ("datetime", "date"):
            return self._time(session, column, text, displayed=displayed)
        if column.type == "integer" and not re.fullmatch(r"-?\d+", text):
            return None
        return self._choice(table, column, text, displayed=displayed)

    def _reference(self, column: Column, text: str, *, displayed: bool) -> str | None:
        """A name stands for its record where it is the only one of that name; else the text is stored as it is."""
        if column.reference not in self._schema.tables or self._store.row(column.reference, text):
            return text
        if not (displayed or self._switches.references_by_name):
            return text
        named = self._store.find(column.reference, **{self._schema.display_column(column.reference): text})
        if len(named) == 1:
            return named[0]["sys_id"]
        return None if displayed else text

    def _time(self, session: Session, column: Column, text: str, *, displayed: bool) -> str | None:
        moment = self._renderer.moment_from(session, text) if displayed else parse_stamp(text)
        if moment is None:
            return None
        return moment.strftime("%Y-%m-%d" if column.type == "date" else STAMP)

    def _choice(self, table: str, column: Column, text: str, *, displayed: bool) -> str | None:
        """A value that is no choice is dropped; a rule's `when` is empty then, and the rule never runs."""
        choices = self._settings.choices(table, column.name)
        if not choices:
            return text
        if displayed:
            labelled = next((row["value"] for row in choices if row["label"].casefold() == text.casefold()), None)
            if labelled is not None:
                return labelled
        if any(row["value"] == text for row in choices) or self._settings.is_on(ALLOW_ANY_CHOICE):
            return text
        return "" if table == "sys_script" else None


def as_text(value: Any) -> str:
    """Every value is stored as text: true is `true`, null is empty, an object of the API counts by its value."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return as_text(value.get("value", value.get("display_value")))
    if isinstance(value, list):
        return ",".join(as_text(each) for each in value)
    text = value if isinstance(value, str) else json.dumps(value)
    return text.encode("utf-8", "replace").decode()  # JSON can spell half a character, which no answer could carry


def _boolean(text: str) -> str:
    return "true" if text.casefold() in ("true", "1") else "false"
