"""The Change Management API: calls, shapes, what is ignored, who may, and how it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from integration.emulators.servicenow.ids import fixed_id
from integration.emulators.servicenow.registering import save_user

API = "/api/sn_chg_rest/change"
TEAM, ITEM = fixed_id("group", "DevOps Team"), fixed_id("ci", "prod-k8s-cluster")
PRODUCER = fixed_id("producer", "Deploy application")
DOCUMENTED = json.loads((Path(__file__).parent / "payloads" / "change_get_one.json").read_text())["fields"]
NOT_COLUMNS = {"variables"}
"""Of the sample, what is a pool of catalog variables."""


def kind_of(field):
    value = field["value"]
    if "display_value_internal" in field:
        return "time"
    return "boolean" if isinstance(value, bool) else "number" if isinstance(value, (int, float)) else "text"


def test_one_change_has_the_documented_fields_with_values_of_these_kinds(changes):
    shown = changes("GET", f"{API}/{changes.change()['sys_id']}").result
    assert {name: kind_of(shown[name]) for name in DOCUMENTED if name not in NOT_COLUMNS} == {
        name: kind for name, kind in DOCUMENTED.items() if name not in NOT_COLUMNS
    }


def test_values_are_typed_and_displayed(changes):
    made = changes("POST", "/api/sn_chg_rest/v1/change", body={"type": "normal"})
    shown = made.result
    assert shown["state"] == {"display_value": "New", "value": -5}
    assert shown["priority"] == {"display_value": "4 - Low", "value": 4}
    assert shown["on_hold"] == {"display_value": "false", "value": False}
    assert shown["chg_model"]["display_value"] == "Normal"
    assert shown["assignment_group"] == {"display_value": "", "value": ""}
    assert shown["start_date"] == {"display_value": "", "value": "", "display_value_internal": ""}
    assert shown["sla_due"] == {"display_value": "UNKNOWN", "value": "", "display_value_internal": ""}
    assert shown["number"]["value"] == "CHG0030001"
    raw = changes("GET", f"{API}/{shown['sys_id']['value']}").raw
    assert b'"state": {"display_value": "New", "value": -5.0}' in raw


def test_times_are_utc_and_shown_in_the_callers_zone(changes):
    row = changes.change(start_date="2026-09-21 16:00:00")
    assert changes("GET", f"{API}/{row['sys_id']}").result["start_date"] == {
        "value": "2026-09-21 16:00:00", "display_value": "2026-09-21 09:00:00",
        "display_value_internal": "2026-09-21 09:00:00",
    }  # fmt: skip


@pytest.mark.parametrize(("mode", "state", "bare"), [("typed", -5, False), ("text", "-5", True)])
def test_values_may_be_text(changes, instance, mode, state, bare):
    """The page's older samples."""
    instance.switches.change_values = mode
    [made] = changes("POST", f"{API}/normal", body={}).result
    assert (made["state"]["value"], isinstance(made["sys_id"], str)) == (state, bare)


@pytest.mark.parametrize("mode", ["list", "object"])
@pytest.mark.parametrize(
    ("path", "listed"),
    [
        ("", False), ("/normal", True), ("/emergency", True), (f"/standard/{PRODUCER}", True),
    ],
)  # fmt: skip
def test_a_creation_is_a_list_of_one_where_its_type_stands_in_the_path(changes, instance, path, listed, mode):
    instance.switches.change_one_as = mode
    answer = changes("POST", API + path, user="beth.anglin", body={"short_description": "Deploy"})
    assert answer.status == 200
    assert isinstance(answer.result, list) is (listed and mode == "list")


@pytest.mark.parametrize(
    ("given", "kind", "model"),
    [
        ({"chg_model": "Emergency"}, "emergency", "Emergency"), ({"type": "Emergency"}, "emergency", "Emergency"),
        ({"chg_model": fixed_id("change model", "Normal"), "type": "emergency"}, "normal", "Normal"),
        ({"chg_model": "Change Registration"}, "standard", "Change Registration"), ({}, "normal", "Normal"),
    ],
)  # fmt: skip
def test_the_model_drives_it_and_a_type_alone_stands_for_the_model_of_its_name(changes, given, kind, model):
    made = changes("POST", API, body=given).result
    assert (made["type"]["value"], made["chg_model"]["display_value"]) == (kind, model)


