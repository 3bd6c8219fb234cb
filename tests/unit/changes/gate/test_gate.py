"""Who waits for a change is answered once it is decided: approved only when a deployment may begin."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from integration.changes.gate.wishes import wish_of
from integration.changes.key import key_of, mark_of, shown_of
from integration.changes.model import Conflict, Kind
from integration.clients.errors import Misconfigured, Refused, Unavailable
from integration.reconcile.errors import Later
from tests.fakes.changes import ASSESS, CANCELED, IMPLEMENT, REVIEW, SCHEDULED, killed_at
from tests.fakes.world import Killed


def counts(outcome):
    assert outcome is not None
    return dict(outcome.report.counts)


def test_an_ask_makes_one_change_submits_it_and_says_nothing_yet(world):
    assert world.asked().error is None
    [change] = world.changes.rows.values()
    assert (change.state, change.approval) == (ASSESS, "requested")
    assert change.shown == "shop 2.3.0 to production, key execution-1"
    assert world.answers.said == []


def test_an_approval_is_told_to_who_waits(world):
    world.asked()
    world.changes.approve(world.changes.only().sys_id)
    assert counts(world.told()) == {"ChangeAnswers": 1, "ChangesRejected": 0}
    assert world.answers.said == [("step-functions", "approved", "CHG0030001 is approved")]


def test_a_rejection_is_told_with_who_and_why(world):
    world.asked()
    world.changes.reject(world.changes.only().sys_id, "not on Friday")
    assert counts(world.told())["ChangesRejected"] == 1
    [(_, word, reason)] = world.answers.said
    assert word == "rejected"
    assert "Peer 0" in reason
    assert "not on Friday" in reason


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"state": CANCELED}, "is Canceled, by beth.anglin"),
        ({"state": REVIEW}, "is in Review"),
        ({"state": "17", "approval": "approved"}, None),
        ({"state": SCHEDULED, "approval": "requested"}, None),
        ({"state": SCHEDULED, "approval": "approved", "on_hold": True}, None),
        ({"state": IMPLEMENT, "approval": "approved"}, "approved"),
    ],
    ids=str,
)
def test_what_people_do_to_a_change_means_for_who_waits_what_the_planner_says(world, values, said):
    """An unknown state, a hold, an approval that is not in: nobody is let through, and nobody sent away."""
    world.asked()
    world.changes.by_hand(world.changes.only().sys_id, **values)
    world.told()
    if said is None:
        assert world.answers.said == []
    else:
        assert said in world.answers.said[0][2]


def test_a_standard_change_is_answered_by_the_pass_that_made_it(world):
    """No rule of the instance tells of what our own user wrote."""
    ask = world.ask()
    world.gate.asked(replace(ask, wanted={**ask.wanted, "kind": "standard"}), world.deadline)
    assert world.changes.only().kind == Kind.STANDARD
    assert world.answers.words == ["approved"]


def test_a_change_that_cannot_be_made_is_answered_with_the_reason_at_once(world):
    world.changes.rule = lambda method, _: "Data Policy: Assignment group is mandatory" * (method == "create")
    assert counts(world.asked()) == {"ChangeAsks": 1, "ChangesNotMade": 1, "ChangeAnswers": 1, "ChangesRejected": 1}
    assert "Assignment group is mandatory" in world.answers.said[0][2]


def test_a_change_that_cannot_be_submitted_is_answered_with_the_reason(world):
    world.changes.rule = lambda method, _: "Check State Transition" * (method == "submit")
    world.asked()
    assert world.answers.words == ["rejected"]
    assert "Check State Transition" in world.answers.said[0][2]


def test_a_state_the_instance_drops_silently_is_told_as_not_submitted(world):
    world.changes.stay = {ASSESS}
    world.asked()
    assert world.answers.words == ["rejected"]


def test_an_ask_that_asks_for_nothing_is_answered_without_a_call_of_servicenow(world):
    world.asked(fault="run must be said")
    assert world.answers.said == [("step-functions", "rejected", "run must be said")]
    assert (world.changes.log, world.items()) == ([], [])


def test_a_blackout_keeps_who_waits_from_being_let_through(world):
    world.changes.ci, world.changes.found_conflicts = "ci", (Conflict("blackout", "In blackout window"),)
    world.asked()
    world.changes.approve(world.changes.only().sys_id)
    world.told()
    assert world.answers.words == ["rejected"]
    assert "In blackout window" in world.answers.said[0][2]


def test_a_check_of_conflicts_that_has_not_ended_is_waited_for(world):
    world.changes.ci, world.changes.unfinished_checks = "ci", 1
    world.asked()
    world.changes.approve(world.changes.only().sys_id)
    assert isinstance(world.told().error, Later)
    world.told()
    assert world.answers.words == ["approved"]


# ---- nobody is let through for want of an answer


@pytest.mark.parametrize("error", [Unavailable("servicenow", "down"), Misconfigured("servicenow", "no role")], ids=str)
def test_an_instance_that_cannot_be_asked_answers_nobody_until_the_wait_ends_and_then_no(world, error):
    world.asked(waits_s=3600)
    world.changes.approve(world.changes.only().sys_id)

    def fails(moment, name):
        if (moment, name) == ("before", "look"):
            raise error

    world.changes.hook = fails
    assert world.told().error is error
    assert world.answers.said == []
    world.later(3600 - 250)
    assert world.told().error is error
    assert world.answers.said == [("step-functions", "rejected", "ServiceNow could not be asked before the wait ended")]


def test_before_a_wait_ends_it_is_answered_no_with_what_is_waited_for(world):
    world.asked(waits_s=3600)
    world.later(3600 - 250)
    world.told()
    [(_, word, reason)] = world.answers.said
    assert word == "rejected"
    assert reason.startswith("the change was not decided in time: CHG0030001 is Assess")


def test_an_approval_that_comes_after_the_end_of_a_wait_is_none(world):
    world.asked(waits_s=3600)
    world.later(3601)
    world.changes.approve(world.changes.only().sys_id)
    world.told()
    assert world.answers.words == ["rejected"]


# ---- repetition, death, several who wait


def test_a_repeated_ask_changes_nothing(world):
    ask = world.ask()
    world.gate.asked(ask, world.deadline)
    world.gate.asked(ask, world.deadline)
    assert len(world.changes.rows) == 1
    world.changes.approve(world.changes.only().sys_id)
    world.told()
    world.gate.asked(ask, world.deadline)
    assert world.answers.words == ["approved"]


def test_two_who_wait_for_one_change_are_both_answered(world):
    world.asked(token="one")
    world.asked(token="two", kind="codepipeline")
    assert len(world.changes.rows) == 1
    world.changes.approve(world.changes.only().sys_id)
    world.told()
    assert sorted(kind for kind, _, _ in world.answers.said) == ["codepipeline", "step-functions"]


def test_who_cannot_be_answered_holds_up_nobody_and_is_tried_again(world):
    world.asked(token="one")
    world.asked(token="two")
    world.changes.approve(world.changes.only().sys_id)
    world.answers.failing = [Unavailable("github", "status 503")]
    outcome = world.told()
    assert isinstance(outcome.error, Unavailable)
    assert counts(outcome) == {"ChangeAnswers": 1, "ChangesRejected": 0, "ChangeAnswersFailed": 1}
    world.told()
    assert world.answers.words == ["approved", "approved"]


def test_who_can_never_be_answered_is_let_go_when_the_wait_ends(world):
    world.asked(waits_s=3600)
    world.later(3601)
    world.answers.failing = [Refused("url", "gone wrong")]
    world.told()
    assert world.told().error is None
    assert world.answers.said == []


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("name", ["find", "create", "next_states", "submit"])
def test_a_pass_that_dies_at_any_call_is_followed_by_one_that_goes_on(world, name, moment):
    """One change, asked for approval once; the message of the dead pass comes back."""
    ask = world.ask()
    world.changes.hook = killed_at(moment, name)
    with pytest.raises(Killed):
        world.gate.asked(ask, world.deadline)
    world.changes.hook = lambda *_: None
    for _ in range(4):
        world.later(300)
        if world.gate.asked(ask, world.deadline).error is None:
            break
    assert [each.state for each in world.changes.rows.values()] == [ASSESS]
    world.changes.approve(world.changes.only().sys_id)
    world.told()
    assert world.answers.words == ["approved"]


def test_a_creation_without_an_answer_is_looked_for_before_another_is_made(world):
    """It may land up to a minute later."""
    world.changes.losing = [50.0]
    ask = world.ask()
    assert isinstance(world.gate.asked(ask, world.deadline).error, Unavailable)
    world.later(10)
    assert isinstance(world.gate.asked(ask, world.deadline).error, Later)
    world.later(60)
    assert world.gate.asked(ask, world.deadline).error is None
    assert len(world.changes.rows) == 1


def test_an_answer_that_was_sent_and_not_remembered_is_sent_again(world):
    world.asked()
    world.changes.approve(world.changes.only().sys_id)

    def die():
        raise Killed

    world.answers.hook = die
    with pytest.raises(Killed):
        world.told()
    world.answers.hook = lambda: None
    world.told()
    assert world.answers.words == ["approved", "approved"]


def test_a_run_that_waits_again_after_a_rejection_gets_its_change_submitted_again(world):
    world.asked(token="first attempt")
    world.changes.reject(world.changes.only().sys_id)
    world.told()
    world.asked(token="second attempt")
    world.changes.approve(world.changes.only().sys_id)
    world.told()
    assert world.answers.words == ["rejected", "approved"]
    assert len(world.changes.rows) == 1


def test_a_run_that_waits_again_after_a_cancellation_gets_a_change_of_its_own(world):
    world.asked(token="first attempt")
    world.changes.by_hand(world.changes.only().sys_id, state=CANCELED)
    world.gate.changed(next(iter(world.changes.rows)), world.deadline)
    world.asked(token="second attempt")
    assert [each.mark[-2:] for each in world.changes.rows.values()] == ["/1", "/2"]


def test_a_change_that_an_earlier_job_made_is_taken(world):
    ask = world.ask()
    wish = wish_of(ask.wanted, 3600)
    key = key_of(ask.run, "production", "shop")
    world.changes.create(wish, mark_of(key, 1), shown_of(ask.run, wish))
    world.gate.asked(ask, world.deadline)
    assert len(world.changes.rows) == 1


def test_a_change_of_another_version_of_this_run_is_not_taken(world):
    world.asked(token="one")
    world.changes.by_hand(world.changes.only().sys_id, shown="shop 2.2.0 to production, key execution-1")
    world.changes.reject(world.changes.only().sys_id)
    world.told()
    world.asked(token="two")
    assert world.answers.words == ["rejected", "rejected"]
    assert "belongs to" in world.answers.said[1][2]


def test_an_event_of_somebody_elses_change_concerns_nobody(world):
    assert world.gate.changed("f" * 32, world.deadline) is None
    assert dict(world.calls) == {"GetItem": 1}
    assert world.changes.log == []


def test_a_change_whose_deployment_was_let_through_and_which_stays_open_is_counted(world):
    world.asked()
    change = world.changes.only()
    world.changes.approve(change.sys_id)
    world.told()
    [held] = world.rows.due(change.end.timestamp() + 3700)
    world.later(change.end.timestamp() + 3700 - world.now)
    assert counts(world.gate.due(held.key, world.deadline)) == {"ChangesForgotten": 1}
    world.changes.by_hand(change.sys_id, state="3")
    assert counts(world.gate.due(held.key, world.deadline)) == {}
    assert world.rows.due(world.now + 9e6) == []


def test_what_happens_to_a_change_that_everybody_was_answered_about_is_nobody_s_business(world):
    """It is started, noted and closed by its pipeline: no read of the instance, and it is not forgotten meanwhile."""
    world.asked()
    change = world.changes.only()
    world.changes.approve(change.sys_id)
    world.told()
    world.changes.log.clear()
    world.changes.by_hand(change.sys_id, state="-1")
    assert counts(world.told()) == {}
    assert world.changes.log == []
    assert len(world.rows.due(change.end.timestamp() + 3700)) == 1


def test_a_change_whose_end_was_put_off_is_not_forgotten_yet(world):
    world.asked()
    change = world.changes.only()
    world.changes.approve(change.sys_id)
    world.told()
    [held] = world.rows.due(change.end.timestamp() + 3700)
    world.changes.by_hand(change.sys_id, end=change.end + timedelta(days=2))
    world.later(change.end.timestamp() + 3700 - world.now)
    assert counts(world.gate.due(held.key, world.deadline)) == {}


# ---- what it costs


def test_registering_costs_four_calls_of_servicenow_and_three_of_the_table(world):
    world.calls.clear()
    world.asked()
    assert world.changes.log == ["find", "create", "next_states", "submit"]
    assert sum(world.calls.values()) == 3


def test_an_event_costs_one_read_one_query_one_answer_and_one_write(world):
    world.asked()
    world.changes.approve(world.changes.only().sys_id)
    world.calls.clear()
    world.changes.log.clear()
    world.told()
    assert world.changes.log == ["look"]
    assert dict(world.calls) == {"GetItem": 1, "Query": 1, "TransactWriteItems": 1}
    assert len(world.answers.said) == 1


def test_an_event_that_decides_nothing_costs_one_read_too(world):
    world.asked()
    world.changes.log.clear()
    world.told()
    assert world.changes.log == ["look"]


# ---- what rests


def test_neither_what_was_asked_for_nor_a_token_can_be_read_in_the_table(world):
    world.asked(token="task-token", short_description="Deploy the payroll")
    text = json.dumps(world.items(), default=str)
    assert "payroll" not in text
    assert "task-token" not in text
    assert all("removeAt" in item for item in world.items() if item["PK"]["S"].startswith("Change#"))
