"""Decides what a run does next, from what it wants and what is seen. Pure; one for pipelines and gate.

Nothing that is not known leads to `Start`: a state, an approval, a conflict without a name here waits, or stops.
The table of states stands in docs/changes/README.md.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from integration.changes import beginning
from integration.changes.choosing import among, in_review
from integration.changes.closing import after, has_begun, meanwhile, open_task
from integration.changes.model import Ending, Kind, Moves
from integration.changes.plan import Attach, Cancel, Look, Note, Start, Stop, Submit, Wait, What
from integration.changes.states import (
    ENDED,
    NONE_ASKED,
    REJECTED,
    STARTABLE,
    TOLERATED,
    Place,
    is_approved,
    place_of,
    place_of_state,
    stands,
    stands_by,
    state_for,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from integration.changes.model import Approver, Change, Conflict, Evidence, NextState, Wish
    from integration.changes.plan import Seen, Step


PEOPLE = "where the instance lets no integration write states, --moves people waits for people to do so"


def next_step(wish: Wish, seen: Seen, now: datetime) -> Step:
    """`now`: by the instance's clock."""
    if seen.changes is None or seen.stale:
        return Look(What.CHANGES)
    if seen.code is not None:
        return after(wish, seen, seen.code)
    if seen.running:
        return meanwhile(wish, seen)
    step = among(wish, seen, now) or _before(wish, seen, now)
    return given_up(wish, seen, step) if isinstance(step, Stop) and seen.began else step


def looked(wish: Wish, seen: Seen, changes: tuple[Change, ...]) -> Seen:
    """With what a look, or the answer to a write, shows; what was known of another state of the change is forgotten."""
    news = replace(seen, changes=changes)
    was, change = seen.change, news.change
    if change is None:
        return news
    place = place_of(change, wish)
    if was and (was.state, was.approval, was.on_hold) != (change.state, change.approval, change.on_hold):
        suspected = place is Place.NEW or change.approval == REJECTED
        news = replace(news, refusal="", next_states=None, approvers=None if suspected else seen.approvers or None)
    return replace(news, submitted=seen.submitted or (None if place is Place.NEW else change.updated))


# ---- before the command


def given_up(wish: Wish, seen: Seen, stop: Stop) -> Step:
    """Our start is written and the command never ran: nothing is left in Implement, but for another job's command."""
    change = seen.change
    if change is None or place_of(change, wish) is not Place.IMPLEMENT or wish.moves is Moves.PEOPLE or seen.part:
        return stop
    if seen.beginnings is None:
        return Look(What.BEGINNINGS)
    if beginning.others(seen):
        return stop
    reason = f"Given up before the command ran: {stop.reason}."
    return Cancel(change.sys_id, state_for(Place.CANCELED, wish), reason, stop)


def _before(wish: Wish, seen: Seen, now: datetime) -> Step:
    change = seen.change
    if change is None and seen.refusal:
        return Stop(Ending.REFUSED, seen.refusal)
    if change is None:
        return _wait(wish, seen, "the change is not to be seen: deleted, or hidden from this user")
    place = place_of(change, wish)
    if place in ENDED:
        return Stop(Ending.CANCELLED, stands_by(change, wish))
    if place is Place.REVIEW:
        return in_review(change)
    return _evidence(wish, seen) or _undecided(wish, seen, change, place, now)


def _evidence(wish: Wish, seen: Seen) -> Step | None:
    if not seen.evidence:
        return None
    if seen.files is None:
        return Look(What.FILES)
    for each in (each for each in seen.evidence if each.name in seen.unfit and each.name not in seen.told):
        return Note(f"Evidence that was not taken: {each.name}, {each.size} bytes, SHA-256 {each.sha256}.", each.name)
    if wish.require_evidence and seen.unfit:
        return Stop(Ending.REFUSED, f"evidence is required, and the instance did not take {', '.join(seen.unfit)}")
    return next((Attach(each) for each in seen.evidence if _is_missing(each, seen, seen.files)), None)


def _is_missing(evidence: Evidence, seen: Seen, files: frozenset[tuple[str, str]]) -> bool:
    """One that the instance has not hashed yet is there."""
    there = {(evidence.name, evidence.sha256), (evidence.name, "")} & files
    return not there and evidence.name not in seen.unfit


