"""One record made elsewhere, once, by whichever pass, whatever becomes of the answer.

It carries an id of ours. Whoever is about to make it looks for that id, stores that something may land, sends, and
looks again where it is refused. Whoever follows a pass that died looks, and waits until nothing can land any more.

| dies | then |
|---|---|
| after the announcement | looked for at once, and again after the wait; then made |
| after it was sent, or its answer was lost | found by the id, once it has landed |
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

from integration.clients.errors import Refused, Unavailable
from integration.reconcile.chance import repeated
from integration.reconcile.errors import EXPECTED, Later

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
Made_co = TypeVar("Made_co", covariant=True)
LATE_COMMIT_S = 60.0
"""An instance ends a transaction after 60 s; until then a write whose answer was lost may still land."""
MARGIN_S = 5.0
"""Clocks of two machines differ by less."""


class Creation(Protocol[Made_co]):
    """One record to be made."""

    def find(self) -> Made_co | None:
        """What carries our id, whoever sent it."""

    def announce(self, until: float) -> None:
        """Store, under the claim, that something may land until then (epoch seconds)."""

    def make(self) -> Made_co:
        """Send it, with our id. `Refused`: it was not made, or is there already."""


def create_once(creation: Creation[T], may_land_until: float, deadline: float, clock: Callable[[], float]) -> T:
    """Make what a look by its id, in this pass, did not find.

    `may_land_until`: as a pass before announced, 0: none did. `deadline`: when the platform ends this one. Raises
    `Later` while something may land, and `Refused` where nothing was made.
    """
    wait_until_settled(may_land_until, clock())
    creation.announce(deadline + LATE_COMMIT_S)
    return repeated(lambda: _made(creation))


def _made(creation: Creation[T]) -> T:
    """A refusal may mean that the record is there: what a dead pass sent has landed since we looked."""
    try:
        return creation.make()
    except Refused:
        found = creation.find()
        if found is None:
            raise
        return found


def wait_until_settled(may_land_until: float, now: float) -> None:
    """A write of a dead pass may still land; repeating or judging anything before would double it."""
    if may_land_until > now:
        raise Later("a write may still land", may_land_until)


def lands_until(now: float) -> float:
    """Until when what was sent by now, and never answered, may land."""
    return now + LATE_COMMIT_S + MARGIN_S


def outcome_unknown(error: Exception) -> bool:
    """Whether what a pass sent before it met this may still land. What goes to our own table is none of it."""
    if isinstance(error, Unavailable):
        return error.outcome_unknown and error.system != "aws"
    return not isinstance(error, EXPECTED)
