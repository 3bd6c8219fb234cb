"""Which records are synced at all, adoption, and what becomes of records that cannot be read."""

from __future__ import annotations

import pytest

from integration.clients.errors import Misconfigured
from integration.names import PROBE_MARK
from tests.fakes.incidents import OWN_USER
from tests.fakes.running import Running


def test_an_incident_outside_the_filter_makes_no_case() -> None:
    running = Running(incident_filter="category=security")
    running.incident(running.incidents.make("Printer", category="hardware"))
    running.incident(running.incidents.make("Odd logins", category="security"))
    assert [r["values"]["title"] for r in running.cases.records.values()] == ["Odd logins"]


@pytest.mark.parametrize("forced", [False, True], ids=["event", "replay"])
def test_the_record_of_check_makes_no_case_and_leaves_no_trace(running: Running, forced: bool) -> None:
    told = running.incident(running.incidents.make("Test record", correlation_id=PROBE_MARK), forced=forced)
    assert told is not None
    assert told.outcome == "a probe"
    assert not running.cases.records
    assert not running.links.rows


@pytest.mark.parametrize("forced", [False, True], ids=["event", "replay"])
def test_what_another_integration_made_never_becomes_a_case(forced: bool) -> None:
    running = Running(foreign_marks=("AWS provisioning",))
    made = running.incidents.make("Server ordered", correlation_display="AWS provisioning")
    told = running.incident(made, forced=forced)
    assert told is not None
    assert told.outcome == "made by another integration"
    assert not running.cases.records


def test_an_incident_from_before_the_installation_needs_backfill() -> None:
    running = Running()
    sys_id = running.incidents.make("Old one")
    running.settings = type(running.settings)(claim_s=200, sweep_s=900, installed_at=running.world.now + 10)
    running.incident(sys_id)
    assert not running.cases.records
    running.incident(sys_id, forced=True)
    assert len(running.cases.records) == 1


def test_an_incident_made_under_the_integration_user_becomes_a_case(running: Running) -> None:
    """Another automation may use the same user; its journal is carried too, since it bears no header of ours."""
    sys_id = running.incidents.make("From monitoring", by=OWN_USER)
    running.incidents.edit(sys_id, by=OWN_USER, work_notes="threshold crossed")
    running.incident(sys_id)
    case_id, _ = running.linked()
    assert any("threshold crossed" in comment for comment in running.comments(case_id))


def test_a_case_of_another_deployment_is_left_alone(running: Running) -> None:
    case_id = running.cases.make("Theirs", tags={"servicenow:other": "incident/0123"})
    running.case(case_id)
    assert not running.incidents.records


def test_the_case_tag_limits_which_cases_are_taken() -> None:
    running = Running(case_tag="team=blue")
    running.case(running.cases.make("Theirs", tags={"team": "red"}))
    running.case(running.cases.make("Ours", tags={"team": "blue"}))
    assert [r["columns"]["short_description"] for r in running.incidents.records.values()] == ["Ours"]


def test_a_lost_table_is_rebuilt_without_one_duplicate(running: Running) -> None:
    """From the ARN on the incident and the tag on the case; comments are recognised by author and reference, files by
    the sys_id in their name and by name and content.
    """
    case_id = running.cases.make("From AWS")
    sys_id = running.incidents.make("From ServiceNow")
    running.case(case_id)
    running.incident(sys_id)
    running.cases.add_comment(case_id, "one")
    running.incidents.edit(sys_id, work_notes="two")
    for each in running.cases.records:
        running.cases.add_file(each, "trail.json", b"from AWS")
    for each in running.incidents.records:
        running.incidents.add_file(each, "who, when.txt", b"from ServiceNow")
    running.sweep()
    before = stands(running)
    running.links.lose()
    running.sweep()
    running.sweep()
    assert stands(running) == before
    assert {len(record["files"]) for record in running.cases.records.values()} == {2}


