"""Comments and work notes, read from sys_journal_field.

sys_journal_field has a row per entry (docs: retrieving journal entries); where it is hidden, `shown` reads what the
record displays.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from integration.clients.servicenow.query import Query
from integration.clients.servicenow.table import Table

if TYPE_CHECKING:
    from datetime import datetime

    from integration.clients.servicenow.http import Http
    from integration.clients.servicenow.record import Record

TABLE = "sys_journal_field"
FIELDS = ("sys_id", "element", "element_id", "name", "value", "sys_created_on", "sys_created_by")


def entries_of(table: str, sys_id: str, since: datetime | None) -> Query:
    """Entries of this record made at `since` or later. The table counts: two tables may use one sys_id."""
    query = Query().equals("element_id", sys_id).equals("name", table).is_in("element", ["comments", "work_notes"])
    return (query.at_least("sys_created_on", since) if since else query).order_by("sys_created_on")


class Journal:
    def __init__(self, http: Http) -> None:
        self._table = Table(http)

    def entries(self, table: str, sys_id: str, since: datetime | None = None) -> list[Record]:
        """Oldest first; columns `FIELDS`. `sys_created_by` is a user_name.

        An empty list can also mean that this user may not read the journal: `check` tests that with a known entry.
        """
        return self._table.query(TABLE, entries_of(table, sys_id, since), FIELDS)
