"""Whatever people and callers do, in whichever order: nothing is deployed that was not approved."""

from __future__ import annotations

from contextlib import suppress
from itertools import pairwise

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from integration.emulators.servicenow.errors import ApiError
from tests.unit.emulators.servicenow.test_change_states import (
    ASSESS,
    AUTHORIZE,
    CANCELED,
    CLOSED,
    CLOSING,
    IMPLEMENT,
    NEW,
    REVIEW,
    SCHEDULED,
    STEPS,
)

API = "/api/sn_chg_rest/change"
AUTOMATIC = {
    (ASSESS, AUTHORIZE), (ASSESS, NEW), (AUTHORIZE, SCHEDULED), (AUTHORIZE, NEW), (IMPLEMENT, REVIEW),
}  # fmt: skip
BOARDS = {"normal": 2, "emergency": 1, "standard": 0}
"""How many groups approve before it is scheduled."""
DEEDS = st.one_of(
    st.tuples(st.just("state"), st.sampled_from([ASSESS, AUTHORIZE, SCHEDULED, IMPLEMENT, REVIEW, CLOSED, CANCELED])),
    st.tuples(st.just("next"), st.just("")),
    st.tuples(st.sampled_from(["approve", "approve", "reject"]), st.integers(0, 1)),
    st.tuples(st.sampled_from(["hold", "unhold", "revert", "close_task"]), st.just("")),
    st.tuples(st.just("write"), st.sampled_from(["approval", "on_hold_reason", "short_description"])),
)


def do(changes, sys_id, deed, more):
    if deed == "state":
        changes.to(sys_id, more, **CLOSING)
    elif deed == "next":
        offered = changes("GET", f"{API}/{sys_id}/nextstates").result["available_states"]
        onward = [state for state in offered if state not in (CANCELED, changes.change_row(sys_id)["state"])]
        for state in onward[:1]:
            assert changes.to(sys_id, state).status == 200
    elif deed in ("approve", "reject"):
        asked = changes.asked(sys_id)
        if asked:
            changes.person(asked[more % len(asked)], deed, sys_id, comments="So it is.")
    elif deed == "write":
        changes("PATCH", f"{API}/{sys_id}", user="beth.anglin", body={more: "approved"})
    else:
        with suppress(ApiError, ValueError):
            changes.person("beth.anglin", deed, sys_id, reason="wait")


def approved_by(changes, sys_id):
    """How many groups approved in the present run."""
    run = str(changes.instance.flows.runs.get(sys_id, 0))
    rows = changes.instance.store.find("sysapproval_approver", sysapproval=sys_id, iteration=run)
    return len({row["group"] for row in rows if row["state"] == "approved"})


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(kind=st.sampled_from(sorted(STEPS)), deeds=st.lists(DEEDS, max_size=20))
def test_only_what_all_boards_approved_is_ever_scheduled(changes, kind, deeds):
    """Each step is one of its model, none is made on hold but canceling, and pending approvals end with the change."""
    sys_id = changes.change(kind)["sys_id"]
    seen = [changes.change_row(sys_id)]
    for deed, more in deeds:
        do(changes, sys_id, deed, more)
        seen.append(changes.change_row(sys_id))
        row = seen[-1]
        if row["state"] in (SCHEDULED, IMPLEMENT, REVIEW, CLOSED):
            assert approved_by(changes, sys_id) == BOARDS[kind]
            assert row["approval"] == "approved"
        if row["state"] in (NEW, CANCELED, CLOSED) or row["on_hold"] == "true":
            assert changes.asked(sys_id) == []
    for before, after in pairwise(seen):
        step = before["state"], after["state"]
        assert step[0] == step[1] or step in AUTOMATIC or step[1] in STEPS[kind][step[0]]
        assert before["on_hold"] != "true" or after["on_hold"] != "true" or step[1] in (step[0], CANCELED)
    assert changes.instance.store.rows("syslog") == []
