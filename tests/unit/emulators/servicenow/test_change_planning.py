"""Conflicts, free slots, associated items, workers; models, templates and tasks of the Change Management API."""

from __future__ import annotations

import json

import pytest

from integration.emulators.servicenow import change_people
from integration.emulators.servicenow.ids import fixed_id
from integration.emulators.servicenow.registering import save_user

API = "/api/sn_chg_rest/change"
ITEM, OTHER = fixed_id("ci", "prod-k8s-cluster"), fixed_id("ci", "payments-api")
PRODUCER = fixed_id("producer", "Deploy application")
SIX, EIGHT = "2026-09-22 18:00:00", "2026-09-22 20:00:00"
PLANNED = {"cmdb_ci": ITEM, "start_date": SIX, "end_date": EIGHT}


@pytest.fixture
def plan(changes, instance):
    """Workers take no time; plans a schedule."""
    instance.switches.change_worker_delay_s = 0.0

    def keep(kind, start, end, **more):
        return change_people.keep_free(instance, {"kind": kind, "start": start, "end": end, **more})["sys_id"]

    return keep


def checked(changes, sys_id):
    """The kinds of conflicts that a check found."""
    assert changes("POST", f"{API}/{sys_id}/conflict", user="beth.anglin").status == 200
    assert changes.instance.jobs.settle(5)
    found = changes("GET", f"{API}/{sys_id}/conflict", user="beth.anglin").result
    assert (found["status"], found["job_status"], found["record_count"]) == ("Conflict", "2", "1")
    return [each["type"]["value"] for each in found["conflicts"]]


@pytest.mark.parametrize(
    ("kind", "start", "end", "more", "found"),
    [
        ("blackout", SIX, EIGHT, {}, ["blackout"]),
        ("blackout", "2026-09-22 19:59:59", "2026-09-23 00:00:00", {}, ["blackout"]),
        ("blackout", EIGHT, "2026-09-23 00:00:00", {}, []), ("blackout", "2026-09-22 00:00:00", SIX, {}, []),
        ("blackout", SIX, EIGHT, {"items": [OTHER]}, []),
        ("blackout", SIX, EIGHT, {"items": [OTHER, ITEM]}, ["blackout"]),
        ("blackout", "2026-09-01 18:30:00", "2026-09-01 19:00:00", {"repeat_type": "weekly"}, ["blackout"]),
        ("blackout", "2026-09-02 18:30:00", "2026-09-02 19:00:00", {"repeat_type": "weekly"}, []),
        ("blackout", "2026-09-02 18:30:00", "2026-09-02 19:00:00", {"repeat_type": "daily"}, ["blackout"]),
        ("maintenance", "2026-09-22 17:00:00", "2026-09-22 21:00:00", {}, []),
        ("maintenance", "2026-09-22 17:00:00", "2026-09-22 19:00:00", {}, ["not_in_maintenance_window"]),
        ("maintenance", "2026-09-23 17:00:00", "2026-09-23 19:00:00", {"items": [OTHER]}, []),
    ],
)  # fmt: skip
def test_schedules_that_speak_against_a_time(changes, plan, kind, start, end, more, found):
    plan(kind, start, end, **more)
    row = changes.change(**PLANNED)
    assert checked(changes, row["sys_id"]) == found
    stored = changes.change_row(row["sys_id"])
    assert stored["conflict_status"] == ("Conflict" if found else "No Conflict")
    assert stored["conflict_last_run"] == "2026-09-21 14:20:00"


def test_a_blackout_that_is_over_conflicts_no_more(changes, plan, instance):
    blackout = plan("blackout", SIX, EIGHT)
    sys_id = changes.change(**PLANNED)["sys_id"]
    assert checked(changes, sys_id) == ["blackout"]
    change_people.keep_free(instance, {"sys_id": blackout})
    assert checked(changes, sys_id) == []


@pytest.mark.parametrize(
    ("other", "relation", "found"),
    [
        ({"cmdb_ci": ITEM}, None, ["ci_already_scheduled"]), ({"cmdb_ci": OTHER}, None, []),
        ({"cmdb_ci": OTHER}, (OTHER, ITEM), ["parent_already_scheduled"]),
        ({"cmdb_ci": OTHER}, (ITEM, OTHER), ["child_already_scheduled"]),
        ({"cmdb_ci": ITEM, "start_date": EIGHT, "end_date": "2026-09-22 21:00:00"}, None, []),
    ],
)  # fmt: skip
def test_other_changes_that_speak_against_a_time(changes, plan, instance, other, relation, found):
    if relation:
        instance.plant("cmdb_rel_ci", {"parent": relation[0], "child": relation[1]})
    theirs = changes.change(**{**PLANNED, **other})["sys_id"]
    mine = changes.change(**PLANNED)["sys_id"]
    assert checked(changes, mine) == found
    changes.to(theirs, "4")
    assert checked(changes, mine) == []