@pytest.mark.parametrize("given", [{"chg_model": "Nobody's"}, {"type": "sudden"}])
def test_no_such_model_or_type(changes, given):
    assert changes("POST", API, body=given).status == 400


def test_the_body_wins_over_the_query_and_what_cannot_be_written_is_named(changes):
    url = f"{API}/normal?short_description=query&description=query&no_such_field=x"
    [made] = changes("POST", url, body={"short_description": "body", "number": "CHG1", "sys_id": "a" * 32}).result
    assert (made["short_description"]["value"], made["description"]["value"]) == ("body", "query")
    assert made["__meta"] == {"ignoredFields": ["no_such_field", "number", "sys_id"]}
    assert made["sys_id"]["value"] != "a" * 32
    sys_id = made["sys_id"]["value"]
    assert "__meta" not in changes("PATCH", f"{API}/{sys_id}", body={"short_description": "more"}).result
    patched = changes("PATCH", f"{API}/{sys_id}", body={"approval": "approved", "type": "standard"}).result
    assert patched["__meta"] == {"ignoredFields": ["approval", "type"]}
    assert (patched["approval"]["value"], patched["type"]["value"]) == ("not requested", "normal")


@pytest.mark.parametrize(("honoured", "kept"), [(False, False), (True, True)])
def test_the_clients_sys_id(changes, instance, honoured, kept):
    instance.switches.change_honours_sys_id = honoured
    [made] = changes("POST", f"{API}/normal", body={"sys_id": "a" * 32}).result
    assert (made["sys_id"]["value"] == "a" * 32) is kept


def test_a_name_among_the_ignored_ones_may_have_been_written(changes, instance):
    instance.switches.change_named_ignored = ["description"]
    [made] = changes("POST", f"{API}/normal", body={"description": "words"}).result
    assert (made["description"]["value"], made["__meta"]["ignoredFields"]) == ("words", ["description"])


@pytest.mark.parametrize(
    ("switches", "given", "status", "group"),
    [
        ({}, {"assignment_group": "DevOps Team"}, 200, "DevOps Team"),
        ({"change_names": "resolved"}, {"assignment_group": "DevOps Team"}, 200, TEAM),
        ({"change_names": "500"}, {"assignment_group": "DevOps Team"}, 500, ""),
        ({}, {"assignment_group": "DevOps Team", "encrypted_fields": "risk, assignment_group"}, 200, TEAM),
        ({"change_label_twice": "none"}, {"assignment_group": "DevOps Team", "encrypted_fields": "assignment_group"},
         200, TEAM),
        ({}, {"assignment_group": "Nobody", "encrypted_fields": "assignment_group"}, 200, ""),
        ({"change_label_unknown": "500"}, {"assignment_group": "Nobody", "encrypted_fields": "assignment_group"}, 500,
         ""),
        ({}, {"assignment_group": "Database", "encrypted_fields": "assignment_group"}, 200,
         fixed_id("group", "Database.0")),
        ({"change_label_twice": "none"}, {"assignment_group": "Database", "encrypted_fields": "assignment_group"}, 200,
         ""),
    ],
)  # fmt: skip
def test_names_of_groups(changes, instance, switches, given, status, group):
    """Without `encrypted_fields` a name is stored as it is, and leads nowhere."""
    instance.switches.update(switches)
    answer = changes("POST", f"{API}/normal", user="beth.anglin", body=given)
    assert answer.status == status
    if status == 200:
        assert answer.result[0]["assignment_group"]["value"] == group


@pytest.mark.parametrize(("scale", "value"), [("four", "2"), ("three", "1")])
def test_what_a_risk_is_called_stays_where_its_value_differs(changes, instance, scale, value):
    instance.switches.change_risks = scale
    instance.switched()
    given = {"risk": "High", "encrypted_fields": "risk"}
    [made] = changes("POST", f"{API}/normal", body=given).result
    assert made["risk"] == {"display_value": "High", "value": int(value)}


def test_a_list_is_filtered_paged_and_searched(changes):
    for kind, words in (("normal", "alpha"), ("normal", "beta"), ("emergency", "alpha")):
        changes.change(kind, short_description=words)
    numbers = lambda path: [each["number"]["value"] for each in changes("GET", API + path).result]  # noqa: E731
    assert numbers("?sysparm_query=ORDERBYDESCnumber") == ["CHG0030003", "CHG0030002", "CHG0030001"]
    assert numbers("?sysparm_query=ORDERBYnumber&sysparm_limit=1&sysparm_offset=1") == ["CHG0030002"]
    assert numbers("/normal?sysparm_query=short_descriptionLIKEalpha^no_such=1") == ["CHG0030001"]
    assert numbers("/emergency?short_description=alpha") == ["CHG0030003"]
    assert numbers("?textSearch=beta") == ["CHG0030002"]
    assert numbers("/standard") == []


