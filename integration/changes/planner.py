"""Decides what a run does next, from what it wants and what is seen. Pure; one for pipelines and gate.

Nothing that is not known leads to `Start`: a state, an approval, a conflict without a name here waits, or stops.
The table of states stands in docs/changes/README.md.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from integration.changes.key import number_of
from integration.changes.model import (
    Adopt,
    Approver,
    Attach,
    Cancel,
    Change,
    Close,
    Conflict,
    Create,
    Ending,
    Finish,
    FinishPart,
    Kind,
    Look,
    Moves,
    NextState,
    Note,
    OnWithdrawn,
    Seen,
    Start,
    Step,
    Stop,
    Submit,
    Task,
    Terminate,
    Wait,
    What,
    Wish,
)
from integration.changes.states import (
    APPROVED,
    BEGUN,
    ENDED,
    NONE_ASKED,
    REJECTED,
    RUNNING_FINE,
    STARTABLE,
    TOLERATED,
    Place,
    place_of,
    place_of_state,
    state_for,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

PEOPLE = "where the instance lets no integration write states, --moves people waits for people to do so"
WITHDRAWN, RESULT = "withdrawn", "result"
"""What notes are about."""


def next_step(wish: Wish, seen: Seen, now: datetime) -> Step:
    """`now`: by the instance's clock."""
    if seen.changes is None or seen.stale:
        return Look(What.CHANGES)
    if seen.code is not None:
        return _after(wish, seen, seen.code)
    if seen.running:
        return _meanwhile(wish, seen)
    return _among(wish, seen) or _before(wish, seen, now)


def looked(wish: Wish, seen: Seen, changes: tuple[Change, ...]) -> Seen:
    """With what a look, or the answer to a write, shows; what was known of another state of the change is forgotten."""
    news = replace(seen, changes=changes)
    was, change = seen.change, news.change
    if change is None:
        return news
    place = place_of(change, wish)
    if was and (was.state, was.approval, was.on_hold) != (change.state, change.approval, change.on_hold):
        suspected = place is Place.NEW or change.approval == REJECTED
        news = replace(news, refusal="", next_states=None, approvers=None if suspected else seen.approvers)
    return replace(news, submitted=seen.submitted or (None if place is Place.NEW else change.updated))


# ---- which change


def _among(wish: Wish, seen: Seen) -> Step | None:
    """One open change of a run: the first goes on, others are cancelled; what only has to be closed is closed."""
    changes = seen.changes or ()
    standing = sorted((each for each in changes if _is_open(each, wish)), key=lambda each: _rank(each, wish))
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


def is_owed(change: Change, wish: Wish) -> bool:
    """A result is written, and only the end is missing: the try that wrote it died, or was not let."""
    return place_of(change, wish) is Place.REVIEW and bool(change.close_code and change.work_start)


def _rank(change: Change, wish: Wish) -> tuple[bool, datetime, str]:
    """One whose command began goes on, whatever landed late beside it; then the oldest."""
    begun = bool(change.work_start) or place_of(change, wish) in BEGUN
    return not begun, change.created, change.sys_id


def _adopted(change: Change, wish: Wish, seen: Seen) -> Step:
    if change.shown != seen.shown and seen.shown:
        reason = f"{change.number} of this run belongs to “{change.shown}”, not to “{seen.shown}”"
        return Stop(Ending.MISPLACED, f"{reason}: cancel it, or start a run of its own")
    if place_of(change, wish) is Place.REVIEW:
        return _in_review(change)
    return Adopt(change)


# ---- before the command


def _before(wish: Wish, seen: Seen, now: datetime) -> Step:
    change = seen.change
    if change is None:
        return _wait(wish, seen, "the change is not to be seen: deleted, or hidden from this user")
    place = place_of(change, wish)
    if place in ENDED:
        return Stop(Ending.CANCELLED, f"{change.number} is {change.state_label or place}{_by(change.updated_by)}")
    if place is Place.REVIEW:
        return _in_review(change)
    return _evidence(wish, seen) or _undecided(wish, seen, change, place, now)


def _in_review(change: Change) -> Stop:
    return Stop(Ending.MISPLACED, f"{change.number} is in Review: somebody says that its work is done")


