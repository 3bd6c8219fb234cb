"""The planner's table: what is seen, what is done. Only the rows that are named here start a command."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from integration.changes.choosing import TWINS_S
from integration.changes.model import (
    Approver,
    Beginning,
    Change,
    Conflict,
    Ending,
    Evidence,
    Job,
    Kind,
    Moves,
    NextState,
    OnWithdrawn,
    Part,
    Task,
    Wish,
)
from integration.changes.plan import (
    Adopt,
    Attach,
    Cancel,
    Close,
    Create,
    Finish,
    FinishPart,
    Look,
    Note,
    Seen,
    Settle,
    Start,
    Stop,
    Submit,
    Terminate,
    Wait,
    What,
)
from integration.changes.planner import looked, next_step

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
NEW, ASSESS, AUTHORIZE, SCHEDULED, IMPLEMENT, REVIEW, CLOSED, CANCELED = "-5", "-4", "-3", "-2", "-1", "0", "3", "4"
STATES = (NEW, ASSESS, AUTHORIZE, SCHEDULED, IMPLEMENT, REVIEW, CLOSED, CANCELED, "77", "")
APPROVALS = (
    "not requested", "requested", "approved", "rejected", "cancelled", "duplicate", "not_required", "maybe", "",
)  # fmt: skip
MODEL = "e55d0bfec343101035ae3f52c1d3ae49"
WISH = Wish(app="shop", version="2", environment="prod", kind=Kind.NORMAL, short_description="x", submit_state=ASSESS)
CHANGE = Change(
    sys_id="a", number="CHG0030001", state=SCHEDULED, approval="approved", kind="normal", created=NOW, updated=NOW,
    mark="chg:x/1", shown="shop 2", cmdb_ci="c", start=NOW, end=NOW + timedelta(hours=2),
)  # fmt: skip
DATES = {
    "inside": (NOW, NOW + timedelta(hours=1)),
    "none": (None, None),
    "only a start": (NOW, None),
    "only an end": (None, NOW + timedelta(seconds=1)),
    "later": (NOW + timedelta(minutes=5), NOW + timedelta(hours=1)),
    "much later": (NOW + timedelta(days=1), NOW + timedelta(days=2)),
    "over": (NOW - timedelta(hours=2), NOW),
}
OURS = "0" * 8
ANOTHER_JOB, OTHER_STEP = Beginning("1" * 8, "deploy", "2", NOW), Beginning("2" * 8, "smoke", "1", NOW)
EARLIER_TRY = Beginning("3" * 8, "deploy", "1", NOW)
BEGINNINGS = {
    # who noted that they begin: whether a job that has not may do so as well
    "nobody": ((), True),
    "an earlier try of this job": ((EARLIER_TRY,), True),
    "this try of it": ((ANOTHER_JOB,), False),
    "another job": ((OTHER_STEP,), False),
    "an earlier try and this one": ((EARLIER_TRY, ANOTHER_JOB), False),
    "this try, which left it to another": ((replace(ANOTHER_JOB, left=True),), True),
    "a later try": ((replace(EARLIER_TRY, attempt="3"),), False),
    "the tenth try": ((replace(EARLIER_TRY, attempt="10"),), False),
    "a job nobody can name": ((Beginning("4" * 8, "", "", NOW),), False),
}
CONFLICTS = {
    "none": (),
    "told": (Conflict("ci_already_scheduled", "CI Already Scheduled"), Conflict("child_already_scheduled", "")),
    "blackout": (Conflict("blackout", "Blackout"),),
    "no window": (Conflict("not_in_maintenance_window", ""),),
    "unknown": (Conflict("ci_already_scheduled", ""), Conflict("moon", "Moon")),
}
HOWS = {
    "normal": (Kind.NORMAL, "normal", "", False),
    "emergency": (Kind.EMERGENCY, "emergency", "", False),
    "standard": (Kind.STANDARD, "standard", "", False),
    "asked for standard, is normal": (Kind.STANDARD, "normal", "", False),
    "asked for normal, is standard": (Kind.NORMAL, "standard", "", False),
    "model": (Kind.NORMAL, "normal", MODEL, False),
    "pre-approved model": (Kind.NORMAL, "normal", MODEL, True),
    "standard's model": (Kind.STANDARD, "standard", MODEL, False),
}


def seen(change: Change = CHANGE, *others: Change, **more: object) -> Seen:
    """Everything was looked at and nothing is in the way."""
    known = {
        "mine": change.sys_id, "changes": (change, *others), "shown": "shop 2", "fresh": True, "conflicts": (),
        "next_states": (NextState(NEW, "New"), NextState(ASSESS, "Assess"), NextState(CANCELED, "Canceled")),
        "approvers": (), "files": frozenset(), "tasks": (), "beginnings": (), "job": Job("deploy", "2"), "token": OURS,
    }  # fmt: skip
    return Seen(**{**known, **more})


def starts(state: str, approval: str, hold: bool, dates: str, conflict: str, how: str) -> bool:
    free = how in {"standard", "pre-approved model"} and approval in {"not requested", "not_required"}
    return (
        state in {SCHEDULED, IMPLEMENT}
        and (approval == "approved" or free)
        and not hold
        and dates in {"inside", "none", "only a start", "only an end"}
        and (conflict in {"none", "told"} or dates != "inside")
    )


@pytest.mark.parametrize("how", HOWS)
@pytest.mark.parametrize("state", STATES)
def test_only_these_rows_start(state: str, how: str) -> None:
    """Every approval, hold, dates, conflict. An instance can check conflicts only of a change with both dates."""
    kind, is_kind, model, pre_approved = HOWS[how]
    wish = replace(WISH, kind=kind, model=model, pre_approved=pre_approved)
    for approval, hold, dates, conflict in product(APPROVALS, (False, True), DATES, CONFLICTS):
        start, end = DATES[dates]
        change = replace(
            CHANGE, state=state, approval=approval, on_hold=hold, kind=is_kind, model=model, start=start, end=end
        )
        step = next_step(wish, seen(change, conflicts=CONFLICTS[conflict]), NOW)
        told = (state, approval, hold, dates, conflict, how, step)
        assert isinstance(step, Start) == starts(state, approval, hold, dates, conflict, how), told
        if isinstance(step, Start):
            assert step == Start("" if state == IMPLEMENT else IMPLEMENT)


def test_a_model_counts_only_by_its_own_sys_id() -> None:
    """The instance made it of another model: what was said of the wanted one is not said of this."""
    wish = replace(WISH, model=MODEL, pre_approved=True)
    step = next_step(wish, seen(replace(CHANGE, model="another", approval="not requested")), NOW)
    assert isinstance(step, Wait)


def test_a_state_of_a_models_own_starts_where_the_wish_names_it() -> None:
    change = replace(CHANGE, state="101")
    assert isinstance(next_step(WISH, seen(change), NOW), Wait)
    own = replace(WISH, states=(("101", "ready"), ("102", "implement")))
    assert next_step(own, seen(change), NOW) == Start("102")
    assert next_step(own, seen(replace(change, state="102")), NOW) == Start("")


@pytest.mark.parametrize("who", BEGINNINGS)
def test_what_another_job_began_is_not_begun_a_second_time(who: str) -> None:
    """A change in Implement may be an earlier try's, which died, or that of a job which runs its command now."""
    found, may = BEGINNINGS[who]
    begun = replace(CHANGE, state=IMPLEMENT, work_start=NOW)
    assert next_step(WISH, seen(begun, beginnings=None), NOW) == Look(What.BEGINNINGS)
    step = next_step(WISH, seen(begun, inherited=True, beginnings=found), NOW)
    assert step == Start("", again=True) if may else isinstance(step, Stop) and step.ending is Ending.MISPLACED, step
    untold = seen(begun, beginnings=found, job=Job())
    assert isinstance(next_step(WISH, untold, NOW), Stop) or not found or found[0].left