@pytest.mark.parametrize(("method", "path"), [
    ("GET", ""), ("PATCH", ""), ("DELETE", ""), ("GET", "/nextstates"), ("PATCH", "/approvals"),
])  # fmt: skip
def test_what_is_not_there_is_404(changes, method, path):
    answer = changes(method, f"{API}/{'0' * 32}{path}", body={"state": "approved"} if method == "PATCH" else None)
    assert answer.refusal[:2] == (404, "No Record found")


def test_a_change_of_another_type_is_not_there(changes):
    sys_id = changes.change("normal")["sys_id"]
    assert changes("GET", f"{API}/emergency/{sys_id}").status == 404
    assert changes("GET", f"{API}/normal/{sys_id}").result[0]["sys_id"]["value"] == sys_id
    assert isinstance(changes("GET", f"{API}/{sys_id}").result, dict)


ROLES = {
    (): (403, 403, 403, 403), ("sn_change_read",): (200, 403, 403, 403), ("sn_change_write",): (200, 403, 403, 403),
    ("itil",): (200, 200, 200, 403), ("change_manager",): (200, 200, 200, 200), ("admin",): (200, 200, 200, 200),
}  # fmt: skip


@pytest.mark.parametrize(("roles", "statuses"), ROLES.items())
def test_who_may_do_what(changes, instance, roles, statuses):
    """GET, POST, PATCH, DELETE; `sn_change_write` alone writes by the Table API only."""
    sys_id = changes.change()["sys_id"]
    save_user(instance, {"user_name": "ann", "password": "ann", "roles": list(roles)})
    calls = (("GET", f"/{sys_id}"), ("POST", "/normal"), ("PATCH", f"/{sys_id}"), ("DELETE", f"/{sys_id}"))
    assert tuple(changes(method, API + path, user="ann", body={}).status for method, path in calls) == statuses
    if roles == ("sn_change_write",):
        table = changes("POST", "/api/now/table/change_request", user="ann", body={"short_description": "x"})
        assert table.status == 201
        instance.switches.change_by_sn_change_write = True
        assert changes("POST", f"{API}/normal", user="ann", body={}).status == 200


def test_without_the_plugin_there_is_no_such_resource(changes, instance):
    instance.switches.change_api = False
    refused = (400, "Requested URI does not represent any resource", None)
    assert changes("POST", f"{API}/normal", body={}).refusal == refused


def test_the_table_api_makes_the_same_changes(changes):
    made = changes.create("change_request", user="beth.anglin", short_description="x", type="emergency")
    row = changes.change_row(made["sys_id"])
    assert (row["number"], row["state"], row["approval"]) == ("CHG0030001", "-5", "not requested")
    assert changes("GET", f"{API}/{row['sys_id']}").result["chg_model"]["display_value"] == "Emergency"
    changes.patch(row["sys_id"], table="change_request", user="beth.anglin", approval="approved")
    assert changes.change_row(row["sys_id"])["approval"] == "not requested"


def test_a_standard_change_has_its_templates_fields_and_keeps_its_texts(changes):
    given = {"description": "mine", "backout_plan": "mine", "short_description": "Deploy 2.3.0", "start_date":
             "2026-09-21 16:00:00"}  # fmt: skip
    [made] = changes("POST", f"{API}/standard/{PRODUCER}", user="beth.anglin", body=given).result
    assert made["description"]["value"] == "Deploy application as agreed"
    assert made["short_description"]["value"] == "Deploy 2.3.0"
    assert made["std_change_producer_version"]["display_value"] == "Deploy application - 1"
    assert made["__meta"]["ignoredFields"] == ["description", "backout_plan"]
    sys_id = made["sys_id"]["value"]
    refused = changes("PATCH", f"{API}/{sys_id}", user="beth.anglin", body={"test_plan": "mine"})
    assert refused.status == 400
    assert "aborted by Business Rule 'Restrict fields from Standard Change^" in refused.refusal[1]
    assert changes.to(sys_id, "-2").result["state"]["value"] == -2


