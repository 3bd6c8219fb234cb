"""Access rules: tables by role, records by role or ownership, fields by role and state.

Tables and roles are data (`roles.py`); what the sources leave open is a switch (`switches.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .catalog_tables import ENDED as ENDED_ORDERS
from .change_models import ENDED
from .errors import acl_failed, journal_denied, query_denied, table_denied
from .query import MATCH_OPERATORS
from .roles import NOBODY_WRITES, REFUSED_READS, SIR_ROLES, VALUES, allows
from .tables import SIR_TABLES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .query import Query
    from .schema import Schema
    from .session import Session
    from .store import Row, Store
    from .switches import Switches

OWN = {
    **dict.fromkeys(("incident", "sc_request", "sc_req_item"), frozenset({"comments"})),
    "sysapproval_approver": frozenset({"state", "comments"}),
}
"""What people without a role may write on an incident or order of their own, and on what they are asked to approve."""
ALWAYS_OPEN = frozenset({"comments", "work_notes"})
"""Journals stay writable on a closed record where its other fields are read-only."""
_ORDERS = ("sc_request", "sc_req_item", "sc_task")
CLOSED = {"incident": ("7", "8"), "sn_si_incident": ("3", "7"), **dict.fromkeys(_ORDERS, tuple(ENDED_ORDERS))}
_CLOSERS = {
    "incident": ("itil_admin", "admin"), "sn_si_incident": ("sn_si.admin", "admin"),
    **dict.fromkeys(_ORDERS, ("catalog_admin", "admin")),
}  # fmt: skip
_SECRET = frozenset({("sys_user", "user_password")})
_RANK = ("403", "empty", "ok")


class Access:
    """Answers who may do what. Trusted sessions may do everything, all may with `enforce_roles` off."""

    def __init__(self, store: Store, schema: Schema, switches: Switches) -> None:
        self._store = store
        self._schema = schema
        self._switches = switches

    def free(self, session: Session) -> bool:
        return session.trusted or not self._switches.enforce_roles

    def check_listing(self, session: Session, table: str) -> None:
        """Raises for tables that refuse a reader without a right instead of looking empty."""
        if self.free(session):
            return
        if table in REFUSED_READS and not self._allows(session, table, "r"):
            raise table_denied(table)
        if table == "sys_choice" and not self._sees_choices(session):
            raise query_denied()
        if table == "sys_journal_field" and self.journal_access(session) == "403":
            raise journal_denied()
        if table == "sysapproval_approver" and _best(session, self._switches.approval_access) == "403":
            raise table_denied(table)

    def journal_access(self, session: Session) -> str:
        """ok, empty or 403."""
        return _best(session, self._switches.journal_access)

    def sees(self, session: Session, table: str, row: Row) -> bool:
        if self.free(session):
            return True
        if table == "sys_journal_field":
            return self.journal_access(session) == "ok"
        if table == "sys_choice" and not self._sees_choices(session):
            return False
        if table in ("sys_attachment", "sysapproval_approver"):
            return self._sees_for_another(session, table, row)
        own_table = row.get("sys_class_name") or table
        if own_table in SIR_TABLES and not self._switches.admin_sees_sir and not session.roles & SIR_ROLES:
            return False
        return self._allows(session, own_table, "r") or self._is_own(session, own_table, row)

    def may_create(self, session: Session, table: str, values: Mapping[str, str]) -> bool:
        if self.free(session):
            return True
        if table == "sys_attachment":
            return self._may_attach(session, values.get("table_name", ""), values.get("table_sys_id", ""))
        return table not in NOBODY_WRITES and (table == "incident" or self._allows(session, table, "c"))

    def may_write(self, session: Session, table: str, row: Row) -> bool:
        if self.free(session):
            return True
        if table == "sys_attachment":
            return self._may_attach(session, row.get("table_name", ""), row.get("table_sys_id", ""))
        if table in NOBODY_WRITES:
            return False
        return self._allows(session, table, "w") or self._is_own(session, table, row)

    def may_delete(self, session: Session, table: str, row: Row) -> bool:
        if self.free(session):
            return True
        if table == "sys_attachment":
            return self._may_delete_attachment(session, row)
        return table not in NOBODY_WRITES and self._allows(session, table, "d")

    def _may_attach(self, session: Session, table: str, sys_id: str) -> bool:
        """Files go with the right to write the record they hang on. False where that record is not there."""
        parent = self._store.row(table, sys_id) if table in self._schema else None
        if parent is None or table == "sys_attachment":
            return False
        locked = table == "change_request" and parent["state"] in ENDED
        if locked and self._switches.change_closed_files == "refused":
            return False
        return self.may_write(session, table, parent)

    def readable(self, session: Session, table: str, field: str) -> bool:
        if (table, field) in _SECRET and not session.is_admin:
            return False
        if self.free(session):
            return True
        if table == "sys_choice" and not session.is_admin:
            return field == "label"
        return self._passes_field_acl(session, table, field, "read")

    def path_readable(self, session: Session, table: str, path: str, operation: str = "read") -> bool:
        """Whether the caller may read every column of a (dot-walked) path; unknown ones hide nothing.

        `operation` query_match or query_range asks for filtering and sorting instead, which follow the right to read
        where no rule of their own stands (ServiceNowDocs, platform-security/access-control/query-acl-rule.md).
        """
        for column in self._schema.resolve(table, path) or []:
            own = self._field_rules(table, column.name, operation) if operation != "read" else []
            allowed = self._passes(session, own) if own else self.readable(session, table, column.name)
            if not allowed:
                return False
            table = column.reference
        return True

    def checked_query(self, session: Session, table: str, query: Query) -> Query:
        """The query without the terms the caller may not ask. Raises ApiError 403 instead, where switched so."""

        def allowed(path: str, operator: str) -> bool:
            operation = "query_match" if operator in MATCH_OPERATORS else "query_range"
            return self.path_readable(session, table, path, operation)

        kept = query.only(allowed)
        if kept != query and self._switches.query_refused == "403":
            raise query_denied()
        return kept

    def kept_on_insert(self, session: Session, table: str, values: Row) -> Row:
        return {name: value for name, value in values.items() if self._passes_field_acl(session, table, name, "write")}

    def kept_on_update(self, session: Session, table: str, row: Row, values: Row) -> Row:
        """The values that may be written; the others are dropped in silence. Raises ApiError where switched so."""
        kept = self.kept_on_insert(session, table, values)
        if self.free(session):
            return kept
        if table == "sys_attachment":
            return {name: value for name, value in kept.items() if name == "file_name"}
        if not self._allows(session, table, "w"):
            return {name: value for name, value in kept.items() if name in OWN.get(table, ())}
        return self._kept_by_state(session, table, row, kept)

    def _kept_by_state(self, session: Session, table: str, row: Row, kept: Row) -> Row:
        if table not in CLOSED or any(role in session.roles for role in _CLOSERS[table]):
            return kept
        if row.get("state") in CLOSED[table] and table in _ORDERS:
            mode = self._switches.catalog_closed_write
            return self._guard(mode, kept, lambda name: mode != "everything" and name in ALWAYS_OPEN)
        if row.get("state") in CLOSED[table]:
            return self._guard(self._switches.closed_write, kept, lambda name: name in ALWAYS_OPEN)
        if table == "incident" and "7" in (kept.get("state"), kept.get("incident_state")):
            return self._guard(self._switches.close_by_itil, kept, lambda name: name not in ("state", "incident_state"))
        return kept

    @staticmethod
    def _guard(mode: str, kept: Row, is_open: Callable[[str], bool]) -> Row:
        if mode == "403":
            raise acl_failed("Update")
        return {name: value for name, value in kept.items() if mode == "allow" or is_open(name)}

    def _passes_field_acl(self, session: Session, table: str, field: str, operation: str) -> bool:
        return self._passes(session, self._field_rules(table, field, operation))

    def _field_rules(self, table: str, field: str, operation: str) -> list[dict[str, Any]]:
        asked = (field, operation)
        lineage = self._schema.lineage(table)
        rules = self._switches.field_acls
        return [rule for rule in rules if (rule["field"], rule["operation"]) == asked and rule["table"] in lineage]

    def _passes(self, session: Session, rules: list[dict[str, Any]]) -> bool:
        return self.free(session) or session.is_admin or all(session.roles & set(rule["roles"]) for rule in rules)

    def _allows(self, session: Session, table: str, letter: str) -> bool:
        if table in VALUES and letter == "r" and session.roles & set(self._switches.catalog_values_for):
            return True
        return (session.is_admin or table not in self._switches.admin_only) and allows(session.roles, table, letter)

    def _sees_choices(self, session: Session) -> bool:
        return session.is_admin or self._switches.choice_access == "labels"

    def _is_own(self, session: Session, table: str, row: Row) -> bool:
        me = session.user_id
        if table == "sys_user":
            return row.get("sys_id") == me
        if table == "sys_user_has_role":
            return row.get("user") == me
        if table == "sysapproval_approver":
            return row.get("approver") == me
        if table in _ORDERS[:2]:
            return bool(me) and me in (row.get("requested_for"), row.get("opened_by"))
        watchers = row.get("watch_list", "").split(",")
        return (
            table == "incident" and bool(me) and (me in (row.get("caller_id"), row.get("opened_by")) or me in watchers)
        )

    def _sees_for_another(self, session: Session, table: str, row: Row) -> bool:
        if table == "sys_attachment":
            return self._sees_attachment(session, row)
        return self._is_own(session, table, row) or _best(session, self._switches.approval_access) == "ok"

    def _sees_attachment(self, session: Session, row: Row) -> bool:
        table = row.get("table_name", "")
        parent = self._store.row(table, row.get("table_sys_id", "")) if table in self._schema else None
        if parent is None:
            return session.is_admin or row.get("sys_created_by") == session.user_name
        return self.sees(session, table, parent)

    def _may_delete_attachment(self, session: Session, row: Row) -> bool:
        if session.is_admin or self._switches.attachment_delete == "admin":
            return session.is_admin
        if row.get("sys_created_by") == session.user_name:
            return True
        writes = self._may_attach(session, row.get("table_name", ""), row.get("table_sys_id", ""))
        return self._switches.attachment_delete == "writer" and writes


def _best(session: Session, access: Mapping[str, str]) -> str:
    """ok, empty or 403: the best that any of the caller's roles gives, else what `*` says."""
    given = [level for role, level in access.items() if role in session.roles]
    return max(given, key=_RANK.index) if given else access.get("*", "empty")