def test_who_is_planned_for_two_changes_at_once_is_a_conflict(changes, plan):
    beth = fixed_id("user", "beth.anglin")
    changes.change(**{**PLANNED, "cmdb_ci": OTHER}, assigned_to=beth)
    assert checked(changes, changes.change(**PLANNED, assigned_to=beth)["sys_id"]) == ["assigned_to_already_scheduled"]


@pytest.mark.parametrize(("refresh", "status"), [("false", "Not Run"), ("true", "Conflict")])
def test_conflicts_are_looked_for_by_themselves_where_a_property_says_so(changes, plan, instance, refresh, status):
    plan("blackout", SIX, EIGHT)
    instance.plant("sys_properties", {"name": "change.conflict.refresh.conflicts", "value": refresh})
    sys_id = changes.change(cmdb_ci=ITEM)["sys_id"]
    changes("PATCH", f"{API}/{sys_id}", body={"start_date": SIX, "end_date": EIGHT})
    assert changes.change_row(sys_id)["conflict_status"] == status
    assert changes("GET", f"{API}/{sys_id}/conflict").result["status"] == status


def test_affected_items_count_in_the_advanced_mode_only(changes, plan, instance):
    plan("blackout", SIX, EIGHT, items=[OTHER])
    sys_id = changes.change(**PLANNED)["sys_id"]
    instance.plant("task_ci", {"task": sys_id, "ci_item": OTHER})
    assert checked(changes, sys_id) == []
    instance.plant("sys_properties", {"name": "change.conflict.mode", "value": "advanced"})
    assert checked(changes, sys_id) == ["blackout"]


def test_a_conflict_stops_no_step(changes, plan):
    plan("blackout", SIX, EIGHT)
    sys_id = changes.change(**PLANNED)["sys_id"]
    checked(changes, sys_id)
    assert changes.walk(sys_id, "3")["state"] == "3"


@pytest.mark.parametrize("missing", ["cmdb_ci", "start_date", "end_date"])
@pytest.mark.parametrize(("method", "path"), [("POST", "conflict"), ("GET", "schedule")])
def test_without_item_or_dates_nothing_can_be_checked(changes, plan, missing, method, path):
    sys_id = changes.change(**{**PLANNED, missing: ""})["sys_id"]
    assert changes(method, f"{API}/{sys_id}/{path}").status == 400


@pytest.mark.parametrize(("mode", "status"), [("200", 200), ("404", 404)])
def test_before_any_check(changes, instance, mode, status):
    instance.switches.change_conflict_unasked = mode
    answer = changes("GET", f"{API}/{changes.change(**PLANNED)['sys_id']}/conflict")
    assert answer.status == status
    if status == 200:
        assert answer.result == {
            "status": "Not Run", "last_run": "", "record_count": "0", "job_status": "", "conflicts": [],
        }  # fmt: skip


def test_a_check_takes_its_time_and_can_be_cancelled(changes, plan, instance):
    plan("blackout", SIX, EIGHT)
    instance.switches.change_worker_delay_s = 30.0
    sys_id = changes.change(**PLANNED)["sys_id"]
    worker = changes("POST", f"{API}/{sys_id}/conflict").result
    assert changes("GET", f"{API}/worker/{worker}").result["state"] == {"value": 1, "display_value": "Waiting"}
    assert changes("GET", f"{API}/{sys_id}/conflict").result["status"] == "Not Run"
    assert changes("DELETE", f"{API}/{sys_id}/conflict").status == 200
    assert changes("GET", f"{API}/worker/{worker}").result["state"] == {"value": 4, "display_value": "Error"}
    assert changes.change_row(sys_id)["conflict_status"] == "Not Run"


