"""Change tasks: those flows make and cancel, those people make, which keep a change from closing."""

from __future__ import annotations

import pytest

API, TABLE = "/api/sn_chg_rest/change", "change_task"


def told(changes, sys_id):
    return [(task["short_description"], task["state"], task["created_from"]) for task in changes.tasks(sys_id)]


@pytest.mark.parametrize("kind", ["normal", "emergency", "standard"])
def test_implement_makes_two_and_review_cancels_them(changes, kind):
    sys_id = changes.change(kind)["sys_id"]
    changes.walk(sys_id, "-1")
    assert told(changes, sys_id) == [
        ("Implement", "1", "workflow"), ("Post-implementation testing", "1", "workflow"),
    ]  # fmt: skip
    assert [task["change_task_type"] for task in changes.tasks(sys_id)] == ["implementation", "testing"]
    changes.to(sys_id, "0")
    assert {state for _, state, _ in told(changes, sys_id)} == {"4"}
    row = changes.change_row(sys_id)
    assert (row["work_start"], row["work_end"]) == ("2026-09-21 14:20:00", "2026-09-21 14:20:00")


def test_a_task_made_by_hand_keeps_its_change_from_closing(changes):
    sys_id = changes.change()["sys_id"]
    changes.walk(sys_id, "-1")
    own = changes.create(TABLE, user="beth.anglin", change_request=sys_id, short_description="Part 1 of 2")
    assert own["parent"]["value"] == sys_id
    changes.to(sys_id, "0")
    closing = {"close_code": "successful", "close_notes": "Done."}
    assert changes.to(sys_id, "3", **closing).status == 400
    changes.patch(own["sys_id"], table=TABLE, user="beth.anglin", state="3", close_code="successful", close_notes="x")
    assert changes.to(sys_id, "3", **closing).status == 200


def test_closing_right_after_review_is_too_early(changes, instance):
    """The flow of Review has not cancelled the tasks yet: who closes at once is refused, and has to come again."""
    instance.switches.change_flow_delay_s = 0.05
    sys_id = changes.change("standard")["sys_id"]
    for state in ("-2", "-1", "0"):
        assert changes.to(sys_id, state).status == 200
        if state != "0":
            assert instance.jobs.settle(5)
    closing = {"close_code": "successful", "close_notes": "Done."}
    refused = changes.to(sys_id, "3", **closing)
    assert "Change Model: Check State Transition" in refused.refusal[1]
    [[closed]] = changes("GET", f"{API}/{sys_id}/nextstates").result["state_transitions"]
    unmet = [each["condition"]["name"] for each in closed["conditions"] if not each["passed"]]
    assert unmet == ["No active Change Tasks", "Close code and close notes"]
    assert instance.jobs.settle(5)
    assert changes.to(sys_id, "3", **closing).status == 200


def test_with_all_tasks_closed_it_goes_to_review_by_itself(changes):
    sys_id = changes.change()["sys_id"]
    changes.walk(sys_id, "-1")
    changes.person("beth.anglin", "close_task", sys_id)
    row = changes.change_row(sys_id)
    assert (row["state"], row["work_end"]) == ("0", "2026-09-21 14:20:00")


def test_cancelling_a_change_cancels_all_its_tasks(changes):
    sys_id = changes.change()["sys_id"]
    changes.walk(sys_id, "-1")
    changes.create(TABLE, user="beth.anglin", change_request=sys_id, short_description="By hand")
    changes.to(sys_id, "4")
    assert {(state, task["active"]) for (_, state, _), task in zip(told(changes, sys_id), changes.tasks(sys_id),
                                                                  strict=True)} == {("4", "false")}  # fmt: skip


def test_tasks_are_held_with_their_change_but_those_held_by_hand(changes):
    sys_id = changes.change()["sys_id"]
    changes.walk(sys_id, "-1")
    first, second = changes.tasks(sys_id)
    own = {"on_hold": "true", "on_hold_reason": "mine"}
    changes.patch(first["sys_id"], table=TABLE, user="beth.anglin", **own)
    changes.person("beth.anglin", "hold", sys_id, reason="network")
    held = lambda: [(task["on_hold"], task["on_hold_reason"]) for task in changes.tasks(sys_id)]  # noqa: E731
    assert held() == [("true", "mine"), ("true", "network")]
    changes.person("beth.anglin", "unhold", sys_id)
    assert held() == [("true", "mine"), ("false", "")]
    assert second["number"] == "CTASK0010002"


@pytest.mark.parametrize(("times", "start"), [("instance", "2026-09-21 14:20:00"), ("client", "2026-01-01 00:00:00")])
def test_whose_the_actual_times_are(changes, instance, times, start):
    instance.switches.change_work_times = times
    sys_id = changes.change()["sys_id"]
    changes.walk(sys_id, "-2")
    changes.to(sys_id, "-1", work_start="2026-01-01 00:00:00")
    assert changes.change_row(sys_id)["work_start"] == start


@pytest.mark.parametrize(("files", "status"), [("refused", 403), ("taken", 201)])
def test_files_of_a_closed_change(changes, instance, files, status):
    instance.switches.change_closed_files = files
    sys_id = changes.change()["sys_id"]
    url = f"/api/now/attachment/file?table_name=change_request&table_sys_id={sys_id}&file_name=a.txt"
    send = lambda: changes("POST", url, user="beth.anglin", body=b"x", headers={"content-type": "text/plain"})  # noqa: E731
    assert send().status == 201
    changes.walk(sys_id, "3")
    assert send().status == status


def test_a_task_opened_again_has_no_marks_of_closing(changes):
    sys_id = changes.change()["sys_id"]
    changes.walk(sys_id, "-1")
    task = changes.tasks(sys_id)[0]["sys_id"]
    for state, closed_at in (("3", "2026-09-21 14:20:00"), ("1", "")):
        changes.patch(task, table=TABLE, user="beth.anglin", state=state, close_code="successful", close_notes="x")
        row = changes.row(task, TABLE)
        marks = (row["closed_at"], bool(row["closed_by"]), row["active"] == "false")
        assert marks == (closed_at, bool(closed_at), bool(closed_at))
