"""Which step a change takes: the transitions of its model, with their conditions, over both APIs and in the forms."""

from __future__ import annotations

import pytest

NEW, ASSESS, AUTHORIZE, SCHEDULED, IMPLEMENT, REVIEW, CLOSED, CANCELED = "-5", "-4", "-3", "-2", "-1", "0", "3", "4"
ALL = (NEW, ASSESS, AUTHORIZE, SCHEDULED, IMPLEMENT, REVIEW, CLOSED, CANCELED)
RULE = "Change Model: Check State Transition"
DETAIL = (
    f"Operation against file 'change_request' was aborted by Business Rule '{RULE}^b6dae9e15317101034d1ddeeff7b1278'."
    f" Business Rule Stack:{RULE}"
)
API = "/api/sn_chg_rest/change"
STEPS = {
    "normal": {
        NEW: {ASSESS, CANCELED}, ASSESS: {NEW, CANCELED}, AUTHORIZE: {CANCELED}, SCHEDULED: {IMPLEMENT, CANCELED},
        IMPLEMENT: {REVIEW, CANCELED}, REVIEW: {CLOSED}, CLOSED: set(), CANCELED: set(),
    },
    "emergency": {
        NEW: {AUTHORIZE, CANCELED}, AUTHORIZE: {NEW, CANCELED}, SCHEDULED: {IMPLEMENT, CANCELED},
        IMPLEMENT: {REVIEW, CANCELED}, REVIEW: {CLOSED}, CLOSED: set(), CANCELED: set(),
    },
    "standard": {
        NEW: {SCHEDULED, CANCELED}, SCHEDULED: {IMPLEMENT, CANCELED}, IMPLEMENT: {REVIEW, CANCELED}, REVIEW: {CLOSED},
        CLOSED: set(), CANCELED: set(),
    },
}  # fmt: skip
"""What may be written in each state, closing words given."""
EVERY = [(kind, state, after) for kind, rows in STEPS.items() for state in rows for after in ALL if after != state]
CLOSING = {"close_code": "successful", "close_notes": "Done."}


def in_state(changes, kind, state):
    sys_id = changes.change(kind)["sys_id"]
    if state == CANCELED:
        changes.to(sys_id, CANCELED)
        return sys_id
    changes.walk(sys_id, state)
    return sys_id


@pytest.mark.parametrize(("kind", "state", "after"), EVERY)
def test_only_the_steps_of_its_model_may_be_written(changes, kind, state, after):
    sys_id = in_state(changes, kind, state)
    answer = changes("PATCH", f"/api/now/table/change_request/{sys_id}", user="beth.anglin",
                     body={"state": after, **CLOSING})  # fmt: skip
    may = after in STEPS[kind][state]
    assert answer.status == (200 if may else 403)
    assert changes.change_row(sys_id)["state"] == (after if may else state)
    if not may:
        assert answer.refusal == (403, "Operation Failed", DETAIL)


@pytest.mark.parametrize(("kind", "state"), [(kind, state) for kind, rows in STEPS.items() for state in rows])
def test_nextstates_tells_what_may_be_written(changes, kind, state):
    """Closing words are not there yet, so that Closed is not offered until they are."""
    sys_id = in_state(changes, kind, state)
    result = changes("GET", f"{API}/{sys_id}/nextstates", user="beth.anglin").result
    assert set(result["available_states"]) == (STEPS[kind][state] - {CLOSED}) | {state}
    assert result["available_states"][-1] == state
    assert set(result["state_label"]) == set(result["available_states"])


def test_nextstates_names_the_conditions_of_each_way(changes):
    """One list for each state, one object for each set of conditions; what is automatic is nobody's to write."""
    sys_id = in_state(changes, "normal", IMPLEMENT)
    review, canceled = changes("GET", f"{API}/{sys_id}/nextstates").result["state_transitions"]
    told = [
        (way["display_value"], way["from_state"], way["to_state"], way["automatic_transition"],
         way["transition_available"], [(each["condition"]["name"], each["passed"]) for each in way["conditions"]])
        for way in (*review, *canceled)
    ]  # fmt: skip
    assert told == [
        ("Implement to Review", "-1", "0", True, False, [("No active Change Tasks", False)]),
        ("Implement to Review", "-1", "0", False, True, [("Not On hold", True)]),
        ("Implement to Canceled", "-1", "4", False, True, []),
    ]
    assert review[0]["conditions"][0]["condition"]["description"] is None


