"""One pass's hold on one record: taken, worked under in time, let go; whatever the record is, and says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeAlias, TypeVar

from integration.reconcile.claims import Claim, Ending
from integration.reconcile.create_once import lands_until, outcome_unknown
from integration.reconcile.errors import Later
from integration.reconcile.scheduling import COMES_BACK_S

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

SLICE_S = 20.0
"""A pass with less time than this left ends well and lets another go on."""
R = TypeVar("R", bound=Claim)
B_contra = TypeVar("B_contra", contravariant=True)
X_contra = TypeVar("X_contra", contravariant=True)


Audit: TypeAlias = "Mapping[str, Any] | None"
"""What is kept for a time beside the record; None: nothing was done."""


class Holds(Protocol[R, B_contra, X_contra]):
    """The table as an integration speaks of it: its record by an id, its body and what is stored beside it."""

    def claim(self, record: str, owner: str, until: float, now: float, known: R | None = None, /) -> R | None: ...

    def mark(self, record: str, now: float, /) -> bool: ...

    def release(
        self,
        owner: str,
        body: B_contra,
        beside: Sequence[X_contra],
        ending: Ending,
        audit: Audit,
        /,
    ) -> bool: ...


@dataclass
class Hold(Generic[R, B_contra, X_contra]):
    """`owner`: an id of this pass alone. `deadline`: when the platform ends the function, epoch seconds. `announced`:
    something that this pass is about to send may land after its death. `owed`: since when a sweep is due, which this
    pass is none of.
    """

    table: Holds[R, B_contra, X_contra]
    clock: Callable[[], float]
    claim_s: float
    deadline: float
    owner: str
    announced: bool = False
    owed: float | None = None

    def take(self, record: str, known: R | None = None) -> R | None:
        """The record as it was, now ours; None when a live claim was met and a mark left for its holder. `known`, as it
        was last read, only saves a call. With little time left nothing is begun.
        """
        self.in_time()
        while True:
            now = self.clock()
            row = self.table.claim(record, self.owner, now + self.claim_s, now, known)
            if row is not None or self.table.mark(record, now):
                return row
            known = None  # forget the stale row, or the next claim compares with an owner who has left

    def in_time(self) -> None:
        """Called before each piece of work: with little time left the pass ends well and another goes on."""
        if self.deadline - self.clock() < SLICE_S:
            raise Later("this pass has used its time; the next goes on from here", self.clock())

    def release(self, body: B_contra, beside: Sequence[X_contra], due: float | None, audit: Audit) -> bool:
        """False: a mark stands, and nothing was written."""
        return self.table.release(self.owner, body, beside, Ending(self.unless_owed(due)), audit)

    def leave(self, body: B_contra, beside: Sequence[X_contra], due: float | None, audit: Audit) -> None:
        """There is nothing to bring in step, whoever left a mark."""
        self.table.release(self.owner, body, beside, Ending(due, despite_mark=True), audit)

    def fail(self, body: B_contra, beside: Sequence[X_contra], audit: Audit) -> None:
        """Unclean: more was done than the record remembers."""
        ending = Ending(self.unless_owed(self.comes_back()), unclean=True)
        self.table.release(self.owner, body, beside, ending, audit)

    def lands_until(self, error: Exception) -> float:
        """Until when something that this pass sent before it met this may land; 0: nothing can."""
        return lands_until(self.clock()) if outcome_unknown(error) else 0

    def unless_owed(self, due: float | None) -> float | None:
        """A look that has fallen due stays so until a sweep has looked: with each new time the poll would tell anew."""
        return due if self.owed is None else self.owed

    def comes_back(self) -> float:
        """By when somebody else must look: the message that woke this pass comes back before, and says it anew."""
        return self.clock() + COMES_BACK_S