def test_a_check_that_is_cancelled_while_it_runs_finds_nothing(changes, plan, instance):
    plan("blackout", SIX, EIGHT)
    instance.switches.change_worker_delay_s = 0.2
    sys_id = changes.change(**PLANNED)["sys_id"]
    worker = changes("POST", f"{API}/{sys_id}/conflict").result
    assert not instance.jobs.settle(0.15)
    assert changes.row(worker, "chg_mgt_worker")["state"] == "2"
    changes("DELETE", f"{API}/{sys_id}/conflict")
    assert instance.jobs.settle(5)
    assert changes.row(worker, "chg_mgt_worker")["state"] == "4"
    assert changes("GET", f"{API}/{sys_id}/conflict").result["conflicts"] == []


def slots(changes, path):
    """What a schedule's worker ended with."""
    accepted = changes("GET", f"{API}{path}", user="beth.anglin")
    assert accepted.status == 202, accepted.raw
    first = accepted.result
    assert first["state"] == {"value": 1, "display_value": "Waiting"}
    assert first["messages"] == {"errorMessages": [], "warningMessages": [], "infoMessages": []}
    assert first["type"] == "schedule"
    assert first["worker"]["link"] == f"https://dev.example{API}/worker/{first['worker']['sysId']}"
    assert changes.instance.jobs.settle(5)
    return changes("GET", f"{API}/worker/{first['worker']['sysId']}", user="beth.anglin").result


def starts(result):
    return [(span["start"]["value"], span["end"]["value"]) for span in result["payload"]["spans"]]


def test_slots_of_an_item_need_no_change(changes, plan):
    """One in each window that is long enough, around blackouts and what others planned."""
    for day in ("22", "23", "24"):
        plan("maintenance", f"2026-09-{day} 18:00:00", f"2026-09-{day} 22:00:00", items=[ITEM])
    plan("blackout", "2026-09-22 18:00:00", "2026-09-22 23:00:00")
    changes.change(cmdb_ci=ITEM, start_date="2026-09-23 18:00:00", end_date="2026-09-23 19:00:00")
    result = slots(changes, f"/ci/{ITEM}/schedule?duration_in_seconds=7200")
    assert result["state"] == {"value": 3, "display_value": "Complete"}
    assert json.loads(result["request"]) == {
        "cmdb_ci_sys_id": ITEM, "planned_start_time": "", "duration_in_seconds": 7200,
        "timezone": "America/Los_Angeles",
    }  # fmt: skip
    assert starts(result) == [
        ("2026-09-23 19:00:00", "2026-09-23 21:00:00"), ("2026-09-24 18:00:00", "2026-09-24 20:00:00"),
    ]  # fmt: skip
    assert result["payload"]["spans"][0]["start"]["display_value"] == "2026-09-23 12:00:00"


def test_without_any_schedule_now_is_free(changes, plan):
    assert starts(slots(changes, f"/ci/{ITEM}/schedule?duration_in_seconds=60")) == [
        ("2026-09-21 14:20:00", "2026-09-21 14:21:00"),
    ]  # fmt: skip
    later = slots(changes, f"/ci/{ITEM}/schedule?duration_in_seconds=60&planned_start_time=2026-10-01 00:00:00")
    assert starts(later) == [("2026-10-01 00:00:00", "2026-10-01 00:01:00")]


def test_no_slot_is_said_in_words(changes, plan):
    plan("blackout", "2026-09-01 00:00:00", "2027-09-01 00:00:00")
    result = slots(changes, f"/ci/{ITEM}/schedule?duration_in_seconds=60")
    assert "payload" not in result
    assert result["messages"]["infoMessages"] == ["No available time slots found"]


@pytest.mark.parametrize("query", ["", "?duration_in_seconds=soon", "?duration_in_seconds=60&planned_start_time=soon"])
def test_slots_want_a_duration(changes, query):
    assert changes("GET", f"{API}/ci/{ITEM}/schedule{query}").status == 400
    assert changes("GET", f"{API}/ci/{'0' * 32}/schedule?duration_in_seconds=60").status == 400


def test_slots_of_a_change_are_as_long_as_it_is_planned(changes, plan):
    plan("blackout", "2026-09-22 18:00:00", "2026-09-22 19:00:00")
    sys_id = changes.change(**PLANNED)["sys_id"]
    assert starts(slots(changes, f"/{sys_id}/schedule"))[0] == ("2026-09-22 19:00:00", "2026-09-22 21:00:00")


def test_the_first_slot_becomes_the_planned_time(changes, plan):
    sys_id = changes.change(cmdb_ci=ITEM)["sys_id"]
    url = f"{API}/{sys_id}/schedule/first_available"
    assert changes("PATCH", url, user="beth.anglin", body={"duration_in_seconds": "3600"}).status == 202
    assert changes.instance.jobs.settle(5)
    row = changes.change_row(sys_id)
    assert (row["start_date"], row["end_date"]) == ("2026-09-21 14:20:00", "2026-09-21 15:20:00")