def test_a_change_that_only_has_a_type_has_states_and_no_transitions(changes, instance):
    """Where types are kept compatible, a type alone names no model."""
    [row] = instance.store.find("sys_properties", name="com.snc.change_management.change_model.type_compatibility")
    instance.plant("sys_properties", {**row, "value": "true"})
    sys_id = changes.change("normal")["sys_id"]
    assert changes.change_row(sys_id)["chg_model"] == ""
    result = changes("GET", f"{API}/{sys_id}/nextstates").result
    assert set(result) == {"available_states", "state_label"}
    assert changes.to(sys_id, ASSESS).status == 200
    assert changes.to(sys_id, IMPLEMENT).status == 400


@pytest.mark.parametrize("field", ["assignment_group", "short_description"])
def test_it_is_not_submitted_without_group_and_words(changes, field):
    sys_id = changes.change(**{field: ""})["sys_id"]
    assert changes.to(sys_id, ASSESS).refusal == (
        400, f"Change Request record could not be updated. {DETAIL}", "",
    )  # fmt: skip
    assert changes.to(sys_id, ASSESS, assignment_group="DevOps Team", short_description="words").status == 200


@pytest.mark.parametrize("missing", ["close_code", "close_notes"])
def test_it_is_not_closed_without_code_and_notes(changes, missing):
    sys_id = changes.change()["sys_id"]
    changes.walk(sys_id, REVIEW)
    told = {name: value for name, value in CLOSING.items() if name != missing}
    assert changes.to(sys_id, CLOSED, **told).status == 400
    assert changes.to(sys_id, CLOSED, **CLOSING).status == 200
    row = changes.change_row(sys_id)
    assert (row["active"], row["close_code"], row["closed_at"]) == ("false", "successful", "2026-09-21 14:20:00")


@pytest.mark.parametrize(
    ("mode", "status", "state"), [("dropped", 201, NEW), ("kept", 201, "-3"), ("refused", 403, "")]
)
def test_a_later_state_at_creation(changes, instance, mode, status, state):
    """Dropped, the change is New; kept, it has nobody to approve it and can only be cancelled."""
    instance.switches.change_state_at_creation = mode
    body = {"short_description": "Deploy", "state": AUTHORIZE}
    answer = changes("POST", "/api/now/table/change_request", user="beth.anglin", body=body)
    assert answer.status == status
    if status == 403:
        assert answer.refusal == (403, "Operation Failed", DETAIL)
        return
    sys_id = answer.result["sys_id"]
    assert (answer.result["state"], changes.approvals(sys_id)) == (state, [])
    offered = changes("GET", f"{API}/{sys_id}/nextstates").result["available_states"]
    assert offered == ([CANCELED, NEW] if mode == "dropped" else [CANCELED, AUTHORIZE])


def test_where_rest_may_write_no_state_people_still_may(changes, instance):
    sys_id = changes.change()["sys_id"]
    instance.switches.change_steps = "none"
    assert changes.to(sys_id, ASSESS).status == 400
    changes.person("beth.anglin", "move", sys_id, state=ASSESS)
    assert changes.change_row(sys_id)["state"] == ASSESS


@pytest.mark.parametrize(("mode", "status"), [("403", 400), ("dropped", 200)])
def test_an_illegal_state_is_refused_or_dropped(changes, instance, mode, status):
    instance.switches.change_illegal_state = mode
    sys_id = changes.change()["sys_id"]
    answer = changes.to(sys_id, IMPLEMENT, description="kept")
    assert (answer.status, changes.change_row(sys_id)["state"]) == (status, NEW)
    assert changes.change_row(sys_id)["description"] == ("kept" if status == 200 else "")