@pytest.mark.parametrize("who", BEGINNINGS)
def test_what_is_given_up_is_cancelled_but_under_another_job_s_command(who: str) -> None:
    found, may = BEGINNINGS[who]
    over = seen(replace(CHANGE, state=IMPLEMENT, work_start=NOW, end=NOW), began=True, beginnings=found)
    assert isinstance(next_step(WISH, over, NOW), Cancel if may else Stop)


BEFORE = {
    "nothing was looked at": (Seen(), Look(What.CHANGES)),
    "what was seen is stale": (seen(stale=True), Look(What.CHANGES)),
    "no change": (Seen(changes=()), Create(1)),
    "all are over": (Seen(changes=(replace(CHANGE, state=CLOSED, mark=f"chg:{'a' * 32}/4"),)), Create(5)),
    "an open one": (Seen(shown="shop 2", changes=(CHANGE,)), Adopt(CHANGE)),
    "files unknown": (seen(evidence=(Evidence("a", "a", 1, "h", "t"),), files=None), Look(What.FILES)),
    "a file is missing": (
        seen(evidence=(Evidence("a", "a", 1, "h", "t"),)), Attach(Evidence("a", "a", 1, "h", "t")),
    ),
    "a file of that name has other content": (
        seen(evidence=(Evidence("a", "a", 1, "h", "t"),), files=frozenset({("a", "g")})),
        Attach(Evidence("a", "a", 1, "h", "t")),
    ),
    "new, ways unknown": (seen(replace(CHANGE, state=NEW), next_states=None), Look(What.NEXT_STATES)),
    "new": (seen(replace(CHANGE, state=NEW, approval="not requested")), Submit(ASSESS)),
    "new again, after our submit": (
        seen(replace(CHANGE, state=NEW), submitted=NOW, approvers=None), Look(What.APPROVERS),
    ),
    "approvers unknown": (seen(replace(CHANGE, state=ASSESS, approval="requested"), approvers=None),
                          Look(What.APPROVERS)),
    "conflicts unknown": (seen(conflicts=None), Look(What.CONFLICTS)),
    "none, as the change itself tells": (seen(replace(CHANGE, unconflicted=True), conflicts=None), Start(IMPLEMENT)),
    "looked at too long ago": (seen(fresh=False), Look(What.CHANGES)),
    "tasks unknown": (seen(part=Part(1, 2), tasks=None), Look(What.TASKS)),
    "begun by a try before": (
        seen(replace(CHANGE, state=IMPLEMENT, work_start=NOW), inherited=True), Start("", again=True),
    ),
    "begun by us": (seen(replace(CHANGE, state=IMPLEMENT, work_start=NOW), began=True), Start("")),
    "part begun by a try before": (
        seen(replace(CHANGE, state=IMPLEMENT), part=Part(1, 2), tasks=(Task("t", "a", Part(1, 2)),)),
        Start("", again=True),
    ),
}  # fmt: skip


