"""What people do beyond the main job: conflicts, private notes, watchers, context, reopening, AWS-managed cases."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from integration.model import Investigation
from tests.fakes.cases import RESPONDER
from tests.fakes.running import Running

CLOSED = {"itsm": "7", "ir": "3"}
CANCELLED = {"itsm": "8", "ir": "7"}


def columns(running: Running, sys_id: str) -> dict[str, str]:
    found: dict[str, str] = running.incidents.records[sys_id]["columns"]
    return found


def told(texts: list[str], word: str) -> list[str]:
    return [text for text in texts if text.startswith("[Integration]") and word in text]


@pytest.mark.parametrize("policy", ["servicenow", "aws"])
@pytest.mark.parametrize("first", ["case", "incident"])
def test_the_policy_decides_a_conflict_and_the_loser_stands_in_a_note(policy: str, first: str) -> None:
    """Both orders of arrival end alike."""
    running = Running(mapping={"fields": {"short_description": {"policy": policy}}})
    running.case(running.cases.make("Before"))
    case_id, sys_id = running.linked()
    running.cases.records[case_id]["values"]["title"] = "From AWS"
    running.incidents.edit(sys_id, short_description="From ServiceNow")
    for side in (first, "incident" if first == "case" else "case"):
        running.deliver(running.wake(side, case_id if side == "case" else sys_id))
    winner, loser = ("From ServiceNow", "From AWS") if policy == "servicenow" else ("From AWS", "From ServiceNow")
    assert running.cases.records[case_id]["values"]["title"] == winner
    assert columns(running, sys_id)["short_description"] == winner
    notes = told(running.comments(case_id), loser) + told(running.journal(sys_id), loser)
    assert len(notes) == 1


def test_a_very_long_losing_value_is_split_not_cut() -> None:
    running = Running(mapping={"fields": {"description": {"policy": "aws"}}})
    running.case(running.cases.make("t"))
    case_id, sys_id = running.linked()
    loser = " ".join(f"word{number}" for number in range(1200))
    running.incidents.limits["description"] = 20_000
    running.cases.records[case_id]["values"]["description"] = "From AWS"
    running.incidents.edit(sys_id, description=loser)
    running.incident(sys_id)
    parts = [text.partition("\n")[2] for text in running.journal(sys_id) if text.startswith("[Integration] conflict")]
    assert len(parts) > 1
    assert all(word in "".join(parts) for word in loser.split())


@pytest.mark.parametrize("mapping", [None, {"comments": {"work_notes": "private"}}])
def test_private_notes_stay_private(mapping: dict | None) -> None:
    running = Running(mapping=mapping)
    running.case(running.cases.make("t"))
    case_id, sys_id = running.linked()
    running.incidents.edit(sys_id, work_notes="[Private] we suspect Carl" if mapping is None else "we suspect Carl")
    running.incidents.edit(sys_id, comments="to all")
    running.incident(sys_id)
    running.sweep()
    assert not any("Carl" in comment for comment in running.comments(case_id))
    assert any("to all" in comment for comment in running.comments(case_id))


def test_watchers_go_both_ways_and_away_again(running: Running, pair: tuple[str, str]) -> None:
    case_id, sys_id = pair
    running.cases.records[case_id]["watchers"] = {"ann@here.example", "bob@out.example"}
    running.case(case_id)
    listed = columns(running, sys_id)["watch_list"].split(",")
    assert "bob@out.example" in listed
    (ann,) = [member for member in listed if "@" not in member]
    running.incidents.known_users[ann] = "ann@here.example"
    running.incidents.edit(sys_id, watch_list=f"{ann},carl@out.example")
    running.incident(sys_id)
    assert running.cases.records[case_id]["watchers"] == {"ann@here.example", "carl@out.example"}
    running.cases.records[case_id]["watchers"] = {"carl@out.example"}
    running.case(case_id)
    assert columns(running, sys_id)["watch_list"] == "carl@out.example"


def test_an_unknown_member_of_the_watch_list_stays(running: Running, pair: tuple[str, str]) -> None:
    case_id, sys_id = pair
    running.incidents.edit(sys_id, watch_list="0123456789abcdef0123456789abcdef")
    running.incident(sys_id)
    running.cases.records[case_id]["watchers"] = {"ann@out.example"}
    running.case(case_id)
    assert columns(running, sys_id)["watch_list"] == "0123456789abcdef0123456789abcdef,ann@out.example"


def test_a_change_of_context_is_one_work_note(running: Running, pair: tuple[str, str]) -> None:
    case_id, sys_id = pair
    before = len(told(running.journal(sys_id), "context"))
    running.cases.records[case_id]["values"]["pendingAction"] = "Customer"
    running.case(case_id)
    running.sweep()
    notes = told(running.journal(sys_id), "context")
    assert (before, len(notes)) == (1, 2)
    assert "Customer" in notes[-1]


def test_a_reopened_incident_gets_one_note(running: Running, pair: tuple[str, str]) -> None:
    case_id, sys_id = pair
    running.cases.records[case_id]["status"] = "Closed"
    running.case(case_id)
    working = "2" if running.rules.module == "itsm" else "16"
    running.incidents.edit(sys_id, state=working, work_notes="not over")
    running.incident(sys_id)
    running.sweep()
    assert running.state(sys_id) == working
    assert len(told(running.journal(sys_id), "reopened")) == 1


def test_what_is_written_on_a_closed_case_s_incident_is_told_to_stay(running: Running, pair: tuple[str, str]) -> None:
    case_id, sys_id = pair
    running.cases.records[case_id]["status"] = "Closed"
    running.case(case_id)
    count = len(running.comments(case_id))
    for text in ("one", "two"):
        running.incidents.edit(sys_id, work_notes=text)
        running.incident(sys_id)
    assert len(running.comments(case_id)) == count
    assert len(told(running.journal(sys_id), "case-closed")) == 1


def test_a_comment_on_a_closed_case_still_reaches_the_incident(running: Running, pair: tuple[str, str]) -> None:
    case_id, sys_id = pair
    running.cases.records[case_id]["status"] = "Closed"
    running.case(case_id)
    running.cases.add_comment(case_id, "for the record", RESPONDER)
    running.case(case_id)
    assert any("for the record" in text for text in running.journal(sys_id))


def test_a_cancelled_incident_closes_its_case(running: Running, pair: tuple[str, str]) -> None:
    case_id, sys_id = pair
    running.incidents.edit(sys_id, state=CANCELLED[running.rules.module])
    running.incident(sys_id)
    assert running.status(case_id) == "Closed"


def test_an_aws_managed_case_takes_status_as_a_comment_and_closes(running: Running) -> None:
    running.case(running.cases.make("t", resolverType="AWS"))
    case_id, sys_id = running.linked()
    working = "2" if running.rules.module == "itsm" else "16"
    running.incidents.edit(sys_id, state=working)
    running.incident(sys_id)
    assert running.status(case_id) == "Submitted"
    assert len(told(running.comments(case_id), "status")) == 1
    closed = CLOSED[running.rules.module]
    running.incidents.edit(sys_id, state=closed, close_code="Solved", close_notes="done")
    running.incident(sys_id)
    assert running.status(case_id) == "Closed"


def test_what_a_closed_case_cannot_be_told_is_said_on_the_incident(running: Running, pair: tuple[str, str]) -> None:
    """The instance refuses to close, and AWS takes no comment any more: somebody must learn of it."""
    case_id, sys_id = pair
    running.incidents.refuse = lambda _, values: "no such code" if values.get("close_code") else None
    running.cases.records[case_id]["status"] = "Closed"
    count = len(running.comments(case_id))
    for _ in range(3):
        running.case(case_id, sweep=True)
    assert len(running.comments(case_id)) == count
    assert len(told(running.journal(sys_id), "no such code")) == 1


def test_a_state_the_instance_refuses_falls_back_to_resolved() -> None:
    running = Running()
    running.case(running.cases.make("t"))
    case_id, sys_id = running.linked()
    running.incidents.refuse = lambda _, values: "only managers close" if values.get("state") == "7" else None
    running.cases.records[case_id]["status"] = "Closed"
    running.case(case_id)
    assert running.state(sys_id) == "6"
    writes = running.world.writes
    running.sweep()
    assert running.world.writes == writes


def test_a_refused_field_is_blocked_said_once_and_the_rest_goes_on(running: Running, pair: tuple[str, str]) -> None:
    """A data policy refuses the title; the description of the same PATCH and a comment still arrive."""
    case_id, sys_id = pair
    running.incidents.refuse = lambda _, values: (
        "no such words here" if "curse" in values.get("short_description", "") else None
    )
    running.cases.records[case_id]["values"] |= {"title": "curse", "description": "new"}
    running.cases.add_comment(case_id, "hello")
    for _ in range(3):
        running.case(case_id, sweep=True)
    assert columns(running, sys_id)["description"] == "new"
    assert any("hello" in text for text in running.journal(sys_id))
    assert len(told(running.comments(case_id), "no such words here")) == 1
    running.incidents.refuse = lambda *_: None
    running.case(case_id, forced=True)
    assert columns(running, sys_id)["short_description"] == "curse"


def test_an_entry_that_is_silently_dropped_is_said_once_and_tried_again(
    running: Running, pair: tuple[str, str]
) -> None:
    """A PATCH that was answered well and counted no change has appended nothing: an ACL on the journal column."""
    case_id, sys_id = pair
    running.incidents.drop = {"work_notes"}
    running.cases.add_comment(case_id, "Seen in two trails.", RESPONDER)
    running.case(case_id)
    running.sweep()
    assert len(told(running.comments(case_id), "refused")) == 1
    running.incidents.drop = set()
    running.world.now += 7 * 3600
    running.sweep()
    assert sum("Seen in two trails." in text for text in running.journal(sys_id)) == 1


def test_a_silently_dropped_field_is_noticed_and_said_once(running: Running, pair: tuple[str, str]) -> None:
    case_id, _ = pair
    running.incidents.drop = {"short_description"}
    running.cases.records[case_id]["values"]["title"] = "new title"
    for _ in range(3):
        running.case(case_id, sweep=True)
    assert len(told(running.comments(case_id), "refused")) == 1


def test_two_automations_that_argue_are_stopped(running: Running, pair: tuple[str, str]) -> None:
    """Each sets its own title whenever it sees the other's; after six writes to former values we stop and say so."""
    case_id, sys_id = pair
    for _ in range(20):
        running.cases.records[case_id]["values"]["title"] = "robot A"
        running.case(case_id)
        running.incidents.edit(sys_id, short_description="robot B")
        running.incident(sys_id)
    assert running.world.calls["aws.UpdateCase"] < 15
    assert told(running.comments(case_id) + running.journal(sys_id), "automations")


