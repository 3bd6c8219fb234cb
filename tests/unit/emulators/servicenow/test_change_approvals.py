"""Approvals: who is asked in which state, what a decision does, rejection, hold, and who sees it."""

from __future__ import annotations

import pytest

from integration.emulators.servicenow.errors import ApiError
from integration.emulators.servicenow.ids import fixed_id
from integration.emulators.servicenow.registering import save_user

API = "/api/sn_chg_rest/change"
TEAM, CAB, BOARD = ["christen.mitchell", "david.loo"], ["bow.ruggeri", "don.goodliffe"], ["bow.ruggeri"]


def standing(changes, sys_id):
    row = changes.change_row(sys_id)
    return row["state"], row["approval"]


def submitted(changes, kind="normal"):
    sys_id = changes.change(kind)["sys_id"]
    changes.to(sys_id, changes.onward(sys_id))
    return sys_id


def test_nothing_is_asked_before_it_is_submitted(changes):
    sys_id = changes.change()["sys_id"]
    assert (standing(changes, sys_id), changes.approvals(sys_id)) == (("-5", "not requested"), [])


def test_a_normal_change_is_approved_by_any_one_of_its_group_and_of_the_board(changes):
    sys_id = submitted(changes)
    assert (standing(changes, sys_id), changes.asked(sys_id)) == (("-4", "requested"), TEAM)
    changes.person("david.loo", "approve", sys_id, comments="Fine.")
    assert (standing(changes, sys_id), changes.asked(sys_id)) == (("-3", "requested"), CAB)
    changes.person("bow.ruggeri", "approve", sys_id)
    assert standing(changes, sys_id) == ("-2", "approved")
    assert changes.approvals(sys_id) == [
        ("christen.mitchell", "not_required"), ("david.loo", "approved"), ("bow.ruggeri", "approved"),
        ("don.goodliffe", "not_required"),
    ]  # fmt: skip


def test_an_emergency_is_approved_by_its_board_alone(changes):
    sys_id = submitted(changes, "emergency")
    assert (standing(changes, sys_id), changes.asked(sys_id)) == (("-3", "requested"), BOARD)
    changes.person("bow.ruggeri", "approve", sys_id)
    assert standing(changes, sys_id) == ("-2", "approved")


def test_a_group_without_members_asks_nobody(changes):
    sys_id = changes.change(assignment_group=fixed_id("group", "Platform"))["sys_id"]
    changes.to(sys_id, "-4")
    assert (standing(changes, sys_id), changes.approvals(sys_id)) == (("-4", "not requested"), [])


def test_what_one_group_approved_does_not_count_for_the_next(changes, instance):
    """The board has no members: nobody is asked, and nothing goes on."""
    for row in instance.store.find("sys_user_grmember", group=fixed_id("group", "CAB Approval")):
        instance.store.remove("sys_user_grmember", row["sys_id"])
    sys_id = submitted(changes)
    changes.person("david.loo", "approve", sys_id)
    assert (standing(changes, sys_id), changes.asked(sys_id)) == (("-3", "not requested"), [])
    changes("PATCH", f"{API}/{sys_id}", body={"description": "more"})
    assert standing(changes, sys_id) == ("-3", "not requested")


def test_a_former_rejection_does_not_send_back_what_was_submitted_again(changes, instance):
    """Flows have not run yet when the change is written once more."""
    instance.switches.change_rejected_s = None
    sys_id = submitted(changes)
    changes.person("david.loo", "reject", sys_id, comments="No.")
    instance.switches.change_flow_delay_s = 0.05
    changes.to(sys_id, "-4")
    changes("PATCH", f"{API}/{sys_id}", body={"description": "more"})
    assert instance.jobs.settle(5)
    assert (standing(changes, sys_id), changes.asked(sys_id)) == (("-4", "requested"), TEAM)


def test_an_automatic_step_is_nobodys_to_write(changes, instance):
    """Approved, and no flow has moved it yet."""
    sys_id = submitted(changes)
    instance.plant("change_request", {**changes.change_row(sys_id), "approval": "approved"})
    assert "-3" not in changes("GET", f"{API}/{sys_id}/nextstates").result["available_states"]
    assert changes.to(sys_id, "-3").status == 400