def _evidence(wish: Wish, seen: Seen) -> Step | None:
    if not seen.evidence:
        return None
    if seen.files is None:
        return Look(What.FILES)
    for each in (each for each in seen.evidence if each.name in seen.unfit and each.name not in seen.told):
        return Note(f"Evidence that was not taken: {each.name}, {each.size} bytes, SHA-256 {each.sha256}.", each.name)
    if wish.require_evidence and seen.unfit:
        return Stop(Ending.REFUSED, f"evidence is required, and the instance did not take {', '.join(seen.unfit)}")
    missing = (e for e in seen.evidence if (e.name, e.sha256) not in seen.files and e.name not in seen.unfit)
    return next((Attach(each) for each in missing), None)


def _undecided(wish: Wish, seen: Seen, change: Change, place: Place, now: datetime) -> Step:
    rejected = _rejected(seen, change, place)
    if rejected:
        return rejected
    if change.on_hold:
        return _wait(wish, seen, f"{change.number} is on hold: {change.hold_reason or 'no reason is given'}")
    if place is Place.NEW:
        return _submitted(wish, seen, change)
    if place in STARTABLE and _is_approved(change, wish):
        return _startable(wish, seen, change, place, now)
    return _wait(wish, seen, _asked(change, seen.approvers)) if seen.approvers is not None else Look(What.APPROVERS)


def _rejected(seen: Seen, change: Change, place: Place) -> Step | None:
    """Rejected since it was submitted; a change that is back in New was, whatever its approval says by now."""
    back = place is Place.NEW and seen.submitted is not None
    suspected = back or (change.approval == REJECTED and place is not Place.NEW)
    if suspected and seen.approvers is None:
        return Look(What.APPROVERS)
    refusers = [row for row in seen.approvers or () if row.state == REJECTED]
    since = [row for row in refusers if seen.submitted and row.decided >= seen.submitted]
    if not since and not suspected:
        return None
    said = "; ".join(map(_decision, since or refusers[-1:])) or "nobody's words are to be seen"
    return Stop(Ending.REJECTED, f"{change.number} was {'sent back to New' if back else 'rejected'}: {said}")


def _decision(row: Approver) -> str:
    return f"{row.name}, {row.decided:%Y-%m-%d %H:%M:%S} UTC" + (f": {row.words}" if row.words else "")


def _submitted(wish: Wish, seen: Seen, change: Change) -> Step:
    if wish.moves is Moves.PEOPLE:
        return _wait(wish, seen, f"{change.number} is New: somebody has to submit it")
    at_once = wish.kind is Kind.STANDARD and change.kind == Kind.STANDARD and not wish.states and not wish.model
    if at_once and not seen.refusal:
        return Submit(state_for(Place.READY, wish))
    if seen.next_states is None:
        return Look(What.NEXT_STATES)
    if seen.refusal:
        return Stop(Ending.REFUSED, f"the instance does not let {change.number} be submitted: {_why(seen)}; {PEOPLE}")
    return _chosen(wish, change, seen.next_states)


def _why(seen: Seen) -> str:
    unmet = _unmet(seen.next_states or ())
    return seen.refusal + (f" (not met: {unmet})" if unmet else "")


def _chosen(wish: Wish, change: Change, states: Sequence[NextState]) -> Step:
    """The one state there is beside the present one and the end; of several, the wish names one."""
    onward = [s for s in states if s.value != change.state and place_of_state(s.value, wish) not in ENDED]
    offered = [s for s in onward if s.available]
    named = [s for s in offered if wish.submit_state in {s.value, s.label}] if wish.submit_state else offered
    if len(named) == 1:
        return Submit(named[0].value)
    if not named and not offered:
        unmet = _unmet(onward)
        return Stop(
            Ending.REFUSED, f"{change.number} cannot be submitted: {unmet or 'the instance offers no state'}; {PEOPLE}"
        )
    choices = ", ".join(f"{s.label} ({s.value})" for s in offered)
    return Stop(Ending.REFUSED, f"{change.number} may be submitted to {choices}: say which by --submit-state")


def _unmet(states: Iterable[NextState]) -> str:
    return ", ".join(dict.fromkeys(name for state in states for name in state.unmet))


