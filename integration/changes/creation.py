"""One change of a run, for `create_once`: no id of ours is sent, the mark is what it is found by."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from integration.changes.key import mark_of
from integration.clients.errors import Misconfigured, Unavailable

if TYPE_CHECKING:
    from integration.changes.model import Change, Wish
    from integration.changes.ports import Changes, Clock

PAUSES_S = (1.0, 4.0, 15.0, 45.0)
"""Looks at 1, 5, 20 and 65 s for what a creation without an answer made; later than that nothing lands."""


@dataclass(frozen=True, slots=True)
class Creation:
    changes: Changes
    wish: Wish
    key: str
    number: int
    shown: str

    def find(self) -> Change | None:
        mark = mark_of(self.key, self.number)
        return next((each for each in self.changes.find(self.key) if each.mark == mark), None)

    def announce(self, until: float) -> None:
        """Not stored here: every try of the run knows the mark, and the claim of the gate says until when."""

    def make(self) -> Change:
        return self.changes.create(self.wish, mark_of(self.key, self.number), self.shown)


@dataclass(frozen=True, slots=True)
class Awaited(Creation):
    """Without an answer it is waited for, since nobody comes after a run to find it."""

    clock: Clock

    def make(self) -> Change:
        try:
            return Creation.make(self)
        except Unavailable as error:
            found = self._landed() if error.outcome_unknown else None
            if found is None:
                raise
            return found

    def _landed(self) -> Change | None:
        for pause in PAUSES_S:
            self.clock.sleep(pause)
            with suppress(Unavailable, Misconfigured):
                found = self.find()
                if found:
                    return found
        return None