def _undecided(wish: Wish, seen: Seen, change: Change, place: Place, now: datetime) -> Step:
    rejected = _rejected(seen, change, place)
    if rejected:
        return rejected
    if change.on_hold:
        return _wait(wish, seen, f"{change.number} is on hold: {change.hold_reason or 'no reason is given'}")
    if place is Place.NEW:
        return _submitted(wish, seen, change, now)
    if place in STARTABLE and is_approved(change, wish):
        return _startable(wish, seen, change, place, now)
    if seen.approvers is None and seen.fresh:
        return Look(What.APPROVERS)
    return _wait(wish, seen, _asked(change, wish, seen.approvers))


def _rejected(seen: Seen, change: Change, place: Place) -> Step | None:
    """Rejected since it was submitted; a change that is back in New was, whatever its approval says by now."""
    back = place is Place.NEW and seen.submitted is not None
    suspected = back or (change.approval == REJECTED and place is not Place.NEW)
    if suspected and seen.approvers is None:
        return Look(What.APPROVERS)
    refusers = [row for row in seen.approvers or () if row.state == REJECTED]
    since = [row for row in refusers if seen.submitted and _since(row, seen.submitted)]
    if not since and not suspected:
        return None
    said = "; ".join(map(_decision, since or refusers[-1:])) or "nobody's words are to be seen"
    return Stop(Ending.REJECTED, f"{change.number} was {'sent back to New' if back else 'rejected'}: {said}")


def _since(row: Approver, submitted: datetime) -> bool:
    """An instance knows whole seconds: in that of our submit, who was asked by it counts."""
    return row.decided > submitted or row.asked >= submitted


def _decision(row: Approver) -> str:
    return f"{row.name}, {row.decided:%Y-%m-%d %H:%M:%S} UTC" + (f": {row.words}" if row.words else "")


def _submitted(wish: Wish, seen: Seen, change: Change, now: datetime) -> Step:
    if wish.moves is Moves.PEOPLE:
        return _wait(wish, seen, f"{change.number} is New: somebody has to submit it")
    at_once = wish.kind is Kind.STANDARD and change.kind == Kind.STANDARD and not wish.states and not wish.model
    if at_once and not seen.refusal:
        return Submit(state_for(Place.READY, wish), check=_can_conflict(change))
    if seen.next_states is None:
        return Look(What.NEXT_STATES)
    if seen.refusal:
        return Stop(Ending.REFUSED, f"the instance does not let {change.number} be submitted: {_why(seen)}; {PEOPLE}")
    chosen = _chosen(wish, change, seen.next_states)
    return _without_approval(wish, seen, change, chosen, now) if isinstance(chosen, Submit) else chosen


def _without_approval(wish: Wish, seen: Seen, change: Change, chosen: Submit, now: datetime) -> Step:
    """Where a model leads from New to Implement at once, to submit is to start."""
    if place_of_state(chosen.state, wish) is not Place.IMPLEMENT:
        return chosen
    if is_approved(change, wish):
        return _startable(wish, seen, change, Place.NEW, now)
    return Stop(Ending.REFUSED, f"the model of {change.number} asks nobody: say --pre-approved if it needs no approval")


def _why(seen: Seen) -> str:
    unmet = _unmet(seen.next_states or ())
    return seen.refusal + (f" (not met: {unmet})" if unmet else "")


def _chosen(wish: Wish, change: Change, states: Sequence[NextState]) -> Submit | Stop:
    """The one state there is beside the present one and the end; of several, the wish names one."""
    onward = [s for s in states if s.value != change.state and place_of_state(s.value, wish) not in ENDED]
    offered = [s for s in onward if s.available]
    named = [s for s in offered if wish.submit_state in {s.value, s.label}] if wish.submit_state else offered
    if len(named) == 1:
        return Submit(named[0].value)
    if not named and not offered:
        why = f"these conditions do not hold: {_unmet(onward)}" if _unmet(onward) else f"no state is offered; {PEOPLE}"
        return Stop(Ending.REFUSED, f"{change.number} cannot be submitted: {why}")
    choices = ", ".join(f"{s.label} ({s.value})" for s in offered)
    return Stop(Ending.REFUSED, f"{change.number} may be submitted to {choices}: say which by --submit-state")


def _unmet(states: Iterable[NextState]) -> str:
    return ", ".join(dict.fromkeys(name for state in states for name in state.unmet))


def _asked(change: Change, wish: Wish, approvers: Sequence[Approver] | None) -> str:
    """Rows of approvers are hidden from many users, so that none need not mean nobody."""
    where = f"{stands(change, wish)}, its approval is {change.approval or 'not to be seen'}"
    if approvers is None:
        return where
    names = ", ".join(dict.fromkeys(row.name for row in approvers if row.state == "requested"))
    hidden = change.approval not in NONE_ASKED
    return f"{where}: {f'asked are {names}' if names else 'who is asked is hidden' if hidden else 'nobody is asked'}"


