"""System properties and choice lists, read from their tables, so that changing a row changes the instance."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .schema import Schema
    from .store import Row, Store
    from .switches import Switches


class Settings:
    def __init__(self, store: Store, schema: Schema, switches: Switches) -> None:
        self._store = store
        self._schema = schema
        self._switches = switches

    def property(self, name: str) -> str | None:
        """None when there is no such property."""
        rows = self._store.find("sys_properties", name=name)
        return rows[0].get("value", "") if rows else None

    def is_on(self, name: str) -> bool:
        return self.property(name) == "true"

    def choices(self, table: str, element: str) -> list[Row]:
        """Active choices of a column, those of the nearest table that has any; empty for a free column."""
        for name in reversed(self._schema.lineage(table)):
            rows = [
                row
                for row in self._store.find("sys_choice", element=element, name=name)
                if row.get("inactive") != "true"
            ]
            if rows:
                return rows
        return []

    def choice_label(self, table: str, element: str, value: str) -> str | None:
        return next((row["label"] for row in self.choices(table, element) if row["value"] == value), None)
