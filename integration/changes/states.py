"""Where a change stands, by the raw value of its state. Pure.

Values and labels of the stock models (docs: change state model). What a model calls otherwise is said by the wish;
what nobody named stays unknown, and an unknown state starts nothing.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from integration.changes.model import Kind

if TYPE_CHECKING:
    from integration.changes.model import Change, Wish


class Place(StrEnum):
    """`ready`: authorised, waits for its start."""

    NEW = "new"
    ASSESS = "assess"
    AUTHORIZE = "authorize"
    READY = "ready"
    IMPLEMENT = "implement"
    REVIEW = "review"
    CLOSED = "closed"
    CANCELED = "canceled"
    UNKNOWN = "unknown"


STOCK = {
    "-5": Place.NEW,
    "-4": Place.ASSESS,
    "-3": Place.AUTHORIZE,
    "-2": Place.READY,
    "-1": Place.IMPLEMENT,
    "0": Place.REVIEW,
    "3": Place.CLOSED,
    "4": Place.CANCELED,
}
ENDED = frozenset({Place.CLOSED, Place.CANCELED})
BEGUN = frozenset({Place.IMPLEMENT, Place.REVIEW})
STARTABLE = frozenset({Place.READY, Place.IMPLEMENT})
RUNNING_FINE = frozenset({Place.READY, Place.IMPLEMENT, Place.REVIEW, Place.UNKNOWN})
"""Where a change may be seen while its command runs, without being withdrawn: people may move it on."""

APPROVED = "approved"
REJECTED = "rejected"
NONE_ASKED = frozenset({"not requested", "not_required"})
"""Approvals of a change that needs none."""

TOLERATED = ("already_scheduled",)
"""Ends of the types of conflict that are told and stop nothing: another change of the same item or assignee. All
others, those nobody knows among them, stop (docs: conflict detection).
"""


def place_of(change: Change, wish: Wish) -> Place:
    return place_of_state(change.state, wish)


def place_of_state(state: str, wish: Wish) -> Place:
    own = dict(wish.states).get(state)
    return Place(own) if own else STOCK.get(state, Place.UNKNOWN)


def state_for(place: Place, wish: Wish) -> str:
    """The raw value that is written to get there: the model's own before the stock one."""
    own = next((state for state, word in wish.states if word == place), "")
    return own or next(state for state, each in STOCK.items() if each is place)


def is_approved(change: Change, wish: Wish) -> bool:
    return change.approval == APPROVED or (_needs_none(change, wish) and change.approval in NONE_ASKED)


def _needs_none(change: Change, wish: Wish) -> bool:
    """By what the instance says that it is, beside what was asked for."""
    if wish.model:
        return wish.pre_approved and change.model == wish.model
    return wish.kind is Kind.STANDARD and change.kind == Kind.STANDARD


def stands(change: Change, wish: Wish) -> str:
    """In words: where it stands."""
    return f"{change.number} is {change.state_label or place_of(change, wish)}"


def stands_by(change: Change, wish: Wish) -> str:
    """And who wrote it last."""
    return stands(change, wish) + (f", by {change.updated_by}" if change.updated_by else "")