@pytest.mark.parametrize(("approved", "approval"), [(True, "approved"), (False, "not requested")])
@pytest.mark.parametrize(("leaves", "state"), [(False, "-5"), (True, "-2")])
def test_a_standard_change_is_approved_where_it_leaves_new(changes, instance, approved, approval, leaves, state):
    instance.switches.update({"change_standard_approved": approved, "change_standard_leaves_new": leaves})
    row = changes.change("standard")
    assert row["state"] == state
    changes.walk(row["sys_id"], "-2")
    assert changes.change_row(row["sys_id"])["approval"] == approval


@pytest.mark.parametrize(("kept", "value"), [(False, ""), (True, "chg:1")])
def test_a_standard_change_and_the_callers_key(changes, instance, kept, value):
    instance.switches.change_standard_correlation = kept
    given = {"correlation_id": "chg:1"}
    [made] = changes("POST", f"{API}/standard/{PRODUCER}", user="beth.anglin", body=given).result
    assert made["correlation_id"]["value"] == value
    assert ("__meta" in made) is not kept
    assert changes("PATCH", f"{API}/{made['sys_id']['value']}", body=given).result["correlation_id"]["value"] == "chg:1"


@pytest.mark.parametrize(("switched", "status"), [(404, 404), (400, 400)])
def test_a_retired_template(changes, instance, switched, status):
    instance.switches.change_retired_status = switched
    retired = fixed_id("producer", "Patch server")
    assert changes("POST", f"{API}/standard/{retired}", body={}).status == status
    assert changes("POST", f"{API}/standard/{'0' * 32}", body={}).status == 404
    template = changes.row(PRODUCER, "std_change_record_producer")["template"]
    assert changes("POST", f"{API}/standard/{template}", body={}).status == 404


def test_a_standard_change_of_the_table_api_leads_nowhere(changes):
    """It has the template's version and none of its texts, and its rule lets nobody write them."""
    version = changes.row(PRODUCER, "std_change_record_producer")["current_version"]
    made = changes.create(
        "change_request", user="beth.anglin", type="standard", std_change_producer_version=version,
        short_description="Deploy", assignment_group=TEAM,
    )  # fmt: skip
    assert changes.to(made["sys_id"], "-2").status == 400
    assert changes.to(made["sys_id"], "-5", implementation_plan="mine").status == 400
    body = {"type": "standard", "std_change_producer_version": version, "implementation_plan": "mine"}
    refused = changes("POST", "/api/now/table/change_request", user="beth.anglin", body=body).refusal
    assert "Restrict fields from Standard Change" in refused[2]


def test_the_item_changes_in_new_only(changes):
    sys_id = changes.change()["sys_id"]
    changes("PATCH", f"{API}/{sys_id}", body={"cmdb_ci": ITEM})
    changes.to(sys_id, "-4")
    patched = changes("PATCH", f"{API}/{sys_id}", body={"cmdb_ci": fixed_id("ci", "payments-api")}).result
    assert (patched["cmdb_ci"]["value"], patched["__meta"]["ignoredFields"]) == (ITEM, ["cmdb_ci"])


def test_the_group_of_its_item_is_assigned_where_nobody_is_named(changes, instance):
    instance.plant("cmdb_ci", {**changes.row(ITEM, "cmdb_ci"), "change_control": TEAM})
    assert changes.change(cmdb_ci=ITEM, assignment_group="")["assignment_group"] == TEAM


@pytest.mark.parametrize("status", [400, 403, 500])
def test_the_cause_of_a_refusal_stands_in_the_message(changes, instance, status):
    """A rule, and a data policy, by this API and by the Table API."""
    instance.switches.change_refusal_status = status
    instance.switches.mandatory = [
        {"table": "change_request", "condition": "description=x", "fields": ["justification"]}
    ]
    sys_id = changes.change()["sys_id"]
    policy = "Data Policy Exception: \n\tThe following fields are mandatory: Justification"
    for body, detail in (({"state": "3"}, "Operation against file"), ({"description": "x"}, policy)):
        refused = changes("PATCH", f"{API}/{sys_id}", user="beth.anglin", body=body).refusal
        assert refused[0] == status
        assert refused[1].startswith(f"Change Request record could not be updated. {detail}")
        assert refused[2] == ""
        table = changes.patch(sys_id, table="change_request", user="beth.anglin", **body).refusal
        assert table[:2] == (403, "Operation Failed")
        assert table[2].startswith(detail)