@pytest.mark.parametrize("row", BEFORE)
def test_before_the_command(row: str) -> None:
    what, step = BEFORE[row]
    assert next_step(WISH, what, NOW) == step


REJECTED = Approver("Bow Ruggeri", "rejected", NOW - timedelta(hours=1), NOW + timedelta(seconds=1), "not on a Sunday")
STOPS = {
    "rejected": (seen(replace(CHANGE, state=ASSESS, approval="requested"), submitted=NOW, approvers=(REJECTED,)),
                 Ending.REJECTED, "Bow Ruggeri, 2026-11-29 12:00:01 UTC: not on a Sunday"),
    "rejected and back in New": (
        seen(replace(CHANGE, state=NEW, approval="not requested"), submitted=NOW, approvers=(REJECTED,)),
        Ending.REJECTED, "sent back to New: Bow Ruggeri"),
    "back in New, nobody's words": (seen(replace(CHANGE, state=NEW), submitted=NOW), Ending.REJECTED, "sent back"),
    "rejected though scheduled": (seen(replace(CHANGE, approval="rejected")), Ending.REJECTED, "rejected"),
    "canceled": (seen(replace(CHANGE, state=CANCELED, updated_by="beth")), Ending.CANCELLED, "by beth"),
    "closed": (seen(replace(CHANGE, state=CLOSED)), Ending.CANCELLED, "closed"),
    "in review": (seen(replace(CHANGE, state=REVIEW)), Ending.MISPLACED, "in Review"),
    "another version": (Seen(shown="shop 3", changes=(CHANGE,)), Ending.MISPLACED, "“shop 2”"),
    "a version nobody can tell": (Seen(shown="shop 3", changes=(replace(CHANGE, shown=""),)), Ending.MISPLACED, ""),
    "planned for later than we wait": (
        seen(replace(CHANGE, start=NOW + timedelta(hours=3), end=None)), Ending.OUTSIDE, "2026-11-29 15:00:00 UTC"),
    "its end has passed": (seen(replace(CHANGE, end=NOW)), Ending.OUTSIDE, "has passed"),
    "blackout": (seen(conflicts=CONFLICTS["blackout"]), Ending.OUTSIDE, "Blackout"),
    "time is over": (seen(replace(CHANGE, state=ASSESS), waited_s=3600), Ending.TIMED_OUT, "after 3600 s"),
    "no state is offered": (
        seen(replace(CHANGE, state=NEW), next_states=(NextState(ASSESS, "Assess", False, ("G",)),)),
        Ending.REFUSED, "these conditions do not hold: G"),
    "a rule refuses to submit": (seen(replace(CHANGE, state=NEW), refusal="rule X"), Ending.REFUSED, "rule X"),
    "a rule refuses to start": (seen(refusal="rule X"), Ending.REFUSED, "--moves people"),
}  # fmt: skip


