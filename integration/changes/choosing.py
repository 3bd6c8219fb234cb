"""Decides which of a run's changes goes on. Pure; a part of `planner`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from integration.changes.closing import is_owed, rank
from integration.changes.key import number_of
from integration.changes.model import Ending, Moves
from integration.changes.plan import Adopt, Cancel, Close, Create, Stop
from integration.changes.states import ENDED, Place, place_of, state_for

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from integration.changes.model import Change, Wish
    from integration.changes.plan import Seen, Step


def among(wish: Wish, seen: Seen) -> Step | None:
    """One open change of a run: the first goes on, others are cancelled; what only has to be closed is closed."""
    changes = seen.changes or ()
    standing = sorted((each for each in changes if _is_open(each, wish)), key=lambda each: rank(each, wish))
    ended = _ended(wish, seen, changes, standing) if wish.moves is Moves.OURS else None
    if ended or (standing and standing[0].sys_id != seen.mine):
        return ended or _adopted(standing[0], wish, seen)
    return None if seen.mine else Create(1 + max((number_of(each.mark) for each in changes), default=0))


def _ended(wish: Wish, seen: Seen, changes: Iterable[Change], standing: Sequence[Change]) -> Step | None:
    others = [each for each in changes if each.sys_id not in {seen.mine, *seen.stuck}]
    for owed in (each for each in others if is_owed(each, wish)):
        return Close(owed.sys_id, state_for(Place.CLOSED, wish))
    for twin in (each for each in standing[1:] if each.sys_id not in seen.stuck):
        if place_of(twin, wish) is not Place.REVIEW:
            reason = f"Made twice for one run of the pipeline: {standing[0].number} goes on."
            return Cancel(twin.sys_id, state_for(Place.CANCELED, wish), reason)
    return None


def _is_open(change: Change, wish: Wish) -> bool:
    return place_of(change, wish) not in ENDED and not is_owed(change, wish)


def _adopted(change: Change, wish: Wish, seen: Seen) -> Step:
    if change.shown != seen.shown and seen.shown:
        reason = f"{change.number} of this run belongs to “{change.shown}”, not to “{seen.shown}”"
        return Stop(Ending.MISPLACED, f"{reason}: cancel it, or start a run of its own")
    if place_of(change, wish) is Place.REVIEW:
        return in_review(change)
    return Adopt(change)


def in_review(change: Change) -> Stop:
    return Stop(Ending.MISPLACED, f"{change.number} is in Review: somebody says that its work is done")