def _is_approved(change: Change, wish: Wish) -> bool:
    return change.approval == APPROVED or (_needs_none(change, wish) and change.approval in NONE_ASKED)


def _needs_none(change: Change, wish: Wish) -> bool:
    """By what the instance says that it is, beside what was asked for."""
    if wish.model:
        return wish.pre_approved and change.model == wish.model
    return wish.kind is Kind.STANDARD and change.kind == Kind.STANDARD


def _asked(change: Change, approvers: Sequence[Approver] | None) -> str:
    where = f"{change.number} is {change.state_label or change.state}"
    names = ", ".join(dict.fromkeys(row.name for row in approvers or () if row.state == "requested"))
    if names:
        return f"{where}, its approval {change.approval}: asked are {names}"
    return f"{where}: nobody is asked, its approval is {change.approval or 'not to be seen'}"


def _startable(wish: Wish, seen: Seen, change: Change, place: Place, now: datetime) -> Step:
    if wish.moves is Moves.PEOPLE and place is not Place.IMPLEMENT:
        return _wait(wish, seen, f"{change.number} is approved: somebody has to move it to Implement")
    if seen.refusal:
        return Stop(
            Ending.REFUSED, f"the instance does not let {change.number} be implemented: {seen.refusal}; {PEOPLE}"
        )
    return _outside(wish, seen, change, now) or _conflicting(seen, change) or _started(wish, seen, change, place)


def _outside(wish: Wish, seen: Seen, change: Change, now: datetime) -> Step | None:
    if change.end and now >= change.end:
        return Stop(Ending.OUTSIDE, f"the planned end of {change.number}, {_shown(change.end)}, has passed")
    if not change.start or now >= change.start:
        return None
    if (change.start - now).total_seconds() > wish.timeout_s - seen.waited_s:
        return Stop(Ending.OUTSIDE, f"{change.number} is planned for {_shown(change.start)}, later than we wait")
    return _wait(wish, seen, f"{change.number} is planned for {_shown(change.start)}", change.start)


def _conflicting(seen: Seen, change: Change) -> Step | None:
    """An instance can only check where there are an item and both dates."""
    if not (change.cmdb_ci and change.start and change.end):
        return None
    if seen.conflicts is None:
        return Look(What.CONFLICTS)
    hard = [each for each in seen.conflicts if not each.type.endswith(TOLERATED)]
    return Stop(Ending.OUTSIDE, f"{change.number} may not be done now: {_conflicts(hard)}") if hard else None


def _conflicts(found: Iterable[Conflict]) -> str:
    return ", ".join(dict.fromkeys(each.label or each.type for each in found))


def _started(wish: Wish, seen: Seen, change: Change, place: Place) -> Step:
    if not seen.fresh:
        return Look(What.CHANGES)
    if seen.part and seen.tasks is None:
        return Look(What.TASKS)
    state = "" if place is Place.IMPLEMENT else state_for(Place.IMPLEMENT, wish)
    own = _own_task(seen) if seen.part else None
    again = own is not None if seen.part else bool(change.work_start and not change.work_end)
    return Start(state, again and not seen.began)


def may_run(wish: Wish, change: Change, now: datetime) -> bool:
    """Whether the answer to our start lets the command run."""
    inside = (not change.start or now >= change.start) and (not change.end or now < change.end)
    return place_of(change, wish) is Place.IMPLEMENT and _is_approved(change, wish) and not change.on_hold and inside


def _wait(wish: Wish, seen: Seen, reason: str, until: datetime | None = None) -> Step:
    if seen.waited_s < wish.timeout_s:
        return Wait(reason, until)
    stop = Stop(Ending.TIMED_OUT, f"after {wish.timeout_s:.0f} s: {reason}")
    change = seen.change
    if not (wish.cancel_on_timeout and change and wish.moves is Moves.OURS):
        return stop
    return Cancel(change.sys_id, state_for(Place.CANCELED, wish), "The pipeline did not wait any longer.", stop)


# ---- while it runs, and after