def test_investigation_results_are_told_once_by_setting() -> None:
    running = Running(mapping={"investigations": True})
    running.case(running.cases.make("t"))
    case_id, sys_id = running.linked()
    running.cases.records[case_id]["investigations"].append(
        Investigation("inv-0123456789", "Summarization", "What happened", "## Findings", "Completed", datetime.now(UTC))
    )
    running.case(case_id)
    running.sweep()
    assert len(told(running.journal(sys_id), "What happened")) == 1


@pytest.mark.parametrize("setting", [True, False])
def test_the_response_team_watches_new_records_by_setting(setting: bool) -> None:
    running = Running(mapping={"watchers": {"response_team": setting}})
    running.cases.team = ("lead@out.example",)
    running.incident(running.incidents.make("Odd logins"))
    running.case(running.cases.make("Root key used"))
    cases = [record["watchers"] for record in running.cases.records.values()]
    lists = [record["columns"].get("watch_list", "") for record in running.incidents.records.values()]
    assert all(("lead@out.example" in watchers) is setting for watchers in [*cases, *lists])


def test_a_column_only_people_fill_reaches_a_new_case() -> None:
    """CreateCase takes no actual start date, so a two-way mapping of it is carried over right after."""
    running = Running(mapping={"fields": {"u_started": {"case": "actualIncidentStartDate", "direction": "both"}}})
    running.incident(running.incidents.make("Odd logins", u_started="2026-11-20 08:00:00"))
    case_id, sys_id = running.linked()
    assert running.cases.records[case_id]["values"]["actualIncidentStartDate"].startswith("2026-11-20T08:00:00")
    assert columns(running, sys_id)["u_started"] == "2026-11-20 08:00:00"