@pytest.mark.parametrize("row", STOPS)
def test_what_stops(row: str) -> None:
    what, ending, words = STOPS[row]
    step = next_step(WISH, what, NOW)
    assert isinstance(step, Stop)
    assert step.ending is ending
    assert words in step.reason


WAITS = {
    "assess": (seen(replace(CHANGE, state=ASSESS, approval="requested"),
                    approvers=(Approver("Bow", "requested", NOW, NOW), Approver("Don", "approved", NOW, NOW))),
               "asked are Bow"),
    "nobody is asked": (seen(replace(CHANGE, state=ASSESS, approval="not requested")), "nobody is asked"),
    "on hold": (seen(replace(CHANGE, on_hold=True, hold_reason="audit")), "on hold: audit"),
    "rejected before we submitted": (
        seen(replace(CHANGE, state=ASSESS, approval="requested"), submitted=NOW + timedelta(seconds=1),
             approvers=(REJECTED,)), "Assess"),
    "planned for soon": (seen(replace(CHANGE, start=NOW + timedelta(minutes=9))), "planned for 2026-11-29 12:09"),
    "not to be seen": (seen(changes=()), "deleted, or hidden"),
}  # fmt: skip


@pytest.mark.parametrize("row", WAITS)
def test_what_waits(row: str) -> None:
    what, words = WAITS[row]
    step = next_step(WISH, what, NOW)
    assert isinstance(step, Wait)
    assert words.casefold() in step.reason.replace("-4", "assess").casefold()


def test_several_states_to_submit_to_ask_for_a_word() -> None:
    states = (NextState(NEW, "New"), NextState(ASSESS, "Assess"), NextState("77", "Triage"))
    new = seen(replace(CHANGE, state=NEW), next_states=states)
    unsaid = next_step(replace(WISH, submit_state=""), new, NOW)
    assert isinstance(unsaid, Stop)
    assert "Assess (-4), Triage (77)" in unsaid.reason
    assert next_step(replace(WISH, submit_state="Triage"), new, NOW) == Submit("77")