def stands(running: Running) -> list:
    """Texts and files of all records."""
    cases, incidents = running.cases.records, running.incidents.records
    texts = [*map(running.comments, cases), *map(running.journal, incidents)]
    files = [sorted((f["name"], f["content"]) for f in r["files"]) for r in (*cases.values(), *incidents.values())]
    return [texts, files]


def test_after_a_loss_a_file_of_ours_with_the_name_of_another_is_told_from_it(
    running: Running, pair: tuple[str, str]
) -> None:
    """An automation that works as our user attached it in ServiceNow; on AWS somebody has one of the same name."""
    case_id, sys_id = pair
    running.cases.add_file(case_id, "trail.json", b"from AWS")
    running.incidents.add_file(sys_id, "trail.json", b"from monitoring", by=OWN_USER)
    running.links.lose()
    running.sweep()
    running.sweep()
    for records in (running.cases.records, running.incidents.records):
        (record,) = records.values()
        assert sorted(file["content"] for file in record["files"]) == [b"from AWS", b"from monitoring"]


@pytest.mark.parametrize("first", ["case", "incident"])
def test_two_incidents_for_one_case_are_never_guessed_between(running: Running, first: str) -> None:
    """Said once on the case, whichever side is looked at first; nothing else is written."""
    case_id = running.cases.make("Root key used")
    for name in ("a", "b"):
        sys_id = running.incidents.make(name, correlation_id=running.cases.arn(case_id))
    report = running.deliver(running.wake(first, case_id if first == "case" else sys_id))
    assert report is not None
    assert "two incidents" in report.outcome
    running.sweep()
    assert running.world.writes == len(running.comments(case_id)) == 1


def test_an_unreadable_incident_suspends_its_link_and_says_so(running: Running, pair: tuple[str, str]) -> None:
    case_id, sys_id = pair
    running.incidents.make("another, readable")
    running.incidents.hidden.add(sys_id)
    running.incident(sys_id)
    assert running.links.get(case_id).link.state == "suspended"
    assert sum("cannot be read" in comment for comment in running.comments(case_id)) == 1
    running.incidents.hidden.clear()
    running.cases.add_comment(case_id, "still there?")
    running.case(case_id)
    assert running.links.get(case_id).link.state == "active"
    assert any("still there?" in text for text in running.journal(sys_id))


def test_a_hidden_table_suspends_nothing(running: Running, pair: tuple[str, str]) -> None:
    case_id, sys_id = pair
    running.incidents.hidden.add(sys_id)
    with pytest.raises(Misconfigured):
        running.run(running.wake("incident", sys_id))
    assert running.links.get(case_id).link.state == "active"


def test_many_unreadable_at_once_suspend_none(running: Running) -> None:
    for number in range(12):
        running.case(running.cases.make(f"case {number}"))
    _, *hidden = running.incidents.records
    running.incidents.hidden.update(hidden)
    for sys_id in hidden:
        running.deliver(running.wake("incident", sys_id), tries=2)
    running.world.now += 300
    for sys_id in hidden:
        running.deliver(running.wake("incident", sys_id), tries=2)
    states = {running.links.get(case_id).link.state for case_id in running.cases.records}
    assert states == {"active"}


def test_an_event_for_an_unknown_record_is_let_go_after_two_minutes(running: Running) -> None:
    began = running.world.now
    report = running.incident("f" * 32)
    assert report is not None
    assert report.outcome == "unknown incident"
    assert 120 <= running.world.now - began < 200


def test_more_new_cases_than_allowed_stop_creation_and_lose_nothing() -> None:
    running = Running(new_cases_per_hour=3)
    for number in range(5):
        running.deliver(running.wake("incident", running.incidents.make(f"incident {number}")), tries=3)
    assert len(running.cases.records) == 3
    running.links.stopped, running.links.creations = 0, []
    running.sweep()
    assert len(running.cases.records) == 5
