"""The right to work on one record of a table, and how it is let go; whatever the record is, and says.

Whoever meets a live claim leaves a mark and goes: its holder looks again before letting go. A claim that ran out still
holds until somebody takes it, and then every write of whoever had it fails.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, TypeVar

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from integration.aws.item import Write

Key: TypeAlias = tuple[str, str]
"""PK and SK."""
Body: TypeAlias = "Mapping[str, Any]"
"""Attributes of a record that are its integration's own."""
DEAD_S = 60.0
"""So long after its claim ran out a record is looked at. The message of whoever died is back by then; but that of a
pass which never heard that the claim was its own met it when it came back, and was acknowledged.
"""


@dataclass(frozen=True, slots=True)
class Claim:
    """Who works on a record, as one read of the table showed it; an integration adds what it remembers. Times are epoch
    seconds.
    """

    version: int = 0
    """Claims until now."""
    owner: str = ""
    expires: float = 0
    marked: bool = False
    ended_unclean: bool = False
    killed: int = 0
    """Claims before this one that ran out with their pass, one after the other."""
    due: float | None = None
    """By when somebody must look."""

    def live(self, now: float) -> bool:
        return bool(self.owner) and self.expires > now

    @property
    def deaths(self) -> int:
        """Passes that were killed here since one ended well."""
        return self.killed + bool(self.owner)

    @property
    def unclean(self) -> bool:
        """A pass died or failed here: more was done than the record remembers."""
        return bool(self.owner) or self.ended_unclean

    @property
    def unfinished(self) -> bool:
        """Something was left behind: a mark, a dead claim, an unclean end."""
        return self.marked or self.unclean


@dataclass(frozen=True, slots=True)
class Ending:
    """How a holder lets go. `due`: by when somebody must look; None: nobody needs to.

    `unclean`: the pass failed. `despite_mark`: nothing is left to do here, so whoever left one looks for himself.
    """

    due: float | None = None
    unclean: bool = False
    despite_mark: bool = False

    @property
    def heeds_mark(self) -> bool:
        return not (self.unclean or self.despite_mark)


R = TypeVar("R", bound=Claim)


class Claims(Protocol[R]):
    """`R`: a claim with what the record says. Every write is conditional; `ClaimLost` where the claim is not ours.

    `body` are attributes to be set, `writes` what else is written in the same transaction: its conditions failing is
    `ClaimLost` too. More than fit into one go before, in parts of their own.
    """

    def get(self, key: Key) -> R | None: ...

    def claim(
        self, key: Key, owner: str, until: float, now: float, known: R | None = None, body: Body | None = None
    ) -> R | None:
        """Take a free or dead claim and the mark with it; None: a live one stands.

        The record as it was before (`owner`: whose dead claim). `known`, as it was last read, only saves a call.
        """

    def postpone(self, key: Key, version: int, due: float | None) -> bool:
        """Set when somebody must look next, unless it was claimed since it had that version; False: it was."""

    def mark(self, key: Key, now: float) -> bool:
        """Leave a mark for the holder; False: there is no live claim any more."""

    def save(
        self, key: Key, owner: str, body: Body, writes: Sequence[Write] = (), *, clears_mark: bool = False
    ) -> None:
        """Store and hold on. `clears_mark`: the holder is about to read again."""

    def release(self, key: Key, owner: str, body: Body, ending: Ending, writes: Sequence[Write] = ()) -> bool:
        """Store and let go. False: a mark stands that `ending` heeds, and of the last part nothing was written."""

    def due(self, now: float) -> Sequence[tuple[Key, float]]:
        """What somebody must look at by now, and since when; the longest waiting first, a thousand at most."""
