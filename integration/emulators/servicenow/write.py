"""A write (insert, update, delete) on its way through rules and engines to the table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .session import Session
    from .store import Row

Stack = frozenset[tuple[str, str]]
"""(rule sys_id, record sys_id) of the rules that led to a write: none of them runs again for its own record."""
NO_RULES: Stack = frozenset()


@dataclass
class Write:
    """`current` is the record as it will be, journal input included; before rules and engines change it.

    `variables` are those of a request item, where its order or a before rule sets them.
    `previous` is None for an insert; for a delete it equals `current`.
    """

    table: str
    operation: str
    current: Row
    previous: Row | None
    session: Session
    stack: Stack = NO_RULES
    variables: Row | None = None

    @property
    def sys_id(self) -> str:
        return self.current["sys_id"]

    def changed(self, field: str) -> bool:
        return self.previous is None or self.current.get(field, "") != self.previous.get(field, "")

    def became(self, field: str, *values: str) -> bool:
        """Whether the field takes one of the values with this write, coming from none of them."""
        before = (self.previous or {}).get(field, "")
        return self.current.get(field, "") in values and before not in values
