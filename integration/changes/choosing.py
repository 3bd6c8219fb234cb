"""Decides which of a run's changes goes on. Pure; a part of `planner`."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from integration.changes.closing import has_begun, is_owed, rank
from integration.changes.key import number_of
from integration.changes.model import Ending, Moves
from integration.changes.plan import Adopt, Cancel, Close, Create, Settle, Stop
from integration.changes.states import ENDED, Place, place_of, state_for

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from integration.changes.model import Change, Wish
    from integration.changes.plan import Seen, Step


TWINS_S = 10
"""How old changes of one run are before all but the first are cancelled. Whoever looked before the last of them was
made begins within that time, so that no change is cancelled under a command that is about to run.
"""


def among(wish: Wish, seen: Seen, now: datetime) -> Step | None:
    """One open change of a run: the first goes on, others are cancelled; what only has to be closed is closed."""
    changes = seen.changes or ()
    standing = sorted((each for each in changes if _is_open(each, wish)), key=lambda each: rank(each, wish))
    ended = (_owed(wish, seen, changes) or _twins(wish, seen, standing, now)) if wish.moves is Moves.OURS else None
    if ended or (standing and standing[0].sys_id != seen.mine):
        return ended or _adopted(standing[0], wish, seen)
    return None if seen.mine else Create(1 + max((number_of(each.mark) for each in changes), default=0))


def _owed(wish: Wish, seen: Seen, changes: Iterable[Change]) -> Step | None:
    others = (each for each in changes if each.sys_id not in {seen.mine, *seen.stuck} and is_owed(each, wish))
    return next((Close(each.sys_id, state_for(Place.CLOSED, wish)) for each in others), None)


def _twins(wish: Wish, seen: Seen, standing: Sequence[Change], now: datetime) -> Step | None:
    twins = [each for each in standing[1:] if each.sys_id not in seen.stuck]
    twins = [each for each in twins if place_of(each, wish) is not Place.REVIEW]
    if not twins:
        return None
    settled = max(each.created for each in standing) + timedelta(seconds=TWINS_S)
    if now < settled and not has_begun(standing[0], wish):
        return Settle(settled)
    reason = f"Made twice for one run of the pipeline: {standing[0].number} goes on."
    return Cancel(twins[0].sys_id, state_for(Place.CANCELED, wish), reason)


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