def test_a_field_only_aws_says_reaches_a_new_incident_s_record() -> None:
    running = Running(mapping={"fields": {"u_engagement": {"case": "engagementType"}}})
    running.incident(running.incidents.make("Odd logins"))
    _, sys_id = running.linked()
    assert columns(running, sys_id)["u_engagement"] == "Security Incident"


def stateful(running: Running) -> None:
    """An instance under NIST Stateful: forward only, one state after the other."""
    flow = ["10", "16", "18", "19", "20", "100", "3"]

    def refuse(_: str, values: dict[str, str]) -> str | None:
        (record,) = running.incidents.records.values() if running.incidents.records else ({"columns": {"state": "10"}},)
        now, wanted = record["columns"]["state"], values.get("state", record["columns"]["state"])
        jump = wanted != now and flow.index(wanted) != flow.index(now) + 1
        return "the process does not allow this state" if jump and running.incidents.records else None

    running.incidents.refuse = refuse


def test_a_stateful_instance_is_walked_step_by_step() -> None:
    running = Running("ir")
    running.case(running.cases.make("t"))
    case_id, sys_id = running.linked()
    stateful(running)
    running.cases.records[case_id]["status"] = "Containment, Eradication and Recovery"
    running.case(case_id)
    assert running.state(sys_id) == "18"
    running.cases.records[case_id]["status"] = "Closed"
    running.case(case_id)
    assert running.state(sys_id) == "3"
    writes = running.world.writes
    running.sweep()
    assert running.world.writes == writes


def test_the_end_of_a_long_description_stands_in_a_note(running: Running) -> None:
    """8,000 characters on AWS, 4,000 in ServiceNow: cut in the field, continued in a note, never written back."""

    def whole(sys_id: str) -> str:
        notes = told(running.journal(sys_id), "continued")
        texts = [
            columns(running, sys_id)["description"],
            *(note.partition("It goes on:\n")[2] or note.partition("\n")[2] for note in notes),
        ]
        return "".join("".join(texts).split())

    first, second = " ".join(f"word{n:04d}" for n in range(880)), " ".join(f"other{n:04d}" for n in range(780))
    running.case(running.cases.make("t", first))
    case_id, sys_id = running.linked()
    running.sweep()
    assert whole(sys_id) == first.replace(" ", "")
    running.cases.records[case_id]["values"]["description"] = second
    running.case(case_id)
    running.sweep()
    assert all(word in whole(sys_id) for word in second.split())
    assert running.cases.records[case_id]["values"]["description"] == second
