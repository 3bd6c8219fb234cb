"""Say notes on a request item, each once, known again by its mark.

Announced in the row, sent, remembered. Dies after it was sent: outcome unknown; once nothing can land any more the
journal is looked through for the mark.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar

from integration.reconcile.create_once import wait_until_settled
from integration.workspaces.model import NoteKey, OrderRow, Row

if TYPE_CHECKING:
    from integration.workspaces.attempt import Attempt
    from integration.workspaces.ports import Orders
    from integration.workspaces.steps import Tell

R = TypeVar("R", Row, OrderRow)


def tell(attempt: Attempt, step: Tell) -> None:
    row = attempt.row
    if row.telling and row.telling != attempt.announced:
        attempt.row = resolved(attempt.core.orders, row, row.order, row.id, attempt.now())
        return
    if attempt.announced != step.note:
        attempt.announce(step.note)
    kind = kind_of_note(step.note)
    text, private = _text(attempt, kind), kind in {NoteKey.CANCELLED, NoteKey.BLOCKED}
    attempt.core.orders.tell(row.order, text, close=kind is NoteKey.DELIVERED, private=private)
    attempt.row, attempt.announced = told(attempt.row), ""


def resolved(orders: Orders, row: R, item: str, about: str, now: float) -> R:
    """What became of a note that a dead pass announced. Raises `Later` while it may still land."""
    wait_until_settled(row.unsettled_until, now)
    return told(row) if orders.said(item, mark_of(about, row)) else replace(row, telling="", unsettled_until=0)


def told(row: R) -> R:
    return replace(row, told=(*row.told, row.telling), serial=row.serial + 1, telling="", unsettled_until=0)


def mark_of(about: str, row: Row | OrderRow) -> str:
    """Of the note that is said next."""
    return f"[workspace {about} #{row.serial + 1}]"


def kind_of_note(note: str) -> NoteKey:
    return next(kind for kind in sorted(NoteKey, key=len, reverse=True) if note.startswith(kind))


def links_of(attempt: Attempt, row: Row) -> str:
    """One line a member; where there is but one, his name is on his own item."""
    link, shown = attempt.core.settings.link, attempt.core.records.shown
    if len(row.members) == 1:
        return link(row, row.members[0])
    return "\n".join(f"{shown(row, member)}: {link(row, member)}" for member in row.members)


def moment(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M} UTC"


def _text(attempt: Attempt, kind: NoteKey) -> str:
    row = attempt.row
    until, reason = moment(row.lives_until), row.blocked.reason if row.blocked else ""
    ending = f"The workspace ends in less than {{}}, at {until}, and its files are archived. To keep it, extend it."
    sentences = {
        NoteKey.DELIVERED: f"The workspace is ready until {until}.\n{links_of(attempt, row)}\n"
        "Whoever has a link can use it: pass it on to nobody.",
        NoteKey.EXTENDED: f"The workspace is extended until {until}.",
        NoteKey.WARN_DAYS: ending.format("2 days"),
        NoteKey.WARN_HOURS: ending.format("2 hours"),
        NoteKey.BLOCKED: f"The workspace waits: {reason}. It is tried again by itself; nothing is deleted meanwhile.",
        NoteKey.CANCELLED: "The order was taken back before the workspace was handed over: what was made is removed.",
        NoteKey.ENDED: f"The workspace is gone ({row.why}): {row.proof}; its bucket {row.bucket} answers 404.",
    }
    return f"{sentences[kind]}\n{mark_of(row.id, row)}"