@pytest.mark.parametrize("kind", ["normal", "emergency"])
@pytest.mark.parametrize(("shown_s", "after", "later"), [
    (0.0, "not requested", "not requested"), (0.05, "rejected", "not requested"), (None, "rejected", "rejected"),
])  # fmt: skip
def test_a_rejection_sends_it_back_and_its_row_stays(changes, instance, kind, shown_s, after, later):
    instance.switches.change_rejected_s = shown_s
    sys_id = submitted(changes, kind)
    who = changes.asked(sys_id)[0]
    changes.person(who, "reject", sys_id, comments="Not on a Friday.")
    assert standing(changes, sys_id) == ("-5", after)
    assert instance.jobs.settle(5)
    assert standing(changes, sys_id) == ("-5", later)
    assert changes.approvals(sys_id)[0] == (who, "rejected")
    assert changes.asked(sys_id) == []
    assert "rejected the change: Not on a Friday." in changes.change_row(sys_id)["approval_history"]


def test_submitted_again_the_run_of_approvals_starts_over(changes, instance):
    instance.switches.change_rejected_s = None
    sys_id = submitted(changes)
    changes.person("david.loo", "reject", sys_id, comments="No.")
    changes.to(sys_id, "-4")
    assert (standing(changes, sys_id), changes.asked(sys_id)) == (("-4", "requested"), TEAM)
    changes.person("christen.mitchell", "approve", sys_id)
    assert standing(changes, sys_id) == ("-3", "requested")
    assert ("david.loo", "rejected") in changes.approvals(sys_id)


def test_the_board_may_reject_what_the_group_approved(changes):
    sys_id = submitted(changes)
    changes.person("david.loo", "approve", sys_id)
    changes.person("don.goodliffe", "reject", sys_id, comments="No.")
    assert standing(changes, sys_id) == ("-5", "not requested")
    assert dict(changes.approvals(sys_id)) == {
        "christen.mitchell": "not_required", "david.loo": "approved", "bow.ruggeri": "cancelled",
        "don.goodliffe": "rejected",
    }  # fmt: skip


@pytest.mark.parametrize("kind", ["normal", "emergency"])
def test_taken_back_what_is_pending_is_cancelled(changes, kind):
    sys_id = submitted(changes, kind)
    changes.person("beth.anglin", "revert", sys_id)
    assert standing(changes, sys_id) == ("-5", "not requested")
    assert {state for _, state in changes.approvals(sys_id)} == {"cancelled"}


def test_on_hold_it_can_only_be_cancelled_and_what_is_pending_comes_back_afterwards(changes):
    sys_id = submitted(changes)
    changes.person("beth.anglin", "hold", sys_id, reason="Network work")
    assert (changes.asked(sys_id), {state for _, state in changes.approvals(sys_id)}) == ([], {"not_required"})
    assert changes("GET", f"{API}/{sys_id}/nextstates").result["available_states"] == ["4", "-4"]
    with pytest.raises(ValueError, match="is not asked to approve"):
        changes.person("david.loo", "approve", sys_id)
    changes.person("beth.anglin", "unhold", sys_id)
    assert (changes.asked(sys_id), changes.change_row(sys_id)["on_hold_reason"]) == (TEAM, "")
    changes.person("david.loo", "approve", sys_id)
    assert standing(changes, sys_id) == ("-3", "requested")


def test_put_on_hold_before_anybody_was_asked_they_are_asked_afterwards(changes):
    sys_id = changes.change()["sys_id"]
    changes.to(sys_id, "-4", on_hold="true", on_hold_reason="wait")
    assert standing(changes, sys_id) == ("-5", "not requested")
    changes.to(sys_id, "-4")
    changes.person("beth.anglin", "hold", sys_id, reason="wait")
    changes.person("beth.anglin", "unhold", sys_id)
    assert changes.asked(sys_id) == TEAM


def test_cancelled_it_asks_nobody_and_is_off_hold(changes):
    sys_id = submitted(changes)
    changes.person("beth.anglin", "hold", sys_id, reason="wait")
    changes.person("beth.anglin", "cancel", sys_id, reason="Withdrawn")
    row = changes.change_row(sys_id)
    assert (row["state"], row["on_hold"], row["active"], changes.asked(sys_id)) == ("4", "false", "false", [])
    [note] = changes.instance.journal.entries(sys_id, ("work_notes",))
    assert (note["value"], note["sys_created_by"]) == ("Withdrawn", "beth.anglin")