def test_a_model_without_approvals_starts_from_new_only_if_that_was_said() -> None:
    straight = (NextState(NEW, "New"), NextState(IMPLEMENT, "Implement"), NextState(CANCELED, "Canceled"))
    change = replace(CHANGE, state=NEW, model=MODEL, approval="not requested")
    wish = replace(WISH, model=MODEL, submit_state="")
    refused = next_step(wish, seen(change, next_states=straight), NOW)
    assert isinstance(refused, Stop)
    assert "--pre-approved" in refused.reason
    said = replace(wish, pre_approved=True)
    assert next_step(said, seen(change, next_states=straight), NOW) == Start(IMPLEMENT)
    blackout = next_step(said, seen(change, next_states=straight, conflicts=CONFLICTS["blackout"]), NOW)
    assert isinstance(blackout, Stop)


def test_people_move_where_we_may_not() -> None:
    wish = replace(WISH, moves=Moves.PEOPLE)
    assert isinstance(next_step(wish, seen(replace(CHANGE, state=NEW)), NOW), Wait)
    assert isinstance(next_step(wish, seen(), NOW), Wait)
    assert next_step(wish, seen(replace(CHANGE, state=IMPLEMENT)), NOW) == Start("")
    ended = seen(replace(CHANGE, state=IMPLEMENT, work_start=NOW), code=0)
    assert next_step(wish, ended, NOW) == Finish("", 0)
    told = next_step(wish, replace(ended, told=frozenset({"result"})), NOW)
    assert told == Stop(Ending.SUCCESSFUL, "")


def test_twins() -> None:
    """The oldest goes on, of those of one second the lowest sys_id; one that began before any; a result is closed."""
    younger = replace(CHANGE, sys_id="0", created=NOW + timedelta(seconds=1), number="CHG2")
    same = replace(CHANGE, sys_id="b", number="CHG3")
    for others, loser in (((younger,), "0"), ((same,), "b"), ((younger, same), "b")):
        step = next_step(WISH, seen(CHANGE, *others), others[0].created + timedelta(seconds=TWINS_S))
        assert isinstance(step, Cancel)
        assert (step.sys_id, step.state) == (loser, CANCELED)
        assert CHANGE.number in step.reason
    begun = replace(younger, state=IMPLEMENT, work_start=NOW)
    step = next_step(WISH, seen(CHANGE, begun), NOW)
    assert isinstance(step, Cancel)
    assert step.sys_id == CHANGE.sys_id
    ended = replace(CHANGE, state=CANCELED)
    assert next_step(WISH, seen(ended, begun), NOW) == Adopt(begun)
    owed = replace(younger, state=REVIEW, work_start=NOW, close_code="successful")
    assert next_step(WISH, seen(CHANGE, owed), NOW) == Close("0", CLOSED)
    stuck = next_step(WISH, seen(CHANGE, owed, same, stuck=frozenset({"0", "b"})), NOW)
    assert isinstance(stuck, Start)


@pytest.mark.parametrize("mine", ["a", "b"])
def test_no_twin_is_cancelled_while_a_job_that_saw_it_alone_may_begin(mine: str) -> None:
    """Whichever of them this job made. Nothing starts either: all look again when the youngest is old enough."""
    twin = replace(CHANGE, sys_id="b", number="CHG3", created=NOW + timedelta(seconds=1))
    settled = twin.created + timedelta(seconds=TWINS_S)
    assert next_step(WISH, seen(CHANGE, twin, mine=mine), settled - timedelta(seconds=1)) == Settle(settled)
    assert isinstance(next_step(WISH, seen(CHANGE, twin, mine=mine), settled), Cancel)


def test_time_that_is_over_cancels_where_that_was_asked_for() -> None:
    step = next_step(replace(WISH, cancel_on_timeout=True), seen(replace(CHANGE, state=ASSESS), waited_s=3600), NOW)
    assert isinstance(step, Cancel)
    assert step.then
    assert step.then.ending is Ending.TIMED_OUT


def test_evidence_that_is_required_stops_before_it_is_submitted() -> None:
    what = seen(replace(CHANGE, state=NEW), evidence=(Evidence("a", "a", 1, "h", "t"),), unfit=("a",))
    noted = next_step(WISH, what, NOW)
    assert isinstance(noted, Note)
    assert "SHA-256 h" in noted.text
    told = replace(what, told=frozenset({"a"}))
    assert next_step(WISH, told, NOW) == Submit(ASSESS)
    stop = next_step(replace(WISH, require_evidence=True), told, NOW)
    assert isinstance(stop, Stop)
    assert stop.ending is Ending.REFUSED


