"""The single steps of a run, for pipelines that spread them over jobs. Each finds what the ones before it left.

`target` is a run, or the sys_id of a change. What a step cannot do now its outcome says. `note`, `attach`, `cancel`,
`status` and `window` are a call or two, and what the instance answers to them is raised.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from integration.changes import beginning, closing
from integration.changes.key import key_of
from integration.changes.model import EXIT_CODES, BadWish, Ending, Moves, Outcome
from integration.changes.plan import Adopt, Create, Note, Start, Stop, Terminate, Wait
from integration.changes.reconciler import Course
from integration.changes.states import BEGUN, ENDED, Place, place_of, stands_by, state_for

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from integration.changes.model import Change, Evidence, Run, Wish
    from integration.changes.plan import Step
    from integration.changes.reconciler import Desk

SLACK = timedelta(minutes=1)
"""An instance offers slots of the length that was asked for, from its own now on."""
NOTHING_RAN = "it was started, and no command ran under it"
NONE_YET = "this run has no open change: `change create` makes one"


def create(desk: Desk, wish: Wish, target: Run, evidence: Sequence[Evidence] = ()) -> Outcome:
    """One change of the run, with its files, submitted. It is not waited for."""
    course = Course(desk, wish, target, evidence)
    return course.outcome(course.drive(Wait, Start))


def wait(desk: Desk, wish: Wish, target: Run | str) -> Outcome:
    """`ready`: the command may start now."""
    course = Course(desk, wish, target)
    step = course.drive(Start, Create)
    found = course.outcome(_no_creation(step))
    return replace(found, outcome=Ending.READY) if isinstance(step, Start) else found


def start(desk: Desk, wish: Wish, target: Run | str) -> Outcome:
    """Move it to Implement, if the command may start now."""
    course = Course(desk, wish, target)
    step = _no_creation(course.drive(Wait, Note, Terminate, Create))
    if isinstance(step, Wait) and not course.seen.running:
        course.let_go()
        step = Stop(Ending.MISPLACED, step.reason)
    return course.outcome(step)


def close(desk: Desk, wish: Wish, target: Run | str, code: int) -> Outcome:
    """Review with the result of a command that ended with `code`, then Closed. `refused`: it is still owed."""
    course = Course(desk, wish, target)
    course.ended(code)
    found = course.outcome(course.drive())
    done = found.outcome in {Ending.SUCCESSFUL, Ending.UNSUCCESSFUL}
    ending = (Ending.DONE if found.recorded else Ending.REFUSED) if done else found.outcome
    return replace(found, outcome=ending, code=EXIT_CODES[ending])


def settle(desk: Desk, wish: Wish, target: Run, code: int | None = None) -> Outcome:
    """Close what a try before left in Review; with `code`, also what began and never told its end. Cancel what was
    started by a job that then ran nothing. Or say: neither.
    """
    course = Course(desk, wish, target)
    step = course.drive(Adopt, Create)
    if isinstance(step, Create):
        return course.outcome(Stop(Ending.DONE, "this run has no open change: no result is owed"))
    if not isinstance(step, Adopt):
        return course.outcome(step)
    if place_of(step.change, wish) in BEGUN:
        if code is None and _nobody_runs(desk, wish, step.change):
            cancelled = cancel(desk, wish, step.change.sys_id, NOTHING_RAN)
            return replace(cancelled, reason=cancelled.reason or f"{step.change.number} is cancelled: {NOTHING_RAN}")
        unknown = f"{step.change.number} began and never told its end: say it by --outcome"
        return close(desk, wish, target, code) if code is not None else course.outcome(Stop(Ending.MISPLACED, unknown))
    owed = f"{stands_by(step.change, wish)}: no result is owed"
    return replace(_done(step.change), reason=owed)


def _nobody_runs(desk: Desk, wish: Wish, change: Change) -> bool:
    return wish.moves is Moves.OURS and beginning.nobody_runs(desk.changes.beginnings(change.sys_id))


def note(desk: Desk, wish: Wish, target: Run | str, text: str) -> Outcome:
    """Raises `BadWish` for a text that an instance would drop in silence."""
    if not text.strip():
        raise BadWish("the note is empty: nothing is noted", "say what it tells")
    return _done(desk.changes.note(_present(desk, wish, target).sys_id, text))


def attach(desk: Desk, wish: Wish, target: Run | str, evidence: Sequence[Evidence]) -> Outcome:
    """What is not there yet, by name and hash."""
    change = _present(desk, wish, target)
    there = desk.changes.files(change.sys_id)
    for each in evidence:
        if (each.name, each.sha256) not in there:
            desk.changes.attach(change.sys_id, each)
    return _done(change)


def cancel(desk: Desk, wish: Wish, target: Run | str, reason: str) -> Outcome:
    present = _present(desk, wish, target)
    if place_of(present, wish) is Place.CLOSED:
        return _kept(present, f"{stands_by(present, wish)}: nothing is left to cancel")
    change = desk.changes.cancel(present.sys_id, state_for(Place.CANCELED, wish), reason)
    if place_of(change, wish) is Place.CANCELED:
        return _done(change)
    return _kept(change, f"the instance kept {change.number} in {change.state_label or change.state}")


def status(desk: Desk, wish: Wish, target: Run | str) -> tuple[Change, ...]:
    """Every change of the run, oldest first."""
    if isinstance(target, str):
        return desk.changes.look(target)
    return desk.changes.find(key_of(target, wish.environment, wish.app))


def window(desk: Desk, cmdb_ci: str, at: datetime, duration_s: float) -> Outcome:
    """Whether an item, a sys_id, may be changed at that moment for so long; before anything is built."""
    spans = desk.changes.window(cmdb_ci, at, duration_s)
    if any(begin <= at + SLACK and end >= at - SLACK + timedelta(seconds=duration_s) for begin, end in spans):
        return Outcome(code=0, outcome=Ending.READY)
    later = next((f"the next is {begin:%Y-%m-%d %H:%M} UTC" for begin, _ in spans if begin > at), "none is known")
    reason = f"no window of {duration_s:.0f} s is open: {later}"
    return Outcome(code=EXIT_CODES[Ending.OUTSIDE], outcome=Ending.OUTSIDE, reason=reason)


def rollback_of(desk: Desk, wish: Wish, target: Run) -> tuple[Wish, Run]:
    """What rolls a run's failed change back, to be run as any other: a change of its own, linked to it by `parent`."""
    failed = [each for each in status(desk, wish, target) if each.work_start or place_of(each, wish) in BEGUN]
    if not failed:
        raise BadWish("no change of this run was ever started: there is nothing to roll back")
    return replace(wish, parent=failed[-1].sys_id), replace(target, run=f"{target.run}/rollback")


def _no_creation(step: Step) -> Step:
    return Stop(Ending.MISPLACED, NONE_YET) if isinstance(step, Create) else step


def _present(desk: Desk, wish: Wish, target: Run | str) -> Change:
    """The open change of a run, else its last."""
    found = status(desk, wish, target)
    standing = [each for each in found if place_of(each, wish) not in ENDED]
    if not found:
        raise BadWish(NONE_YET if not isinstance(target, str) else "there is no such change, or it is hidden from us")
    return min(standing, key=lambda each: closing.rank(each, wish)) if standing else found[-1]


def _kept(change: Change, reason: str) -> Outcome:
    return replace(_done(change), code=EXIT_CODES[Ending.REFUSED], outcome=Ending.REFUSED, reason=reason)


def _done(change: Change) -> Outcome:
    return Outcome(code=0, outcome=Ending.DONE, number=change.number, sys_id=change.sys_id, url=change.url)
