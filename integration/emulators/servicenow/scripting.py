"""The instance as its scripts see it: the host of the JavaScript engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import catalog_variables
from .query import parse
from .session import SYSTEM, Session, granted_roles, session_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from .service import Service
    from .store import Row
    from .write import Stack

LEVELS = {"debug": "-1", "info": "0", "warn": "1", "error": "2"}
"""syslog.level by what gs calls it."""


class ScriptHost:
    """Without access rules. `stack` names the rules that led here, so that none starts itself again."""

    def __init__(self, service: Service, stack: Stack) -> None:
        self._service = service
        self._stack = stack

    def query(self, table: str, encoded_query: str, limit: int) -> list[dict[str, str]]:
        found = self._service.search(SYSTEM, self._table(table), parse(encoded_query))
        return [dict(row) for row in found[: limit or None]]

    def insert(self, table: str, values: dict[str, str], user: str) -> dict[str, str]:
        known = self._service.incoming.known(self._table(table), values)
        return dict(self._service.writes.insert(self._session(user), table, known, stack=self._stack))

    def update(self, table: str, sys_id: str, values: dict[str, str], user: str) -> dict[str, str]:
        known = self._service.incoming.known(self._table(table), values)
        return dict(self._service.writes.update(self._session(user), table, sys_id, known, stack=self._stack))

    def delete(self, table: str, sys_id: str, user: str) -> None:
        self._service.writes.delete(self._session(user), self._table(table), sys_id, stack=self._stack)

    def display_value(self, table: str, sys_id: str, field: str) -> str:
        row = self._row(table, sys_id)
        return self._service.renderer.plain(row.get("sys_class_name") or table, row, field)

    def variables(self, table: str, sys_id: str) -> dict[str, str]:
        return catalog_variables.values(self._service, self._table(table), sys_id)

    def decrypted(self, table: str, sys_id: str, field: str) -> str:
        return self._service.cipher.decrypt(self._row(table, sys_id).get(field, ""))

    def property(self, name: str) -> str | None:
        return self._service.settings.property(name)

    def now(self) -> float:
        return self._service.clock()

    def log(self, level: str, message: str, source: str) -> None:
        self._service.log(message, source, LEVELS.get(level, "0"))

    def user(self, user_name: str) -> dict[str, str]:
        users = self._service.store.find("sys_user", user_name=user_name)
        if not users:
            return {}
        roles = granted_roles(self._service.store, users[0]["sys_id"])
        return {**users[0], "roles": ",".join(sorted(roles))}

    def send(self, request: dict[str, Any]) -> dict[str, Any]:
        return self._service.outbound.send(request)

    def sending(self, request: dict[str, Any]) -> Callable[[], dict[str, Any]]:
        return self._service.outbound.sending(request)

    def _table(self, table: str) -> str:
        if table not in self._service.schema:
            raise ValueError(f"Invalid table {table}")
        return table

    def _row(self, table: str, sys_id: str) -> Row:
        return self._service.store.row(self._table(table), sys_id) or {}

    def _session(self, user_name: str) -> Session:
        return session_for(self._service.store, user_name, trusted=True) or SYSTEM
