"""What becomes of a run: its exit code, its words, its change, for everything that may happen to it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from integration.changes.model import Conflict, Ending, Kind, Moves, OnWithdrawn, Part
from integration.clients.errors import Misconfigured, Missing, Refused, Unavailable
from tests.fakes.changes import (
    ASSESS,
    CANCELED,
    CLOSED,
    IMPLEMENT,
    NEW,
    REVIEW,
    SCHEDULED,
    FakeChanges,
)
from tests.unit.changes.conftest import FILE, RUN, Pipeline

if TYPE_CHECKING:
    from collections.abc import Callable

DOWN = Unavailable("servicenow", "the instance failed")
UNKNOWN = Unavailable("servicenow", "no answer", outcome_unknown=True)
CALLS = ("find", "create", "attach", "next_states", "submit", "approvers", "conflicts", "start", "finish", "close")
WRITES = ("create", "attach", "submit", "start", "finish", "close")
ERRORS = {
    "unavailable": DOWN,
    "throttled": Unavailable("servicenow", "too many requests", retry_after_s=30),
    "misconfigured": Misconfigured("servicenow", "no role"),
    "missing": Missing("servicenow", "No Record found"),
}


def failing(error: Exception, call: str, moment: str = "before", times: int = 3) -> Callable[[str, str], None]:
    left = [times]

    def hook(*met: str) -> None:
        if met == (moment, call) and left[0]:
            left[0] -= 1
            raise error

    return hook


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("code", [0, 3])
def test_a_run_gives_the_commands_own_code(pipeline: Pipeline, kind: Kind, code: int) -> None:
    pipeline.approved_after(100)
    outcome = pipeline.run(code=code, kind=kind)
    assert (outcome.code, outcome.command_exit, outcome.started, outcome.recorded) == (code, code, True, True)
    assert outcome.outcome is (Ending.UNSUCCESSFUL if code else Ending.SUCCESSFUL)
    (change,) = pipeline.changes.rows.values()
    assert (change.state, change.close_code) == (CLOSED, "unsuccessful" if code else "successful")
    assert (outcome.number, outcome.sys_id, outcome.url) == (change.number, change.sys_id, change.url)


@pytest.mark.parametrize("code", range(80, 87))
def test_a_code_that_is_one_of_ours_comes_back_as_1(pipeline: Pipeline, code: int) -> None:
    outcome = pipeline.run(code=code, kind=Kind.STANDARD)
    assert (outcome.code, outcome.command_exit) == (1, code)


def by_hand(pipeline: Pipeline, **values: object) -> None:
    pipeline.changes.by_hand(pipeline.changes.only().sys_id, **values)


BEFORE = {
    "rejected": (lambda p: p.changes.reject(p.changes.only().sys_id, "no"), 80, Ending.REJECTED, "no"),
    "canceled": (lambda p: by_hand(p, state=CANCELED), 81, Ending.CANCELLED, "beth.anglin"),
    "closed": (lambda p: by_hand(p, state=CLOSED), 81, Ending.CANCELLED, "beth.anglin"),
    "in review": (lambda p: by_hand(p, state=REVIEW), 85, Ending.MISPLACED, "Review"),
    "nobody decides": (lambda p: None, 82, Ending.TIMED_OUT, "after 3600 s"),
    "on hold": (lambda p: by_hand(p, on_hold=True, hold_reason="audit"), 82, Ending.TIMED_OUT, "audit"),
    "in a state nobody knows": (lambda p: by_hand(p, state="77", approval="approved"), 82, Ending.TIMED_OUT, "77"),
    "its end passes": (lambda p: by_hand(p, state=SCHEDULED, approval="approved", end=p.changes.now()), 83,
                       Ending.OUTSIDE, "has passed"),
}  # fmt: skip


@pytest.mark.parametrize("what", BEFORE)
def test_what_happens_before_the_command_keeps_it_from_running(pipeline: Pipeline, what: str) -> None:
    act, code, ending, words = BEFORE[what]
    pipeline.when(100, lambda: act(pipeline))
    outcome = pipeline.run()
    assert (outcome.code, outcome.outcome, outcome.started) == (code, ending, False)
    assert words in outcome.reason
    assert pipeline.ran == 0


def test_a_blackout_that_begins_while_it_is_waited_for_counts(pipeline: Pipeline) -> None:
    pipeline.changes.ci = "c" * 32
    pipeline.when(50, lambda: setattr(pipeline.changes, "found_conflicts", (Conflict("blackout", "Blackout"),)))
    pipeline.approved_after(100)
    assert pipeline.run().code == 83
    assert pipeline.ran == 0


def test_another_change_of_the_same_item_is_told_and_stops_nothing(pipeline: Pipeline) -> None:
    pipeline.changes.ci = "c" * 32
    pipeline.changes.found_conflicts = (Conflict("ci_already_scheduled", "CI Already Scheduled"),)
    assert pipeline.run(kind=Kind.STANDARD).code == 0
    assert "conflict: CI Already Scheduled" in pipeline.heard.sentences


def test_a_check_that_has_not_ended_is_waited_for(pipeline: Pipeline) -> None:
    pipeline.changes.ci, pipeline.changes.unfinished_checks = "c" * 32, 3
    assert pipeline.run(kind=Kind.STANDARD).code == 0
    assert pipeline.changes.calls["conflicts"] == 4


def test_a_check_that_never_ends_starts_nothing(pipeline: Pipeline) -> None:
    pipeline.changes.ci, pipeline.changes.unfinished_checks = "c" * 32, 10**6
    assert pipeline.run(kind=Kind.STANDARD).code == 82
    assert pipeline.ran == 0


def test_a_hold_that_is_lifted_lets_it_go_on(pipeline: Pipeline) -> None:
    pipeline.when(50, lambda: by_hand(pipeline, on_hold=True))
    pipeline.when(200, lambda: by_hand(pipeline, on_hold=False))
    pipeline.approved_after(250)
    assert pipeline.run().code == 0


def test_the_planned_start_is_waited_for_and_not_overslept(pipeline: Pipeline) -> None:
    start = pipeline.changes.now() + pipeline.changes.now().resolution * 90_500_000
    assert pipeline.run(kind=Kind.STANDARD, start=start).code == 0
    assert 90 <= pipeline.children[0].started[0] < 93


def test_from_the_approval_to_the_command_it_takes_one_interval(pipeline: Pipeline) -> None:
    pipeline.approved_after(601)
    pipeline.run(interval_s=60)
    assert pipeline.children[0].started[0] < 601 + 61


def test_looks_are_not_made_faster_than_asked(pipeline: Pipeline) -> None:
    pipeline.run(interval_s=60, timeout_s=600)
    assert pipeline.changes.calls["find"] <= 2 + 600 / 60


def test_time_that_is_over_cancels_only_where_asked(pipeline: Pipeline) -> None:
    assert pipeline.run(timeout_s=100).code == 82
    assert pipeline.changes.only().state == ASSESS
    other = Pipeline()
    assert other.run(timeout_s=100, cancel_on_timeout=True).code == 82
    assert other.changes.only().state == CANCELED


def test_who_is_asked_is_said_after_the_first_look(pipeline: Pipeline) -> None:
    pipeline.changes.peers = 2
    pipeline.approved_after(100)
    pipeline.run()
    assert any("asked are Peer 0, Peer 1" in each for each in pipeline.heard.sentences)


def test_that_nobody_is_asked_is_said(pipeline: Pipeline) -> None:
    pipeline.changes.peers = 0
    pipeline.run(timeout_s=100)
    assert any("nobody is asked" in each for each in pipeline.heard.sentences)


WITHDRAWN = {
    "canceled": {"state": CANCELED},
    "on hold": {"on_hold": True},
    "rejected": {"approval": "rejected"},
    "back in New": {"state": NEW},
    "closed by hand": {"state": CLOSED},
}


@pytest.mark.parametrize("what", WITHDRAWN)
@pytest.mark.parametrize("how", list(OnWithdrawn))
def test_withdrawn_while_the_command_runs(pipeline: Pipeline, what: str, how: OnWithdrawn) -> None:
    """Noticed within a minute, told, and ended only where that was asked for; a code of its own either way."""
    pipeline.when(130, lambda: by_hand(pipeline, **WITHDRAWN[what]))
    outcome = pipeline.run(kind=Kind.STANDARD, takes_s=300, on_withdrawn=how)
    assert (outcome.code, outcome.outcome) == (84, Ending.WITHDRAWN)
    assert pipeline.children[0].terminated is (how is OnWithdrawn.TERMINATE)
    assert outcome.command_exit == (143 if how is OnWithdrawn.TERMINATE else 0)
    notes = pipeline.changes.notes[pipeline.changes.only().sys_id]
    assert any("Withdrawn" in note or "ended with" in note for note in notes) or what == "rejected"


def test_a_hold_that_was_lifted_before_its_end_is_told_and_no_more(pipeline: Pipeline) -> None:
    pipeline.when(70, lambda: by_hand(pipeline, on_hold=True))
    pipeline.when(130, lambda: by_hand(pipeline, on_hold=False))
    outcome = pipeline.run(kind=Kind.STANDARD, takes_s=400)
    assert (outcome.code, outcome.recorded) == (0, True)


@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize("call", CALLS)
def test_an_error_of_any_call_is_waited_for(error: str, call: str) -> None:
    """But what an administrator must mend before there is a change is said at once, and nothing is made."""
    pipeline = Pipeline(changes=FakeChanges(ci="c" * 32), evidence=(FILE,))
    pipeline.changes.hook = failing(ERRORS[error], call)
    pipeline.approved_after(400)
    if call in ("find", "create") and error == "misconfigured":
        with pytest.raises(Misconfigured):
            pipeline.run()
        assert not pipeline.changes.rows
        return
    outcome = pipeline.run()
    if call == "create" and error == "missing":
        assert (outcome.code, outcome.outcome) == (3, Ending.REFUSED)
        return
    assert (outcome.code, outcome.recorded) == (0, True)
    assert [each.state for each in pipeline.changes.rows.values()] == [CLOSED]
    assert pipeline.changes.sent_twice == 0


@pytest.mark.parametrize("call", WRITES)
def test_a_write_that_took_effect_without_an_answer_is_not_done_again(call: str) -> None:
    pipeline = Pipeline(evidence=(FILE,))
    pipeline.changes.hook = failing(UNKNOWN, call, "after", 1)
    pipeline.approved_after(400)
    assert pipeline.run().code == 0
    assert pipeline.changes.calls[call] == 1
    assert len(pipeline.changes.rows) == 1


def test_a_throttled_instance_gets_the_time_it_asks_for(pipeline: Pipeline) -> None:
    slept: list[float] = []
    pipeline.time.on_sleep = slept.append
    pipeline.changes.hook = failing(ERRORS["throttled"], "find", times=1)
    pipeline.run(kind=Kind.STANDARD)
    assert slept[0] == 30


@pytest.mark.parametrize("call", ["find", "submit", "approvers"])
def test_an_instance_that_never_answers_ends_with_the_time(call: str) -> None:
    pipeline = Pipeline()
    pipeline.changes.hook = failing(DOWN, call, times=10**6)
    outcome = pipeline.run(timeout_s=900)
    assert (outcome.code, outcome.started) == (82, False)
    assert pipeline.time.at < 1000


def test_while_it_does_not_answer_the_command_is_let_run(pipeline: Pipeline) -> None:
    def down_from_the_start(moment: str, name: str) -> None:
        if pipeline.ran and name == "find" and pipeline.time.at < 490:
            raise DOWN

    pipeline.changes.hook = down_from_the_start
    outcome = pipeline.run(kind=Kind.STANDARD, takes_s=500)
    assert (outcome.code, outcome.recorded) == (0, True)


@pytest.mark.parametrize("code", [0, 5])
@pytest.mark.parametrize("call", ["finish", "close"])
def test_a_result_that_cannot_be_written_is_owed_and_the_command_keeps_its_code(call: str, code: int) -> None:
    pipeline = Pipeline()
    pipeline.changes.hook = failing(DOWN, call, times=10**6)
    outcome = pipeline.run(code=code, kind=Kind.STANDARD)
    assert (outcome.code, outcome.recorded, outcome.command_exit) == (code, False, code)
    assert pipeline.time.at < 500


@pytest.mark.parametrize("call", ["submit", "start", "finish", "close"])
@pytest.mark.parametrize("how", ["refused", "dropped"])
def test_a_rule_that_lets_no_state_be_written_is_named(call: str, how: str) -> None:
    """Refused, or dropped without a word: what ran keeps its code, what did not run never does."""
    pipeline = Pipeline()
    if how == "refused":
        pipeline.changes.rule = lambda method, _: "Rule X" if method == call else ""
    else:
        pipeline.changes.stay = {{"submit": ASSESS, "start": IMPLEMENT, "finish": REVIEW, "close": CLOSED}[call]}
    pipeline.approved_after(100)
    outcome = pipeline.run()
    ran = call in ("finish", "close")
    assert (outcome.code, outcome.started, outcome.recorded) == ((0, True, False) if ran else (3, False, True))
    assert ("Rule X" if how == "refused" else "the instance kept") in outcome.reason


def test_flows_that_cancel_their_tasks_late_do_not_keep_it_open(pipeline: Pipeline) -> None:
    left = [3]

    def rule(method: str, _: str) -> str:
        left[0] -= method == "close"
        return "active tasks" if method == "close" and left[0] >= 0 else ""

    pipeline.changes.rule = rule
    outcome = pipeline.run(kind=Kind.STANDARD)
    assert (outcome.code, outcome.recorded, pipeline.changes.only().state) == (0, True, CLOSED)


def test_a_file_that_is_refused_is_told_with_its_hash(pipeline: Pipeline) -> None:
    pipeline.evidence = (FILE,)
    pipeline.changes.rule = lambda method, _: "type not allowed" if method == "attach" else ""
    assert pipeline.run(kind=Kind.STANDARD).code == 0
    assert any(FILE.sha256 in note for note in pipeline.changes.notes[pipeline.changes.only().sys_id])
    assert pipeline.changes.calls["attach"] == 1


def test_required_evidence_that_is_refused_stops_before_anybody_is_asked(pipeline: Pipeline) -> None:
    pipeline.evidence = (FILE,)
    pipeline.changes.rule = lambda method, _: "type not allowed" if method == "attach" else ""
    assert pipeline.run(require_evidence=True).code == 3
    assert pipeline.changes.only().state == NEW


def test_a_creation_that_is_refused_is_said(pipeline: Pipeline) -> None:
    pipeline.changes.rule = lambda method, _: "Data Policy Exception" if method == "create" else ""
    outcome = pipeline.run()
    assert (outcome.code, outcome.reason) == (3, "the instance does not make the change: Data Policy Exception")


def test_a_refusal_by_chance_is_met_again_at_once(pipeline: Pipeline) -> None:
    by_chance = Refused("servicenow", "duplicate key", by_chance=True)
    pipeline.changes.hook = failing(by_chance, "create", times=1)
    assert pipeline.run(kind=Kind.STANDARD).code == 0


@pytest.mark.parametrize("first", [0, 4])
def test_a_run_after_its_end_has_a_change_of_its_own(pipeline: Pipeline, first: int) -> None:
    pipeline.run(code=first, kind=Kind.STANDARD)
    assert pipeline.run(kind=Kind.STANDARD).code == 0
    assert [each.mark[-1] for each in pipeline.changes.rows.values()] == ["1", "2"]
    assert {each.state for each in pipeline.changes.rows.values()} == {CLOSED}


def test_a_run_after_a_rejection_asks_again_for_the_same_change(pipeline: Pipeline) -> None:
    """Somebody repeats it since what was objected to is mended."""
    pipeline.when(100, lambda: pipeline.changes.reject(pipeline.changes.only().sys_id))
    assert pipeline.run().code == 80
    pipeline.approved_after(100)
    assert pipeline.run().code == 0
    assert len(pipeline.changes.rows) == 1


def test_a_run_of_another_version_does_not_take_the_change(pipeline: Pipeline) -> None:
    pipeline.run(timeout_s=10)
    outcome = pipeline.run(version="9.9")
    assert (outcome.code, outcome.outcome) == (85, Ending.MISPLACED)
    assert "2.3.0" in outcome.reason


@pytest.mark.parametrize("codes", [(0, 0, 0, 0, 0), (0, 3, 0, 0, 0), (0, 0, 0, 0, 2)])
def test_the_last_of_five_parts_closes_with_the_worst_result(pipeline: Pipeline, codes: tuple[int, ...]) -> None:
    for number, code in enumerate(codes, 1):
        assert CLOSED not in {each.state for each in pipeline.changes.rows.values()}
        outcome = pipeline.run(code=code, run=replace(RUN, part=Part(number, 5)), kind=Kind.STANDARD)
        assert (outcome.code, outcome.recorded) == (code, True)
    (change,) = pipeline.changes.rows.values()
    assert (change.state, change.close_code) == (CLOSED, "unsuccessful" if any(codes) else "successful")


def test_a_failed_part_that_is_run_again_has_a_change_of_its_own_and_closes_it(pipeline: Pipeline) -> None:
    """The parts that succeeded under the change before need not come again."""
    parts = [replace(RUN, part=Part(number, 2)) for number in (1, 2)]
    pipeline.run(run=parts[0], kind=Kind.STANDARD)
    pipeline.run(run=parts[1], code=1, kind=Kind.STANDARD)
    assert pipeline.run(run=parts[1], kind=Kind.STANDARD).code == 0
    assert [each.close_code for each in pipeline.changes.rows.values()] == ["unsuccessful", "successful"]
    assert {each.state for each in pipeline.changes.rows.values()} == {CLOSED}


def test_people_may_do_the_steps(pipeline: Pipeline) -> None:
    pipeline.changes.rule = lambda method, state: "Rule X" if state else ""
    pipeline.when(50, lambda: pipeline.changes._entered(pipeline.changes.only().sys_id, ASSESS))
    pipeline.approved_after(100)
    pipeline.when(200, lambda: pipeline.changes._entered(pipeline.changes.only().sys_id, IMPLEMENT))
    pipeline.changes.rule = lambda method, state: "Rule X" if method in ("submit", "close", "cancel") else ""
    outcome = pipeline.run(moves=Moves.PEOPLE)
    assert (outcome.code, outcome.recorded) == (0, True)
    assert (pipeline.changes.only().state, pipeline.changes.only().close_code) == (IMPLEMENT, "successful")


def test_a_part_whose_change_another_began_is_looked_at_right_before_it_starts(pipeline: Pipeline) -> None:
    """It writes no start of its own, whose answer would tell that the change is no longer one to work by."""
    parts = [replace(RUN, part=Part(number, 2)) for number in (1, 2)]
    pipeline.run(run=parts[0], kind=Kind.STANDARD)

    def ended_meanwhile(moment: str, name: str) -> None:
        if (moment, name) == ("before", "open_task"):
            by_hand(pipeline, end=pipeline.changes.now())

    pipeline.changes.hook = ended_meanwhile
    assert pipeline.run(run=parts[1], kind=Kind.STANDARD).code == 83
    assert len(pipeline.children[1].started) == 0
