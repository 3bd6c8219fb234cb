"""Rows in memory: written under one lock, replaced and never changed in place, so that readers need none."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from integration.emulators.kit.changes import Changes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .schema import Schema

Row = dict[str, str]
"""One record, all values as stored. Rows handed out are shared: copy before changing one."""


class Duplicate(Exception):
    """There is a row with this sys_id."""


class Missing(Exception):
    """There is no row with this sys_id (any more)."""


class Store:
    """`lock` is reentrant: what must be seen together is written within one `with store.lock`."""

    def __init__(self, schema: Schema, changes: Changes | None = None) -> None:
        self.schema = schema
        self._changes = changes or Changes()
        self.lock = threading.RLock()
        self._tables: dict[str, dict[str, Row]] = {}
        self._numbers: dict[str, int] = {}
        self._versions: dict[str, int] = {}
        self._indexes: dict[tuple[str, str], tuple[tuple[tuple[str, int], ...], dict[str, list[Row]]]] = {}

    def rows(self, table: str) -> list[Row]:
        """Rows of the table and of all that extend it, in the order of their creation within each."""
        with self.lock:
            return [row for name in self.schema.family(table) for row in self._tables.get(name, {}).values()]

    def row(self, table: str, sys_id: str) -> Row | None:
        with self.lock:
            home = self._home(table, sys_id)
            return self._tables[home][sys_id] if home else None

    def class_of(self, table: str, sys_id: str) -> str:
        """The table a row really lives in. Raises Missing."""
        with self.lock:
            home = self._home(table, sys_id)
        if home is None:
            raise Missing(sys_id)
        return home

    def find(self, table: str, **equal: str) -> list[Row]:
        """Rows whose columns equal all the given values; the first one named is looked up in an index."""
        first, value = next(iter(equal.items()))
        with self.lock:
            rows = list(self._index(table, first).get(value, []))
        return [row for row in rows if all(row.get(name) == wanted for name, wanted in equal.items())]

    def completed(self, table: str, values: Mapping[str, str], sys_id: str, now: str) -> Row:
        """All columns of a record the administrator made `now`, where `values` say nothing else."""
        columns = self.schema.columns(table)
        system = {
            "sys_id": sys_id, "sys_created_on": now, "sys_created_by": "admin", "sys_updated_on": now,
            "sys_updated_by": "admin", "sys_mod_count": "0",
        }  # fmt: skip
        defaults = {name: column.default for name, column in columns.items()}
        return defaults | {name: value for name, value in {**system, **values}.items() if name in columns}

    def insert(self, table: str, row: Mapping[str, str], at: str = "", user_name: str = "") -> Row:
        """Raises Duplicate."""
        stored = dict(row)
        with self.lock:
            if self._home(self.schema.lineage(table)[0], stored["sys_id"]):
                raise Duplicate(stored["sys_id"])
            self._tables.setdefault(table, {})[stored["sys_id"]] = stored
            current = self._current_indexes(table)
            self._note("insert", table, stored, at, user_name)
            for column in current:
                self._append(table, column, stored)
        return stored

    def change(self, table: str, sys_id: str, values: Mapping[str, str], at: str = "", user_name: str = "") -> Row:
        """Raises Missing."""
        with self.lock:
            home = self.class_of(table, sys_id)
            stored = {**self._tables[home][sys_id], **values}
            self._tables[home][sys_id] = stored
            self._note("update", home, stored, at, user_name)
        return stored

    def remove(self, table: str, sys_id: str, at: str = "", user_name: str = "") -> Row:
        """Raises Missing."""
        with self.lock:
            home = self.class_of(table, sys_id)
            row = self._tables[home].pop(sys_id)
            self._note("delete", home, row, at, user_name)
        return row

    def next_number(self, table: str) -> str:
        """Spent once given, as on an instance: failed inserts leave gaps."""
        own = self.schema.tables[table]
        with self.lock:
            number = self._numbers.get(table, own.first_number)
            self._numbers[table] = number + 1
        return f"{own.prefix}{number:07d}"

    def forget_changes(self) -> None:
        """Leaves one line in the feed, `reset`: what was planted until now is where followers start."""
        with self.lock:
            self._changes.forget()
            self._note("reset", "", {}, "", "")

    def load(self, other: Store) -> None:
        """Holds what the other holds, in place of what was here."""
        with self.lock:
            self._tables = {table: dict(rows) for table, rows in other._tables.items()}
            self._numbers.clear()
            self._indexes.clear()

    def _home(self, table: str, sys_id: str) -> str | None:
        for name in self.schema.family(table):
            if sys_id in self._tables.get(name, {}):
                return name
        return None

    def _index(self, table: str, column: str) -> dict[str, list[Row]]:
        """Made anew when a row of the table or of one that extends it has changed since."""
        version = tuple((name, self._versions.get(name, 0)) for name in self.schema.family(table))
        made, index = self._indexes.get((table, column), ((), {}))
        if made != version:
            index = {}
            for row in self.rows(table):
                index.setdefault(row.get(column, ""), []).append(row)
            self._indexes[table, column] = (version, index)
        return index

    def _current_indexes(self, table: str) -> list[str]:
        """Columns of a table that nothing extends whose index is up to date."""
        if self.schema.family(table) != [table]:
            return []
        version = ((table, self._versions.get(table, 0)),)
        return [column for (name, column), (made, _) in self._indexes.items() if name == table and made == version]

    def _append(self, table: str, column: str, row: Row) -> None:
        """A new row is the last one of its table, so no index has to be made anew for it."""
        _, index = self._indexes[table, column]
        index.setdefault(row.get(column, ""), []).append(row)
        self._indexes[table, column] = (((table, self._versions[table]),), index)

    def _note(self, operation: str, table: str, row: Mapping[str, str], at: str, user_name: str) -> None:
        self._versions[table] = self._versions.get(table, 0) + 1
        self._changes.add(
            at=at, operation=operation, table=table, sys_id=row.get("sys_id", ""), number=row.get("number", ""),
            user_name=user_name, sys_mod_count=row.get("sys_mod_count", ""),
        )  # fmt: skip