def test_who_calls_the_api_decides_for_themselves_only(changes):
    sys_id = submitted(changes)
    refused = changes("PATCH", f"{API}/{sys_id}/approvals", user="beth.anglin", body={"state": "approved"})
    assert refused.status == 400
    wordless = changes("PATCH", f"{API}/{sys_id}/approvals", user="christen.mitchell", body={"state": "rejected"})
    assert wordless.status == 400
    decided = changes("PATCH", f"{API}/{sys_id}/approvals", user="christen.mitchell", body={"state": "approved"})
    assert (decided.status, decided.result[0]["state"]["display_value"]) == (200, "Authorize")


def test_nobody_decides_for_another_or_twice(changes):
    sys_id = submitted(changes)
    rows = changes.instance.store.find("sysapproval_approver", sysapproval=sys_id)
    other = changes.patch(rows[0]["sys_id"], table="sysapproval_approver", user="david.loo", state="approved")
    assert other.status in (403, 404)
    own = changes.patch(rows[1]["sys_id"], table="sysapproval_approver", user="david.loo", state="approved")
    assert own.result["state"] == "approved"
    changes.patch(rows[1]["sys_id"], table="sysapproval_approver", user="david.loo", state="rejected")
    assert changes.row(rows[1]["sys_id"], "sysapproval_approver")["state"] == "approved"


def test_words_of_a_decision_are_journal_rows_and_part_of_the_history(changes):
    sys_id = submitted(changes)
    row = changes.person("david.loo", "approve", sys_id, comments="After six.")
    [entry] = changes.instance.store.find("sys_journal_field", element_id=row["sys_id"])
    assert (entry["name"], entry["element"], entry["value"], entry["sys_created_by"]) == (
        "sysapproval_approver", "comments", "After six.", "david.loo",
    )  # fmt: skip
    shown = changes("GET", f"/api/now/table/sysapproval_approver/{row['sys_id']}?sysparm_display_value=all",
                    user="beth.anglin").result  # fmt: skip
    assert "David Loo (Comments)\nAfter six." in shown["comments"]["display_value"]
    assert "David Loo approved the change: After six." in changes.change_row(sys_id)["approval_history"]


@pytest.mark.parametrize(
    ("access", "roles", "status", "seen"),
    [
        (None, ["itil"], 200, 2), (None, ["sn_change_read"], 200, 0), (None, [], 200, 0),
        ({"*": "403"}, ["itil"], 403, 0), ({"sn_change_read": "ok", "*": "empty"}, ["sn_change_read"], 200, 2),
    ],
)  # fmt: skip
def test_who_sees_what_others_are_asked(changes, instance, access, roles, status, seen):
    if access:
        instance.switches.approval_access = access
    sys_id = submitted(changes)
    save_user(instance, {"user_name": "ann", "password": "ann", "roles": roles})
    url = f"/api/now/table/sysapproval_approver?sysparm_query=sysapproval={sys_id}"
    answer = changes("GET", url, user="ann")
    assert (answer.status, len(answer.result) if answer.status == 200 else 0) == (status, seen)


def test_an_approver_sees_the_approval_and_not_the_change(changes):
    sys_id = submitted(changes)
    mine = changes("GET", f"/api/now/table/sysapproval_approver?sysparm_query=sysapproval={sys_id}", user="david.loo")
    assert [row["state"] for row in mine.result] == ["requested"]
    assert changes("GET", f"/api/now/table/change_request/{sys_id}", user="david.loo").status == 404


def test_flows_take_their_time(changes, instance):
    """With a delay nobody is asked in the moment of the write."""
    instance.switches.change_flow_delay_s = 0.05
    sys_id = submitted(changes)
    assert changes.asked(sys_id) == []
    assert instance.jobs.settle(5)
    assert changes.asked(sys_id) == TEAM


def test_people_without_a_right_are_refused(changes):
    sys_id = submitted(changes)
    with pytest.raises(ApiError, match="security constraints"):
        changes.person("joe.employee", "cancel", sys_id, reason="mine")
