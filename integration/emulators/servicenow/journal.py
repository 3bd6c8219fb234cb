"""Journal columns: input that appends a row of sys_journal_field, displayed as one text, newest first."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .display import Renderer
    from .schema import Column, Schema
    from .session import Session
    from .store import Row, Store


class Journal:
    def __init__(self, store: Store, schema: Schema) -> None:
        self._store = store
        self._schema = schema

    def texts(self, table: str, values: Mapping[str, str]) -> dict[str, str]:
        """Journal input among the values, by column; empty texts append nothing."""
        columns = self._schema.columns(table)
        return {
            name: value
            for name, value in values.items()
            if name in columns and columns[name].type == "journal" and value.strip()
        }

    def entries(self, sys_id: str, elements: tuple[str, ...]) -> list[Row]:
        """Newest first."""
        rows = [row for row in self._store.find("sys_journal_field", element_id=sys_id) if row["element"] in elements]
        numbered = sorted(enumerate(rows), key=lambda pair: (pair[1]["sys_created_on"], pair[0]), reverse=True)
        return [row for _, row in numbered]

    def display(self, renderer: Renderer, session: Session, table: str, row: Row, column: Column) -> str:
        """`<time> - <name> (<label>)`, the text and an empty line per entry, in the reader's time zone."""
        columns = self._schema.columns(table)
        elements: tuple[str, ...] = (column.name,)
        if column.type == "journal_list":
            elements = tuple(name for name, each in columns.items() if each.type == "journal")
        return "".join(
            f"{renderer.time_text(session, entry['sys_created_on'])} - {self._author(entry)}"
            f" ({columns[entry['element']].label})\n{entry['value']}\n\n"
            for entry in self.entries(row.get("sys_id", ""), elements)
        )

    def _author(self, entry: Row) -> str:
        users = self._store.find("sys_user", user_name=entry["sys_created_by"])
        return users[0].get("name") or entry["sys_created_by"] if users else entry["sys_created_by"]
