"""Tables as the dictionary describes them: columns with type, label, length, default; inheritance; numbering."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import unquote

TEXTS = frozenset({"string", "choice", "script", "password", "password2", "table_name", "guid", "document_id"})
SECRETS = frozenset({"password", "password2"})
"""Hashed for good, and encrypted so that the instance's scripts can read it."""
JOURNALS = frozenset({"journal", "journal_list"})
TIMES = frozenset({"datetime", "date"})
_LINE = re.compile(r"(\w+) ([a-z_0-9]+)(?::(\w+))?(?:\((\d+)\))?(?:=(\S+))? (.+)")


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `type` is one of TEXTS, JOURNALS, TIMES, integer, boolean, duration, ref or list (of `reference`).

    `max_length` is in characters, 0 for no limit worth emulating.
    """

    name: str
    type: str
    label: str
    reference: str = ""
    max_length: int = 0
    default: str = ""

    @property
    def is_reference(self) -> bool:
        return self.type == "ref"

    @property
    def is_journal(self) -> bool:
        return self.type in JOURNALS


@dataclass(frozen=True)
class Table:
    """`display` is the column that stands for a record; `prefix` that of its numbers, if it has any.

    `scope` is the application the table belongs to.
    """

    name: str
    label: str
    columns: dict[str, Column]
    parent: str = ""
    display: str = "name"
    prefix: str = ""
    scope: str = "global"
    first_number: int = 10001


def columns(text: str) -> dict[str, Column]:
    """Columns from lines `name type[:reference][(length)][=default] Label`; a space in a default is %20."""
    found: dict[str, Column] = {}
    for line in filter(None, (each.strip() for each in text.splitlines())):
        match = _LINE.fullmatch(line)
        if match is None:
            raise ValueError(f"not a column: {line}")
        name, kind, reference, length, default, label = match.groups()
        found[name] = Column(name, kind, label, reference or "", int(length or 0), unquote(default or ""))
    return found


@dataclass
class Schema:
    """All tables of one instance; columns may be added while it runs, tables may be hidden (a plugin that is off)."""

    tables: dict[str, Table]
    hidden: set[str] = field(default_factory=set)
    _columns: dict[str, dict[str, Column]] = field(default_factory=dict)
    _families: dict[str, list[str]] = field(default_factory=dict)

    def __contains__(self, table: str) -> bool:
        return table in self.tables and table not in self.hidden

    def columns(self, table: str) -> dict[str, Column]:
        """The table's own and inherited columns. A table nobody knows has none."""
        if table not in self._columns:
            found: dict[str, Column] = {}
            for name in self.lineage(table):
                found |= self.tables[name].columns
            self._columns[table] = found
        return self._columns[table]

    def lineage(self, table: str) -> list[str]:
        """Ancestors first, the table last."""
        names: list[str] = []
        while table in self.tables:
            names.insert(0, table)
            table = self.tables[table].parent
        return names

    def family(self, table: str) -> list[str]:
        """The table and all that extend it."""
        if table not in self._families:
            self._families[table] = [name for name in self.tables if table in self.lineage(name)]
        return [name for name in self._families[table] if name not in self.hidden]

    def display_column(self, table: str) -> str:
        return self.tables[table].display if table in self.tables else "name"

    def add_column(self, table: str, column: Column) -> None:
        self.tables[table].columns[column.name] = column
        self._columns.clear()

    def replace(self, other: Schema) -> None:
        """Take over the tables of another schema; what is hidden stays hidden."""
        self.tables = other.tables
        self._columns.clear()
        self._families.clear()

    def resolve(self, table: str, path: str) -> list[Column] | None:
        """The columns a (dot-walked) field name passes through; None when it names nothing."""
        passed: list[Column] = []
        for name in path.split("."):
            column = self.columns(table).get(name)
            if column is None or (passed and not passed[-1].is_reference):
                return None
            passed.append(column)
            table = column.reference
        return passed