@pytest.mark.parametrize(("kept_s", "status"), [(60.0, 404), (0.0, 200)])
def test_a_worker_can_be_asked_for_a_while(changes, plan, instance, clock, kept_s, status):
    instance.switches.change_worker_kept_s = kept_s
    result = slots(changes, f"/ci/{ITEM}/schedule?duration_in_seconds=60")
    clock.advance(61)
    assert changes("GET", f"{API}/worker/{result['worker']['sysId']}").status == status


def test_items_are_associated_by_a_worker(changes, plan):
    sys_id = changes.change()["sys_id"]
    gone, url = "f" * 32, f"{API}/{sys_id}/ci"
    for named in (f"{ITEM},{OTHER}", [ITEM, gone]):
        body = {"association_type": "affected", "cmdb_ci_sys_ids": named}
        worker = changes("POST", url, user="beth.anglin", body=body).result["worker"]["sysId"]
        assert changes.instance.jobs.settle(5)
    listed = changes("GET", f"{url}?association_type=affected").result
    assert [row["ci_item"]["display_value"] for row in listed] == ["prod-k8s-cluster", "payments-api"]
    result = changes("GET", f"{API}/worker/{worker}").result
    assert (result["type"], result["ignored_cmdb_ci_sys_ids"]) == ("affected", [gone])
    assert result["messages"]["infoMessages"] == [f"CMDB_CI sys_id already associated to provided: {ITEM}"]
    assert changes("POST", url, body={"association_type": "near", "cmdb_ci_sys_ids": ITEM}).status == 400


def test_models_and_templates_are_listed(changes):
    names = [each["name"]["value"] for each in changes("GET", f"{API}/model").result]
    assert names == ["Normal", "Standard", "Emergency", "Cloud Infrastructure", "Change Registration"]
    model = changes("GET", f"{API}/model/{fixed_id('change model', 'Normal')}").result
    assert model["record_preset"]["value"] == "type=normal^EQ"
    assert (model["default_change_model"]["value"], model["active"]["value"]) == (True, True)
    assert (model["table_name"]["value"], model["state_field"]["value"]) == ("change_request", "state")
    found = changes("GET", f"{API}/standard/template?sysparm_query=active=true^ORDERBYname", user="beth.anglin").result
    assert [each["name"]["value"] for each in found] == [
        "Clear cache", "Deploy application", "Restart service", "Restart service",
    ]  # fmt: skip
    [one] = changes("GET", f"{API}/standard/template/{PRODUCER}").result
    assert one["template"]["display_value"] == "Deploy application"
    assert changes("GET", f"{API}/standard/template/{'0' * 32}").status == 404


def test_tasks_of_a_change(changes):
    sys_id, other = changes.change()["sys_id"], changes.change()["sys_id"]
    url = f"{API}/{sys_id}/task"
    [made] = changes("POST", f"{url}?short_description=Retire&no_such_field=x", user="beth.anglin",
                     body={"change_request": other, "correlation_id": "chg:1/part"}).result  # fmt: skip
    assert made["__meta"] == {"ignoredFields": ["no_such_field", "change_request"]}
    assert (made["parent"]["value"], made["change_request"]["value"]) == (sys_id, sys_id)
    assert made["correlation_id"]["value"] == "chg:1/part"
    task = made["sys_id"]["value"]
    [patched] = changes("PATCH", f"{url}/{task}", user="beth.anglin", body={"state": "3"}).result
    assert (patched["state"]["display_value"], patched["active"]["value"]) == ("Closed", False)
    assert [row["sys_id"]["value"] for row in changes("GET", url).result] == [task]
    assert changes("PATCH", f"{API}/{other}/task/{task}", body={}).status == 404
    assert changes("DELETE", f"{url}/{task}").result[0]["sys_id"]["value"] == task


def test_who_may_only_read_plans_nothing(changes, instance):
    save_user(instance, {"user_name": "ann", "password": "ann", "roles": ["sn_change_read"]})
    sys_id = changes.change(**PLANNED)["sys_id"]
    assert changes("POST", f"{API}/{sys_id}/conflict", user="ann").status == 403
    assert changes("GET", f"{API}/ci/{ITEM}/schedule?duration_in_seconds=60", user="ann").status == 202