BEGUN = replace(CHANGE, state=IMPLEMENT, work_start=NOW)
MEANWHILE = {
    "all is well": (BEGUN, False),
    "moved on by hand": (replace(BEGUN, state=REVIEW), False),
    "in a state nobody knows": (replace(BEGUN, state="77"), False),
    "canceled": (replace(BEGUN, state=CANCELED), True),
    "closed by hand": (replace(BEGUN, state=CLOSED), True),
    "back in New": (replace(BEGUN, state=NEW), True),
    "on hold": (replace(BEGUN, on_hold=True), True),
    "rejected": (replace(BEGUN, approval="rejected"), True),
    "asked again": (replace(BEGUN, approval="requested"), True),
}


@pytest.mark.parametrize("row", MEANWHILE)
def test_while_the_command_runs(row: str) -> None:
    """Withdrawn: told once, and ended only where that was asked for."""
    change, withdrawn = MEANWHILE[row]
    running = seen(change, running=True)
    assert isinstance(next_step(WISH, running, NOW), Note if withdrawn else Wait)
    told = replace(running, told=frozenset({"withdrawn"}))
    assert isinstance(next_step(WISH, told, NOW), Wait)
    hard = replace(WISH, on_withdrawn=OnWithdrawn.TERMINATE)
    assert isinstance(next_step(hard, running, NOW), Terminate if withdrawn else Wait)
    assert not isinstance(next_step(hard, replace(running, terminated=True), NOW), Terminate)


WROTE = {"close_code": "successful", "work_end": NOW}
AFTER = {
    "ended well": (seen(BEGUN, code=0), Finish(REVIEW, 0)),
    "ended badly": (seen(BEGUN, code=7), Finish(REVIEW, 7)),
    "result written": (seen(replace(BEGUN, state=REVIEW, **WROTE), code=0), Close("a", CLOSED)),
    "moved to Review by hand": (seen(replace(BEGUN, state=REVIEW), code=0), Finish(REVIEW, 0)),
    "closed": (seen(replace(BEGUN, state=CLOSED, **WROTE), code=0), Stop(Ending.SUCCESSFUL, "")),
    "standard, which who tells its end did not say": (
        seen(replace(BEGUN, state=CLOSED, kind="standard", approval="not requested", **WROTE), code=0),
        Stop(Ending.SUCCESSFUL, "")),
    "closed by another job that succeeded": (
        seen(replace(BEGUN, state=CLOSED, **WROTE), code=7), Note("The command ended with 7.", "result")),
    "closed by another job that failed": (
        seen(replace(BEGUN, state=CLOSED, close_code="unsuccessful", work_end=NOW), code=0),
        Note("The command ended with 0.", "result")),
    "closed by another job, and noted": (
        seen(replace(BEGUN, state=CLOSED, **WROTE), code=7, told=frozenset({"result"})), Stop(Ending.UNSUCCESSFUL, "")),
    "closed by another job, and no note was taken": (
        seen(replace(BEGUN, state=CLOSED, **WROTE), code=7, told=frozenset({"result"}), unsaid=frozenset({"result"})),
        Stop(Ending.UNSUCCESSFUL, "", recorded=False)),
    "canceled and told": (
        seen(replace(BEGUN, state=CANCELED, updated_by="beth", state_label="Canceled"), code=0,
             told=frozenset({"result"})), Stop(Ending.WITHDRAWN, "CHG0030001 is Canceled, by beth")),
    "on hold and told": (seen(replace(BEGUN, on_hold=True), code=0, told=frozenset({"result"})),
                         Stop(Ending.WITHDRAWN, "CHG0030001 is on hold: no reason is given", recorded=False)),
    "a rule refuses the end": (
        seen(replace(BEGUN, state=REVIEW, **WROTE), code=0, refusal="open tasks", told=frozenset({"result"})),
        Stop(Ending.SUCCESSFUL, "open tasks", recorded=False)),
    "a rule refuses Review": (seen(BEGUN, code=0, refusal="no", next_states=None), Look(What.NEXT_STATES)),
    "there is no Review": (seen(BEGUN, code=0, refusal="no", next_states=(NextState(CLOSED, "Closed"),)),
                           Finish(CLOSED, 0)),
    "the only change that began": (Seen(code=0, changes=(BEGUN,)), Adopt(BEGUN)),
    "none began": (Seen(code=0, changes=(CHANGE,)),
                   Stop(Ending.MISPLACED, "no change of this run has begun", recorded=False)),
    "a part of two": (seen(BEGUN, code=0, part=Part(1, 2), tasks=(Task("t", "a", Part(1, 2)),)),
                      FinishPart(Task("t", "a", Part(1, 2)), 0)),
    "a part that is not the last": (
        seen(BEGUN, code=0, part=Part(1, 2), tasks=(Task("t", "a", Part(1, 2), 0), Task("u", "a", Part(2, 2)))),
        Stop(Ending.SUCCESSFUL, "")),
    "a part whose others never came": (
        seen(BEGUN, code=0, part=Part(1, 2), tasks=(Task("t", "a", Part(1, 2), 0),)), Stop(Ending.SUCCESSFUL, "")),
    "the last part, where one failed": (
        seen(BEGUN, code=0, part=Part(1, 2), tasks=(Task("t", "a", Part(1, 2), 0), Task("u", "a", Part(2, 2), 3))),
        Finish(REVIEW, 3)),
    "the last part, where one succeeded under the change before": (
        seen(BEGUN, code=0, part=Part(1, 2), tasks=(Task("u", "z", Part(2, 2), 0), Task("t", "a", Part(1, 2), 0))),
        Finish(REVIEW, 0)),
    "the last part, where one failed under the change before": (
        seen(BEGUN, code=0, part=Part(1, 2), tasks=(Task("u", "z", Part(2, 2), 1), Task("t", "a", Part(1, 2), 0))),
        Stop(Ending.SUCCESSFUL, "")),
}  # fmt: skip