def _startable(wish: Wish, seen: Seen, change: Change, place: Place, now: datetime) -> Step:
    if wish.moves is Moves.PEOPLE and place is not Place.IMPLEMENT:
        return _wait(wish, seen, f"{change.number} is approved: somebody has to move it to Implement")
    if seen.refusal:
        return Stop(
            Ending.REFUSED, f"the instance does not let {change.number} be implemented: {seen.refusal}; {PEOPLE}"
        )
    kept = _outside(wish, seen, change, now) or _conflicting(seen, change)
    return kept or _started(wish, seen, change, place)


def _outside(wish: Wish, seen: Seen, change: Change, now: datetime) -> Step | None:
    if change.end and now >= change.end:
        return Stop(Ending.OUTSIDE, f"the planned end of {change.number}, {_shown(change.end)}, has passed")
    if not change.start or now >= change.start:
        return None
    if (change.start - now).total_seconds() > wish.timeout_s - seen.waited_s:
        return Stop(Ending.OUTSIDE, f"{change.number} is planned for {_shown(change.start)}, later than we wait")
    return _wait(wish, seen, f"{change.number} is planned for {_shown(change.start)}", change.start)


def _conflicting(seen: Seen, change: Change) -> Step | None:
    if change.unconflicted or not _can_conflict(change):
        return None
    if seen.conflicts is None:
        return Look(What.CONFLICTS)
    hard = [each for each in seen.conflicts if not each.type.endswith(TOLERATED)]
    return Stop(Ending.OUTSIDE, f"{change.number} may not be done now: {_conflicts(hard)}") if hard else None


def _can_conflict(change: Change) -> bool:
    """An instance can only check where there are an item and both dates."""
    return bool(change.cmdb_ci and change.start and change.end)


def _conflicts(found: Iterable[Conflict]) -> str:
    return ", ".join(dict.fromkeys(each.label or each.type for each in found))


def _started(wish: Wish, seen: Seen, change: Change, place: Place) -> Step:
    if not seen.part and not seen.began and has_begun(change, wish):
        anothers = _anothers(seen, change)
        if anothers:
            return anothers
    if not seen.fresh:
        return Look(What.CHANGES)
    if seen.part and seen.tasks is None:
        return Look(What.TASKS)
    state = "" if place is Place.IMPLEMENT else state_for(Place.IMPLEMENT, wish)
    odd = _of_other_number(seen, change) if seen.part else None
    if odd:
        return odd
    own = open_task(seen) if seen.part else None
    anothers = _anothers(seen, change) if own and not seen.began else None
    if anothers:
        return anothers
    again = own is not None if seen.part else seen.inherited and not change.work_end
    return Start(state, again and not seen.began)


def _of_other_number(seen: Seen, change: Change) -> Stop | None:
    """Nobody could tell which part is the last."""
    ours = seen.part.of if seen.part else 0
    others = {each.part.of for each in seen.tasks or () if each.change == seen.mine} - {ours}
    if not others:
        return None
    numbers = f"other jobs of this run make {min(others)} parts of {change.number}, this one {ours}"
    return Stop(Ending.MISPLACED, f"{numbers}: each says the same number behind --part")


def _anothers(seen: Seen, change: Change) -> Step | None:
    """Another job began what this one would begin, and may be at it."""
    if seen.beginnings is None:
        return Look(What.BEGINNINGS)
    another = beginning.first(seen)
    return Stop(Ending.MISPLACED, beginning.in_words(another, seen, change.number)) if another else None


def may_run(wish: Wish, change: Change, now: datetime) -> bool:
    """Whether the answer to our start lets the command run."""
    inside = (not change.start or now >= change.start) and (not change.end or now < change.end)
    return place_of(change, wish) is Place.IMPLEMENT and is_approved(change, wish) and not change.on_hold and inside


def _wait(wish: Wish, seen: Seen, reason: str, until: datetime | None = None) -> Step:
    if seen.waited_s < wish.timeout_s:
        return Wait(reason, until)
    stop = Stop(Ending.TIMED_OUT, f"after {wish.timeout_s:.0f} s: {reason}")
    change = seen.change
    if not (wish.cancel_on_timeout and change and wish.moves is Moves.OURS):
        return stop
    return Cancel(change.sys_id, state_for(Place.CANCELED, wish), "The pipeline did not wait any longer.", stop)


def _shown(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"