@pytest.mark.parametrize(
    ("enforced", "start", "end", "status"),
    [
        (False, "2030-01-01 00:00:00", "2030-01-02 00:00:00", 200), (True, "2030-01-01 00:00:00", "", 400),
        (True, "", "2026-01-01 00:00:00", 400), (True, "2026-09-21 14:20:00", "2026-09-21 14:20:00", 200),
        (True, "", "", 200),
    ],
)  # fmt: skip
def test_planned_dates_bind_where_switched_so(changes, instance, enforced, start, end, status):
    instance.switches.change_dates_enforced = enforced
    sys_id = changes.change(start_date=start, end_date=end)["sys_id"]
    changes.walk(sys_id, SCHEDULED)
    assert changes.to(sys_id, IMPLEMENT).status == status


@pytest.mark.parametrize(("walks", "state"), [(False, "-1"), (True, "0")])
def test_a_batch_moves_a_change_once(changes, instance, walks, state):
    """Between two of its parts no flow runs."""
    instance.switches.change_batch_walks = walks
    sys_id = changes.change()["sys_id"]
    changes.walk(sys_id, SCHEDULED)
    part = {
        "method": "PATCH", "url": f"{API}/{sys_id}", "headers": [{"name": "Content-Type", "value": "application/json"}],
    }  # fmt: skip
    parts = [
        {**part, "id": "1", "body": "eyJzdGF0ZSI6ICItMSJ9"}, {**part, "id": "2", "body": "eyJzdGF0ZSI6ICIwIn0="},
    ]  # fmt: skip
    body = {"batch_request_id": "1", "rest_requests": parts}
    served = changes("POST", "/api/now/v1/batch", user="beth.anglin", body=body).json["serviced_requests"]
    assert [each["status_code"] for each in served] == [200, 200 if walks else 400]
    assert changes.change_row(sys_id)["state"] == state


@pytest.mark.parametrize(
    ("labels", "given", "state"),
    [(True, "assess", "-4"), (True, "Assess", "-4"), (True, -4, "-4"), (False, "Assess", "-5"), (False, "-4", "-4")],
)
def test_states_by_label(changes, instance, labels, given, state):
    instance.switches.change_state_labels = labels
    sys_id = changes.change()["sys_id"]
    assert changes.to(sys_id, given).status == 200
    assert changes.change_row(sys_id)["state"] == state


def test_a_model_of_ones_own_has_states_of_its_own(changes, instance):
    """Models are records: a state, its transitions, a condition in JavaScript, and who is asked there."""
    model = instance.plant("chg_model", {"name": "Pipeline", "record_preset": "type=normal^EQ"})["sys_id"]
    for value, label in (("10", "Draft"), ("20", "Deploying")):
        instance.plant("sys_choice", {
            "name": "change_request", "element": "state", "value": value, "label": label, "inactive": "false",
        })  # fmt: skip
        instance.plant("chg_model_state", {
            "chg_model": model, "state": value, "initial_state": str(value == "10").lower(),
        })  # fmt: skip
    step = instance.plant("sttrm_state_transition", {
        "chg_model": model, "name": "Draft to Deploying", "from_state": "10", "to_state": "20", "active": "true",
    })  # fmt: skip
    instance.plant("sttrm_transition_condition", {
        "name": "Justified", "transition": step["sys_id"], "script": "current.justification == 'agreed'",
    })  # fmt: skip
    made = changes("POST", API, user="beth.anglin", body={"chg_model": "Pipeline", "short_description": "Deploy"})
    sys_id = made.result["sys_id"]["value"]
    assert made.result["state"] == {"display_value": "Draft", "value": 10}
    assert changes.to(sys_id, "20").status == 400
    assert changes.to(sys_id, "20", justification="agreed").status == 200
    offered = changes("GET", f"{API}/{sys_id}/nextstates").result
    assert (offered["available_states"], offered["state_label"]) == (["20"], {"20": "Deploying"})
