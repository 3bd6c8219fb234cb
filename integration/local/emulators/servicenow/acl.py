"""Access rules: tables by role, records by role or ownership, fields by role and state.

Tables and roles are data (`roles.py`); what the sources leave open is a switch (`config.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .errors import acl_failed, table_denied
from .roles import NOBODY_WRITES, REFUSED_READS, SIR_ROLES, allows
from .tables import SIR_TABLES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from .config import Config
    from .schema import Schema
    from .session import Session
    from .store import Row, Store

OWN = frozenset({"comments"})
"""What people without a role may write on an incident of their own."""
ALWAYS_OPEN = frozenset({"comments", "work_notes"})
"""Journals stay writable on a closed record where its other fields are read-only."""
CLOSED = {"incident": ("7", "8"), "sn_si_incident": ("3", "7")}
_CLOSERS = {"incident": ("itil_admin", "admin"), "sn_si_incident": ("sn_si.admin", "admin")}
_SECRET = frozenset({("sys_user", "user_password")})
_RANK = ("403", "empty", "ok")


class Access:
    """Answers who may do what. Trusted sessions may do everything, all may with `enforce_roles` off."""

    def __init__(self, store: Store, schema: Schema, config: Config) -> None:
        self._store = store
        self._schema = schema
        self._config = config

    def free(self, session: Session) -> bool:
        return session.trusted or not self._config.enforce_roles

    def check_listing(self, session: Session, table: str) -> None:
        """Raises for tables that refuse a reader without a right instead of looking empty."""
        if self.free(session):
            return
        if table in REFUSED_READS and not allows(session.roles, table, "r"):
            raise table_denied(table)
        if table == "sys_journal_field" and self.journal_access(session) == "403":
            raise table_denied(table)

    def journal_access(self, session: Session) -> str:
        """ok, empty or 403: the best that any of the caller's roles gives, else what `*` says."""
        given = [level for role, level in self._config.journal_access.items() if role in session.roles]
        return max(given, key=_RANK.index) if given else self._config.journal_access.get("*", "empty")

    def sees(self, session: Session, table: str, row: Row) -> bool:
        if self.free(session):
            return True
        if table == "sys_journal_field":
            return self.journal_access(session) == "ok"
        if table == "sys_attachment":
            return self._sees_attachment(session, row)
        own_table = row.get("sys_class_name") or table
        if own_table in SIR_TABLES and not self._config.admin_sees_sir and not session.roles & SIR_ROLES:
            return False
        return allows(session.roles, own_table, "r") or self._is_own(session, own_table, row)

    def may_create(self, session: Session, table: str, values: Mapping[str, str]) -> bool:
        if self.free(session):
            return True
        if table == "sys_attachment":
            return self.may_attach(session, values.get("table_name", ""), values.get("table_sys_id", ""))
        return table not in NOBODY_WRITES and (table == "incident" or allows(session.roles, table, "c"))

    def may_write(self, session: Session, table: str, row: Row) -> bool:
        if self.free(session):
            return True
        if table == "sys_attachment":
            return self.may_attach(session, row.get("table_name", ""), row.get("table_sys_id", ""))
        if table in NOBODY_WRITES:
            return False
        return allows(session.roles, table, "w") or self._is_own(session, table, row)

    def may_delete(self, session: Session, table: str, row: Row) -> bool:
        if self.free(session):
            return True
        if table == "sys_attachment":
            return self._may_delete_attachment(session, row)
        return table not in NOBODY_WRITES and allows(session.roles, table, "d")

    def may_attach(self, session: Session, table: str, sys_id: str) -> bool:
        """Files go with the right to write the record they hang on. False where that record is not there."""
        parent = self._store.row(table, sys_id) if table in self._schema else None
        return parent is not None and table != "sys_attachment" and self.may_write(session, table, parent)

    def readable(self, session: Session, table: str, field: str) -> bool:
        if (table, field) in _SECRET and not session.trusted:
            return False
        if self.free(session):
            return True
        if table == "sys_choice" and not session.is_admin:
            return field == "label"
        return self._passes_field_acl(session, table, field, "read")

    def all_readable(self, session: Session, table: str, paths: Iterable[str]) -> bool:
        """Whether the caller may filter and sort by these (dot-walked) fields; unknown ones hide nothing."""
        for path in paths:
            place = table
            for column in self._schema.resolve(table, path) or []:
                if not self.readable(session, place, column.name):
                    return False
                place = column.reference
        return True

    def kept_on_insert(self, session: Session, table: str, values: Row) -> Row:
        return {name: value for name, value in values.items() if self._passes_field_acl(session, table, name, "write")}

    def kept_on_update(self, session: Session, table: str, row: Row, values: Row) -> Row:
        """The values that may be written; the others are dropped in silence. Raises ApiError where switched so."""
        kept = self.kept_on_insert(session, table, values)
        if self.free(session):
            return kept
        if table == "sys_attachment":
            return {name: value for name, value in kept.items() if name == "file_name"}
        if not allows(session.roles, table, "w"):
            return {name: value for name, value in kept.items() if name in OWN}
        return self._kept_by_state(session, table, row, kept)

    def _kept_by_state(self, session: Session, table: str, row: Row, kept: Row) -> Row:
        if table not in CLOSED or any(role in session.roles for role in _CLOSERS[table]):
            return kept
        if row.get("state") in CLOSED[table]:
            return self._guard(self._config.closed_write, kept, lambda name: name in ALWAYS_OPEN)
        if table == "incident" and "7" in (kept.get("state"), kept.get("incident_state")):
            return self._guard(self._config.close_by_itil, kept, lambda name: name not in ("state", "incident_state"))
        return kept

    @staticmethod
    def _guard(mode: str, kept: Row, is_open: Callable[[str], bool]) -> Row:
        if mode == "403":
            raise acl_failed("Update")
        return {name: value for name, value in kept.items() if mode == "allow" or is_open(name)}

    def _passes_field_acl(self, session: Session, table: str, field: str, operation: str) -> bool:
        rules = [
            rule
            for rule in self._config.field_acls
            if rule["field"] == field
            and rule["operation"] == operation
            and rule["table"] in self._schema.lineage(table)
        ]
        return self.free(session) or session.is_admin or all(session.roles & set(rule["roles"]) for rule in rules)

    def _is_own(self, session: Session, table: str, row: Row) -> bool:
        me = session.user_id
        if table == "sys_user":
            return row.get("sys_id") == me
        if table == "sys_user_has_role":
            return row.get("user") == me
        watchers = row.get("watch_list", "").split(",")
        return (
            table == "incident" and bool(me) and (me in (row.get("caller_id"), row.get("opened_by")) or me in watchers)
        )

    def _sees_attachment(self, session: Session, row: Row) -> bool:
        table = row.get("table_name", "")
        parent = self._store.row(table, row.get("table_sys_id", "")) if table in self._schema else None
        if parent is None:
            return session.is_admin or row.get("sys_created_by") == session.user_name
        return self.sees(session, table, parent)

    def _may_delete_attachment(self, session: Session, row: Row) -> bool:
        if session.is_admin or self._config.attachment_delete == "admin":
            return session.is_admin
        if row.get("sys_created_by") == session.user_name:
            return True
        writes = self.may_attach(session, row.get("table_name", ""), row.get("table_sys_id", ""))
        return self._config.attachment_delete == "writer" and writes
