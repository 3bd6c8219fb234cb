"""Count as dealt with what passes were killed on, and tell both sides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from integration.cases.apply.notes import say

if TYPE_CHECKING:
    from collections.abc import Iterable

    from integration.cases.apply.writer import Writer
    from integration.cases.plan.aside import Aside
    from integration.cases.ports import LedgerRow


def put_aside(writer: Writer, learned: Iterable[LedgerRow], aside: Aside) -> None:
    """Dies between note and row: said again, which has no effect. What is left is for the next run."""
    writer.record(*learned)
    for note, rows in aside.told:
        say(writer, note)
        writer.record(*rows)
    writer.again = True
