"""A change from its creation to its end over HTTP: flows and workers take their time, people stand at the door."""

from __future__ import annotations

import pytest
import requests

from integration.emulators.servicenow.ids import fixed_id
from integration.emulators.servicenow.staff import Staff

API = "/api/sn_chg_rest/change"
ITEM = fixed_id("ci", "prod-k8s-cluster")
NEW = {
    "short_description": "Deploy shop 2.3.0",
    "encrypted_fields": "assignment_group",
    "assignment_group": "DevOps Team",
}


@pytest.fixture
def staff(clean_emulator):
    """An instance whose flows and workers take a while, but not long."""
    door = Staff(f"{clean_emulator}/_admin", "ServiceNow", timeout_s=10)
    door.send("PATCH", "config", json={"change_flow_delay_s": 0.01, "change_worker_delay_s": 0.01})
    return door


@pytest.fixture
def call(clean_emulator):
    def send(method, path, **body):
        with requests.request(
            method, f"{clean_emulator}{path}", json=body or None, auth=("beth.anglin", "beth.anglin"), timeout=10
        ) as answer:
            return answer.status_code, answer.json()["result"]

    return send


def test_people_decide_and_the_caller_walks_the_rest(staff, call):
    status, [made] = call("POST", f"{API}/normal", **NEW)
    sys_id, number = made["sys_id"]["value"], made["number"]["value"]
    assert (status, made["state"]["value"]) == (200, -5)
    call("PATCH", f"{API}/{sys_id}", state="-4")
    for who in ("david.loo", "don.goodliffe"):
        assert staff.settle(10)
        staff.on_change(who, "approve", number, comments="Fine.")
    assert staff.settle(10)
    [row] = staff.rows("change_request", sys_id=sys_id)
    assert (row["state"], row["approval"]) == ("-2", "approved")
    for state, words in (("-1", {}), ("0", {}), ("3", {"close_code": "successful", "close_notes": "Done."})):
        status, shown = call("PATCH", f"{API}/{sys_id}", state=state, **words)
        assert (status, shown["state"]["value"]) == (200, float(state))
        assert staff.settle(10)
    assert {task["state"] for task in staff.rows("change_task", change_request=sys_id)} == {"4"}


def test_what_the_door_refuses_is_said_in_words(staff, call):
    _, [made] = call("POST", f"{API}/normal", **NEW)
    number = made["number"]["value"]
    for by, do, change, why in (
        ("david.loo", "approve", number, "is not asked to approve"), ("nobody", "cancel", number, "there is no user"),
        ("beth.anglin", "explode", number, "do is one of"), ("beth.anglin", "cancel", "CHG1", "there is no change"),
        ("beth.anglin", "hold", number, "reason is needed"), ("beth.anglin", "close_task", number, "no such task"),
        ("beth.anglin", "move", number, "state is needed"),
    ):  # fmt: skip
        with pytest.raises(RuntimeError, match=why):
            staff.on_change(by, do, change)


def test_a_blackout_comes_and_goes(staff, call):
    planned = {"start_date": "2026-12-01 10:00:00", "end_date": "2026-12-01 12:00:00", "cmdb_ci": ITEM}
    blackout = staff.keep_free(kind="blackout", start="2026-12-01 11:00:00", end="2026-12-01 13:00:00", items=[ITEM])
    _, [made] = call("POST", f"{API}/normal", **NEW, **planned)
    path = f"{API}/{made['sys_id']['value']}/conflict"
    for found in (["Blackout"], []):
        call("POST", path)
        assert staff.settle(10)
        assert [each["type"]["display_value"] for each in call("GET", path)[1]["conflicts"]] == found
        if found:
            staff.keep_free(sys_id=blackout)
    for wrong in ({"kind": "party"}, {"kind": "blackout", "start": "soon", "end": "later"}, {"sys_id": "0"}):
        with pytest.raises(RuntimeError, match="ServiceNow"):
            staff.keep_free(**wrong)