@pytest.mark.parametrize("row", AFTER)
def test_after_the_command(row: str) -> None:
    what, step = AFTER[row]
    assert next_step(WISH, what, NOW) == step


@pytest.mark.parametrize("row", ["canceled", "on hold", "rejected"])
def test_a_withdrawn_change_gets_its_result_as_a_note_or_as_far_as_it_lets(row: str) -> None:
    change, _ = MEANWHILE[row]
    step = next_step(WISH, seen(change, code=5), NOW)
    assert isinstance(step, Finish if row == "rejected" else Note)


def test_a_start_without_a_command_is_taken_back() -> None:
    """We moved it to Implement, and then it was not to run: it does not stay there."""
    step = next_step(WISH, seen(replace(BEGUN, approval="rejected"), began=True), NOW)
    assert isinstance(step, Cancel)
    assert step.then
    assert step.then.ending is Ending.REJECTED


def test_what_was_known_of_another_state_is_forgotten() -> None:
    before = seen(replace(CHANGE, state=ASSESS), refusal="rule", approvers=(REJECTED,), submitted=NOW)
    back = looked(WISH, before, (replace(CHANGE, state=NEW),))
    assert (back.refusal, back.next_states, back.approvers, back.submitted) == ("", None, None, NOW)
    same = looked(WISH, before, before.changes or ())
    assert same == before


def test_approvers_that_were_not_there_yet_are_looked_for_once_somebody_is_asked() -> None:
    """Flows ask a moment after the submit: who came too early does not call them hidden for ever."""
    early = seen(replace(CHANGE, state=ASSESS, approval="not requested"), approvers=(), submitted=NOW, fresh=True)
    later = replace(looked(WISH, early, (replace(CHANGE, state=ASSESS, approval="requested"),)), fresh=True)
    assert next_step(WISH, later, NOW) == Look(What.APPROVERS)
