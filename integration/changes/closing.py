"""Decides while the command runs, and after it. Pure; the other half of `planner`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from integration.changes.model import Ending, Kind, Moves, OnWithdrawn
from integration.changes.plan import Adopt, Close, Finish, FinishPart, Look, Note, Stop, Terminate, Wait, What
from integration.changes.states import (
    BEGUN,
    ENDED,
    NONE_ASKED,
    RUNNING_FINE,
    Place,
    is_approved,
    place_of,
    stands_by,
    state_for,
)

if TYPE_CHECKING:
    from datetime import datetime

    from integration.changes.model import Change, Task, Wish
    from integration.changes.plan import Seen, Step

WITHDRAWN, RESULT = "withdrawn", "result"
"""What notes are about."""
FAILED = "unsuccessful"
"""The `close_code` of a command that did not end with 0."""


def is_owed(change: Change, wish: Wish) -> bool:
    """A result is written, and only the end is missing: the try that wrote it died, or was not let."""
    return place_of(change, wish) is Place.REVIEW and bool(change.close_code and change.work_start)


def rank(change: Change, wish: Wish) -> tuple[bool, datetime, str]:
    """One whose command began goes on, whatever landed late beside it; then the oldest."""
    return not has_begun(change, wish), change.created, change.sys_id


def has_begun(change: Change, wish: Wish) -> bool:
    return bool(change.work_start) or place_of(change, wish) in BEGUN


def withdrawal(wish: Wish, change: Change) -> str:
    """Why a change that was started is no longer one to work by; empty: it is."""
    place = place_of(change, wish)
    if place not in RUNNING_FINE:
        return stands_by(change, wish)
    if change.on_hold:
        return f"{change.number} is on hold: {change.hold_reason or 'no reason is given'}"
    return _disapproved(change, wish)


def _disapproved(change: Change, wish: Wish) -> str:
    """Who tells the end of a standard change from another job need not say again that it is one."""
    unasked = change.kind == Kind.STANDARD and change.approval in NONE_ASKED
    return "" if unasked or is_approved(change, wish) else f"the approval of {change.number} is {change.approval}"


def meanwhile(wish: Wish, seen: Seen) -> Step:
    change = seen.change
    why = withdrawal(wish, change) if change else ""
    if why and wish.on_withdrawn is OnWithdrawn.TERMINATE and not seen.terminated:
        return Terminate(why)
    if why and WITHDRAWN not in seen.told:
        return Note(f"Withdrawn while its command runs: {why}. The command is let end.", WITHDRAWN)
    return Wait("the command runs")


def after(wish: Wish, seen: Seen, code: int) -> Step:
    """The result, then the end. What the instance does not take is owed, and said."""
    change = seen.change
    if change is None:
        return _unled(wish, seen, code)
    if seen.part:
        own = open_task(seen)
        if own:
            return FinishPart(own, code)
        if seen.tasks is None:
            return Look(What.TASKS)
        if not seen.began and not tasks_of_part(seen):
            return Stop(Ending.MISPLACED, f"part {seen.part} of {change.number} has not begun", recorded=False)
        if not _complete(seen, seen.part.of):
            return _stop_after(wish, seen, change, code, recorded=True)
    worst = code if not seen.part else _worst(seen, code)
    return _recorded(wish, seen, change, code, worst)


def _unled(wish: Wish, seen: Seen, code: int) -> Step:
    """Whoever tells a result from another job has to find the change first."""
    if seen.mine:
        return Stop(result_of(code), "the change is not to be seen any more", recorded=False)
    changes = seen.changes or ()
    begun = sorted((each for each in changes if place_of(each, wish) in BEGUN), key=lambda each: rank(each, wish))
    told = begun or [last for last in changes[-1:] if _is_done(last, wish)]
    if told:
        return Adopt(told[0])
    return Stop(Ending.MISPLACED, "no change of this run has begun", recorded=False)


def _recorded(wish: Wish, seen: Seen, change: Change, code: int, worst: int) -> Step:
    place = place_of(change, wish)
    if _is_done(change, wish) and (seen.part or _says(change, code)):
        return _stop_after(wish, seen, change, code, recorded=True)
    direct = _past_review(wish, seen, change, worst) if seen.refusal and place is Place.IMPLEMENT else None
    if direct:
        return direct
    if place in ENDED or change.on_hold or seen.refusal:
        if RESULT not in seen.told:
            return Note(_told_result(worst, seen.refusal), RESULT)
        return _stop_after(wish, seen, change, code, recorded=place in ENDED and RESULT not in seen.unsaid)
    if wish.moves is Moves.PEOPLE:
        wrote = RESULT in seen.told
        return _stop_after(wish, seen, change, code, recorded=True) if wrote else Finish("", worst)
    return (
        Close(change.sys_id, state_for(Place.CLOSED, wish))
        if is_owed(change, wish)
        else Finish(state_for(Place.REVIEW, wish), worst)
    )


def is_finished(change: Change, wish: Wish) -> bool:
    """The result is written, as far as an instance lets it."""
    return is_owed(change, wish) or _is_done(change, wish)


def _past_review(wish: Wish, seen: Seen, change: Change, code: int) -> Step | None:
    """Where a model knows no Review, the result is written as it is closed."""
    if change.on_hold or wish.moves is Moves.PEOPLE:
        return None
    if seen.next_states is None:
        return Look(What.NEXT_STATES)
    review, closed = state_for(Place.REVIEW, wish), state_for(Place.CLOSED, wish)
    known = {each.value for each in seen.next_states}
    direct = review not in known and closed in known and closed not in seen.tried
    return Finish(closed, code) if direct else None


def _is_done(change: Change, wish: Wish) -> bool:
    return place_of(change, wish) is Place.CLOSED and bool(change.close_code and change.work_start)


def _says(change: Change, code: int) -> bool:
    """Another job of the run may have closed it with a result of its own."""
    return (change.close_code == FAILED) == bool(code)


def _told_result(code: int, refusal: str) -> str:
    why = f" The instance did not take that as its state: {refusal}" if refusal else ""
    return f"The command ended with {code}.{why}"


def _stop_after(wish: Wish, seen: Seen, change: Change, code: int, *, recorded: bool) -> Stop:
    """Closed by us, it is not withdrawn; what else people did while the command ran is."""
    why = _disapproved(change, wish) if _is_done(change, wish) else withdrawal(wish, change)
    if seen.terminated or why:
        return Stop(Ending.WITHDRAWN, why or "the command was ended", recorded)
    return Stop(result_of(code), seen.refusal, recorded)


def result_of(code: int) -> Ending:
    return Ending.UNSUCCESSFUL if code else Ending.SUCCESSFUL


def tasks_of_part(seen: Seen) -> list[Task]:
    """This part's, of the change this run works on."""
    return [task for task in seen.tasks or () if task.change == seen.mine and task.part == seen.part]


def open_task(seen: Seen) -> Task | None:
    return next((task for task in tasks_of_part(seen) if task.code is None), None)


def _latest(seen: Seen) -> dict[int, Task]:
    """The last task of each part; a part that succeeded under an earlier change of the run need not come again."""
    return {task.part.index: task for task in seen.tasks or () if task.change == seen.mine or task.code == 0}


def _complete(seen: Seen, of: int) -> bool:
    latest = _latest(seen)
    return all(index in latest and latest[index].code is not None for index in range(1, of + 1))


def _worst(seen: Seen, code: int) -> int:
    return next((task.code for task in _latest(seen).values() if task.code), code)
