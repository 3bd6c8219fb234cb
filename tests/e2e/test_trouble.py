"""What is down comes back, what was lost is found, who dies is followed: everything arrives, and once."""

import pytest

from integration.aws_plane.faults import Effect, Fault
from tests.e2e.shift import told, written

DOWN = ["hibernation", "401"]
"""A sample; every kind against every function is in `tests/proofs/cases/plane/cells.py`."""


@pytest.mark.parametrize("kind", DOWN)
def test_servicenow_is_down_for_a_while(day, kind):
    """A change of a pair and a new case wait, and arrive when the instance is back; nothing is told meanwhile."""
    pair = day.opened()
    day.quiet()
    before = day.waiting()
    day.break_servicenow(kind=kind, path="/api/*", times=None)
    day.respond(pair.case_id, "comment", body="Written while it was down.")
    case_id = day.new_case(day.title(), "Opened while it was down.")
    day.until(lambda: len(day.waiting() - before) >= 2)
    assert day.incident_of(case_id) == {}
    day.mend()
    day.redeliver()
    sys_id = day.until(lambda: day.incident_of(case_id))["sys_id"]
    day.until(lambda: written(day.notes(pair), "Written while it was down.") == 1)
    day.quiet()
    assert written(day.notes(pair), "Written while it was down.") == 1
    assert len([r for r in day.incidents() if r["correlation_id"].endswith(f"/{case_id}")]) == 1
    assert told(day.comments(pair), "") == []
    assert sys_id != pair.sys_id
    assert day.dead() == {}


@pytest.mark.parametrize("kind", ["429", "reset-before"])
def test_security_ir_is_down_for_a_while(day, kind):
    pair = day.opened()
    day.quiet()
    before = day.waiting()
    day.break_security_ir(operation="*", kind=kind, times=None)
    day.edit(pair.sys_id, work_notes="Written while it was down.")
    title = day.title()
    sys_id = day.act("insert", short_description=title, state=day.states["new"])["sys_id"]
    day.until(lambda: len(day.waiting() - before) >= 2)
    day.mend()
    day.redeliver()
    day.until(lambda: day.case_of(sys_id) and written(day.comments(pair), "Written while it was down.") == 1)
    day.quiet()
    assert [case["title"] for case in day.cases()].count(title) == 1
    assert written(day.comments(pair), "Written while it was down.") == 1
    assert day.dead() == {}


def test_an_account_with_room_for_two_functions_at_once_loses_nothing(itsm_day):
    """Throttled batches wait in their queues, a webhook that found no room is found by the poll; each arrives once."""
    day, functions = itsm_day, itsm_day.plane.functions
    day.quiet()
    before, titles = sum(each.throttles for each in functions), [day.title() for _ in range(8)]
    functions.concurrency.limit = 2
    try:
        cases = [day.new_case(title, "x") for title in titles[:4]]
        rows = [day.act("insert", short_description=title, state=day.states["new"])["sys_id"] for title in titles[4:]]
        day.until(lambda: all(day.incident_of(each) for each in cases))
        day.quiet()
    finally:
        functions.concurrency.limit = 1000
    assert sum(each.throttles for each in functions) > before
    day.poll()
    day.until(lambda: all(day.case_of(each) for each in rows))
    day.quiet()
    assert [[case["title"] for case in day.cases()].count(title) for title in titles] == [1] * 8
    assert [[row["short_description"] for row in day.incidents()].count(title) for title in titles] == [1] * 8
    assert day.dead() == {}


def test_a_token_that_servicenow_forgets_is_fetched_anew(day):
    pair = day.opened()
    day.servicenow.send("DELETE", "oauth/tokens")
    day.respond(pair.case_id, "comment", body="With a new token.")
    day.until(lambda: written(day.notes(pair), "With a new token.") == 1)


def test_with_every_webhook_dropped_the_poller_finds_all(day):
    """New, edited, commented, attached, closed: nothing of it was announced."""
    edited, attached, closed = day.opened(), day.opened(), day.reported()
    with day.unscheduled():
        day.quiet()
        day.lose_webhooks(None)
        title = day.title()
        sys_id = day.act("insert", short_description=title, state=day.states["new"])["sys_id"]
        day.edit(edited.sys_id, description="Nobody said so.", work_notes="Nor this.")
        day.attach_to_incident(attached.sys_id, "quiet.txt", b"nobody said so")
        day.close_incident(closed, work_notes="Closed without a word.")
        day.quiet()
        assert day.case_of(sys_id) == ""
    day.poll()
    day.until(lambda: day.case_of(sys_id))
    day.until(lambda: day.case(edited.case_id)["description"] == "Nobody said so.")
    day.until(lambda: written(day.comments(edited), "Nor this."))
    assert written(day.comments(edited), "Nor this.") == 1
    day.until(lambda: len(day.case(attached.case_id)["caseAttachments"]) == 1)
    day.until(lambda: day.status(closed) == "Closed")
    assert written(day.comments(closed), "Closed without a word.") == 1


def test_with_every_native_event_lost_the_poller_finds_all(day):
    """New, edited and closed cases by their date; comments, which leave it alone, when the link is due."""
    edited, commented, closed = day.opened(), day.opened(), day.opened()
    with day.unscheduled():
        day.quiet()
        day.break_security_ir(event="*", kind="lost", times=None)
        case_id = day.new_case(day.title(), "Nobody said so.")
        day.respond(edited.case_id, "fields", description="Nobody said so.")
        day.respond(commented.case_id, "comment", body="Nobody heard it.")
        day.respond(closed.case_id, "close", closureCode="Investigation Completed")
        day.quiet()
        assert day.incident_of(case_id) == {}
    day.time_passes(commented.case_id)
    day.poll()
    day.until(lambda: day.incident_of(case_id))
    day.until(lambda: day.incident(edited.sys_id)["description"] == "Nobody said so.")
    day.until(lambda: written(day.notes(commented), "Nobody heard it.") == 1, 120)  # after others that are due
    day.until(lambda: day.state(closed) == day.states["closed"])


def test_a_pass_that_dies_between_two_hops_of_a_status_walk_is_followed(day):
    """The half-way status is ours, not somebody's edit: the walk goes on, and the incident stays as it was left."""
    pair = day.reported()
    day.quiet()
    day.plane.faults.add(Fault("security-ir:UpdateCaseStatus", Effect.KILL_AFTER))
    state = {"itsm": "6", "ir": "100"}[day.module]
    day.edit(pair.sys_id, state=state, close_code="Solution provided", close_notes="Reviewed.")
    day.until(lambda: day.status(pair) == "Detection and Analysis")
    day.quiet()
    assert (day.status(pair), day.claimed(pair.case_id)) == ("Detection and Analysis", True)
    day.time_passes(pair.case_id)
    day.poll()
    day.until(lambda: day.status(pair) == "Post-incident Activities")
    day.redeliver()
    day.quiet()
    assert (day.status(pair), day.state(pair)) == ("Post-incident Activities", state)


def test_a_create_that_commits_late_makes_one_incident(late_commit):
    """The answer is lost and the record appears later: it is found, not made again. Takes more than a minute."""
    day, case_id = late_commit
    day.until(lambda: day.incident_of(case_id), seconds=30)
    day.until(lambda: len(day.link(case_id).get("sys_id", "")) == 32, seconds=150)
    day.quiet()
    assert len([r for r in day.incidents() if r["correlation_id"].endswith(f"/{case_id}")]) == 1
    day.respond(case_id, "comment", body="It goes on.")
    day.until(lambda: written(day.journal(day.incident_of(case_id)["sys_id"]), "It goes on.") == 1)