def withdrawal(wish: Wish, change: Change) -> str:
    """Why a change that was started is no longer one to work by; empty: it is."""
    place = place_of(change, wish)
    if place not in RUNNING_FINE:
        return f"{change.number} is {change.state_label or place}{_by(change.updated_by)}"
    if change.on_hold:
        return f"{change.number} is on hold: {change.hold_reason or 'no reason is given'}"
    return _disapproved(change, wish)


def _disapproved(change: Change, wish: Wish) -> str:
    return "" if _is_approved(change, wish) else f"the approval of {change.number} is {change.approval}"


def _meanwhile(wish: Wish, seen: Seen) -> Step:
    change = seen.change
    why = withdrawal(wish, change) if change else ""
    if why and wish.on_withdrawn is OnWithdrawn.TERMINATE and not seen.terminated:
        return Terminate(why)
    if why and WITHDRAWN not in seen.told:
        return Note(f"Withdrawn while its command runs: {why}. The command is let end.", WITHDRAWN)
    return Wait("the command runs")


def _after(wish: Wish, seen: Seen, code: int) -> Step:
    """The result, then the end. What the instance does not take is owed, and said."""
    change = seen.change
    if change is None:
        return Stop(_result(code), "the change is not to be seen any more", recorded=False)
    if seen.part:
        own = _own_task(seen)
        if own:
            return FinishPart(own, code)
        if seen.tasks is None:
            return Look(What.TASKS)
        if not _complete(seen, seen.part.of):
            return _stop_after(wish, seen, change, code, recorded=True)
    worst = code if not seen.part else _worst(seen, code)
    return _recorded(wish, seen, change, code, worst)


def _recorded(wish: Wish, seen: Seen, change: Change, code: int, worst: int) -> Step:
    place = place_of(change, wish)
    if _is_done(change, wish):
        return _stop_after(wish, seen, change, code, recorded=True)
    if place in ENDED or change.on_hold or seen.refusal:
        if RESULT not in seen.told:
            return Note(_told_result(worst, seen.refusal), RESULT)
        return _stop_after(wish, seen, change, code, recorded=place in ENDED and RESULT not in seen.unsaid)
    if wish.moves is Moves.PEOPLE:
        if not (change.close_code and change.work_end):
            return Finish("", worst)
        return _stop_after(wish, seen, change, code, recorded=True)
    return (
        Close(change.sys_id, state_for(Place.CLOSED, wish))
        if is_owed(change, wish)
        else Finish(state_for(Place.REVIEW, wish), worst)
    )


def _is_done(change: Change, wish: Wish) -> bool:
    return place_of(change, wish) is Place.CLOSED and bool(change.close_code and change.work_start)


def _told_result(code: int, refusal: str) -> str:
    why = f" The instance did not take that as its state: {refusal}" if refusal else ""
    return f"The command ended with {code}.{why}"


def _stop_after(wish: Wish, seen: Seen, change: Change, code: int, *, recorded: bool) -> Stop:
    """Closed by us, it is not withdrawn; what else people did while the command ran is."""
    why = _disapproved(change, wish) if _is_done(change, wish) else withdrawal(wish, change)
    if seen.terminated or why:
        return Stop(Ending.WITHDRAWN, why or "the command was ended", recorded)
    return Stop(_result(code), seen.refusal, recorded)


def _result(code: int) -> Ending:
    return Ending.UNSUCCESSFUL if code else Ending.SUCCESSFUL


def _own_task(seen: Seen) -> Task | None:
    """Ours that is open, of the change this run works on."""
    mine = (t for t in seen.tasks or () if t.change == seen.mine and t.part == seen.part and t.code is None)
    return next(mine, None)


def _latest(seen: Seen) -> dict[int, Task]:
    """The last task of each part; a part that succeeded under an earlier change of the run need not come again."""
    return {task.part.index: task for task in seen.tasks or () if task.change == seen.mine or task.code == 0}


def _complete(seen: Seen, of: int) -> bool:
    latest = _latest(seen)
    return all(index in latest and latest[index].code is not None for index in range(1, of + 1))


def _worst(seen: Seen, code: int) -> int:
    return next((task.code for task in _latest(seen).values() if task.code), code)


def _by(user: str) -> str:
    return f", by {user}" if user else ""


def _shown(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"
