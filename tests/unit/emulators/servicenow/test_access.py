"""Who sees and writes what: rows that vanish, fields that are dropped, refusals that say so, and the switches."""

from __future__ import annotations

import base64

import pytest

from integration.emulators.servicenow.ids import fixed_id
from integration.emulators.servicenow.registering import change_roles, save_user
from integration.emulators.servicenow.roles import CONTAINS, GRANTS, allows, closure

ABEL = fixed_id("user", "abel.tuter")
CLOSURE = {"close_code": "User error", "close_notes": "done"}
INSERT_REFUSED = (403, "Operation Failed", "ACL Exception Insert Failed due to security constraints")
UPDATE_REFUSED = (403, "Operation Failed", "ACL Exception Update Failed due to security constraints")
DELETE_REFUSED = (403, "Operation Failed", "ACL Exception Delete Failed due to security constraints")
NO_RECORD = (404, "No Record found", "Record doesn't exist or ACL restricts the record retrieval")
ITSM_ROLES = ["itil"]
IR_ROLES = ["sn_si.analyst", "sn_si.basic", "sn_si.external", "sn_si.integration_user", "sn_si.manager", "sn_si.read"]
COMMON_ROLES = [
    "rest_api_explorer", "web_service_admin", "business_rule_admin", "incident_manager", "snc_internal",
    "credential_admin",
]  # fmt: skip


def bearer(instance, user_name: str = "aws_integration", *roles: str) -> str:
    """The user has these roles and no others; returns their name."""
    change_roles(instance, {"user_name": user_name, "revoke": [*CONTAINS, *GRANTS], "grant": list(roles)})
    return user_name


def test_rows_a_reader_may_not_see_vanish_but_are_counted(desk):
    """200, an empty list, and an X-Total-Count that knows better."""
    desk.incident(short_description="secret")
    answer = desk("GET", "/api/now/table/incident", user="joe.employee")
    assert (answer.status, answer.result, answer.headers["X-Total-Count"]) == (200, [], "1")


def test_the_limit_applies_before_access_rules(desk):
    """Hidden rows take places on a page: a short or empty page is not the end."""
    for caller in (ABEL, "", ABEL):
        desk.incident(caller_id=caller)
    pages = [
        desk("GET", f"/api/now/table/incident?sysparm_limit=1&sysparm_offset={at}", user="abel.tuter")
        for at in range(3)
    ]
    assert [len(page.result) for page in pages] == [1, 0, 1]
    assert {page.headers["X-Total-Count"] for page in pages} == {"3"}


def test_a_hidden_record_is_not_found(desk):
    sys_id = desk.incident()
    for method in ("GET", "PATCH", "PUT", "DELETE"):
        assert desk(method, f"/api/now/table/incident/{sys_id}", user="joe.employee", body={}).refusal == NO_RECORD


@pytest.mark.parametrize("place", [{"caller_id": ABEL}, {"opened_by": ABEL}, {"watch_list": f"x@y.z,{ABEL}"}])
def test_people_without_roles_see_their_own_incidents_and_may_only_comment(desk, instance, place):
    sys_id = desk.incident(short_description="s", **place)
    row = desk.patch(sys_id, user="abel.tuter", short_description="changed", state="2", comments="hello").result
    assert (row["short_description"], row["state"]) == ("s", "1")
    assert [entry["value"] for entry in instance.store.find("sys_journal_field", element_id=sys_id)] == ["hello"]


def test_itil_may_not_delete(desk):
    assert desk("DELETE", f"/api/now/table/incident/{desk.incident()}", user="beth.anglin").refusal == DELETE_REFUSED


@pytest.mark.parametrize(("mode", "state", "status"), [("drop", "7", 200), ("403", "7", 403), ("allow", "2", 200)])
def test_a_closed_incident_is_read_only_for_itil(desk, instance, mode, state, status):
    instance.switches.closed_write = mode
    sys_id = desk.incident()
    desk.patch(sys_id, state="7", **CLOSURE)
    answer = desk.patch(sys_id, user="beth.anglin", state="2", comments="still here?")
    assert (answer.status, desk.row(sys_id)["state"]) == (status, state)
    commented = [row["value"] for row in instance.store.find("sys_journal_field", element_id=sys_id)]
    assert commented == ([] if mode == "403" else ["still here?"])


@pytest.mark.parametrize(("mode", "state", "status"), [("allow", "7", 200), ("drop", "1", 200), ("403", "1", 403)])
def test_whether_itil_may_close_is_a_switch(desk, instance, mode, state, status):
    instance.switches.close_by_itil = mode
    sys_id = desk.incident()
    answer = desk.patch(sys_id, user="beth.anglin", state="7", **CLOSURE)
    assert (answer.status, desk.row(sys_id)["state"]) == (status, state)
    assert desk.patch(sys_id, user="fred.luddy", state="7", **CLOSURE).result["state"] == "7"


def test_field_rules_drop_in_silence_and_hide_and_forbid_queries(desk, instance):
    rule = {"table": "task", "field": "correlation_id", "roles": ["itil_admin"]}
    instance.switches.update({"field_acls": [{**rule, "operation": "write"}]})
    sys_id = desk.incident(user="beth.anglin", correlation_id="x")
    assert desk.row(sys_id)["correlation_id"] == ""
    assert desk.patch(sys_id, user="beth.anglin", correlation_id="x", urgency="2").result["correlation_id"] == ""
    assert desk.patch(sys_id, user="fred.luddy", correlation_id="x").result["correlation_id"] == "x"
    instance.switches.update({"field_acls": [{**rule, "operation": "read"}]})
    assert "correlation_id" not in desk("GET", f"/api/now/table/incident/{sys_id}", user="beth.anglin").result
    for query in ("correlation_id=x", "ORDERBYcorrelation_id"):
        assert desk("GET", f"/api/now/table/incident?sysparm_query={query}", user="beth.anglin").refusal == (
            403, "Insufficient rights to query records",
            "Field(s) present in the query do not have permission to be read",
        )  # fmt: skip


def test_below_admin_choices_may_show_labels_and_cannot_be_asked_for(desk, instance):
    instance.switches.choice_access = "labels"
    query = "/api/now/table/sys_choice?sysparm_query=name=incident^element=close_code"
    assert desk("GET", query, user="beth.anglin").refusal[0] == 403
    rows = desk("GET", "/api/now/table/sys_choice?sysparm_limit=2", user="beth.anglin").result
    assert [set(row) for row in rows] == [{"label"}, {"label"}]
    assert {row["value"] for row in desk("GET", query).result} >= {"Solution provided", "Duplicate"}


@pytest.mark.parametrize(
    ("table", "status", "rows"),
    [("sys_db_object", 403, None), ("sys_plugins", 403, None), ("sys_dictionary", 200, 0), ("sys_properties", 200, 0)],
)
def test_some_tables_refuse_readers_and_others_look_empty(desk, table, status, rows):
    answer = desk("GET", f"/api/now/table/{table}?sysparm_limit=3", user="joe.employee")
    assert answer.status == status
    if rows is None:
        assert answer.refusal[2] == f"User is unauthorized to access table: {table}"
    else:
        assert len(answer.result) == rows


@pytest.mark.parametrize(("level", "status", "count"), [("ok", 200, 1), ("empty", 200, 0), ("403", 403, None)])
def test_the_journal_table_is_open_empty_or_refused_by_role(desk, instance, level, status, count):
    instance.switches.update({"journal_access": {"itil": level, "*": "empty"}})
    sys_id = desk.incident(comments="c")
    answer = desk("GET", f"/api/now/table/sys_journal_field?sysparm_query=element_id={sys_id}", user="beth.anglin")
    assert answer.status == status
    assert count is None or len(answer.result) == count


def test_security_incidents_need_roles_of_their_own(desk):
    sys_id = desk.create("sn_si_incident", user="sam.sorokin", short_description="s")["sys_id"]
    url = f"/api/now/table/sn_si_incident/{sys_id}"
    assert desk("GET", url, user="beth.anglin").refusal == NO_RECORD
    assert desk("GET", "/api/now/table/task", user="beth.anglin").result == []
    assert desk("GET", url, user="sam.sorokin").status == 200
    assert desk("POST", "/api/now/table/sn_si_incident", user="beth.anglin", body={}).refusal == INSERT_REFUSED


def test_security_incidents_may_be_hidden_from_administrators(desk, instance):
    instance.switches.admin_sees_sir = False
    sys_id = desk.create("sn_si_incident", user="sam.sorokin")["sys_id"]
    assert desk("GET", f"/api/now/table/sn_si_incident/{sys_id}").status == 404


DOCUMENTED = [
    ("incident", "crw"), ("sys_script", "crwd"), ("sys_rest_message", "crwd"), ("sys_rest_message_fn", "crwd"),
    ("sys_rest_message_headers", "crwd"), ("sys_rest_message_fn_headers", "crwd"), ("sys_user", "r"),
    ("sys_rest_message_fn_parameters", "crwd"), ("discovery_credentials", "crwd"), ("sys_script_include", "r"),
    ("sys_properties", ""), ("sys_certificate", ""), ("oauth_jwt", ""), ("sys_audit_delete", ""),
    ("sn_si_incident", ""),
]  # fmt: skip


@pytest.mark.parametrize(("table", "letters"), DOCUMENTED)
def test_what_the_documented_roles_of_itsm_grant(table, letters):
    """Notably not: Script Includes, properties, certificates."""
    roles = closure([*ITSM_ROLES, *COMMON_ROLES])
    assert "".join(letter for letter in "crwd" if allows(roles, table, letter)) == letters


def test_the_documented_roles_of_ir_cover_security_incidents():
    roles = closure([*IR_ROLES, *COMMON_ROLES])
    assert [letter for letter in "crwd" if allows(roles, "sn_si_incident", letter)] == ["c", "r", "w"]


def test_the_integration_user_sets_up_with_the_documented_roles_but_makes_no_script_include(desk, instance):
    me = bearer(instance, "aws_integration", *ITSM_ROLES, *COMMON_ROLES)
    desk.create("sys_script", user=me, name="r", collection="incident")
    message = desk.create("sys_rest_message", user=me, name="m")
    desk.create("sys_rest_message_headers", user=me, rest_message=message["sys_id"], name="a", value="b")
    desk.create("discovery_credentials", user=me, name="c", password="p")
    assert desk("POST", "/api/now/table/sys_script_include", user=me, body={"name": "i"}).refusal == INSERT_REFUSED


@pytest.mark.parametrize("missing", ["business_rule_admin", "web_service_admin", "credential_admin"])
def test_without_a_documented_role_set_up_is_refused(desk, instance, missing):
    table = {"business_rule_admin": "sys_script", "web_service_admin": "sys_rest_message"}.get(
        missing, "discovery_credentials"
    )
    me = bearer(instance, "aws_integration", *ITSM_ROLES, *(role for role in COMMON_ROLES if role != missing))
    assert desk("POST", f"/api/now/table/{table}", user=me, body={"name": "n"}).refusal == INSERT_REFUSED


def test_a_role_given_over_rest_counts_at_once(desk):
    sys_id = desk.incident()
    grant = {"user": fixed_id("user", "joe.employee"), "role": fixed_id("role", "itil")}
    assert desk("POST", "/api/now/table/sys_user_has_role", body=grant).status == 201
    assert desk("GET", f"/api/now/table/incident/{sys_id}", user="joe.employee").status == 200


def test_access_rules_can_be_switched_off(desk, instance):
    instance.switches.enforce_roles = False
    sys_id = desk.incident()
    assert desk.patch(sys_id, user="joe.employee", short_description="mine").result["short_description"] == "mine"


@pytest.mark.parametrize("table", ["sys_security_acl", "sys_journal_field", "sys_audit_delete"])
def test_nobody_writes_access_rules_or_the_platforms_own_books(desk, table):
    assert desk("POST", f"/api/now/table/{table}", body={"name": "x"}).refusal == INSERT_REFUSED


def test_a_write_to_what_one_may_only_read_is_refused(desk, instance):
    sys_id = desk.incident()
    bearer(instance, "aws_integration", "sn_incident_read")
    assert desk.patch(sys_id, user="aws_integration", urgency="1").refusal == UPDATE_REFUSED


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Basic",
        "Basic !!!",
        "Bearer no-such-token",
        "Basic " + base64.b64encode(b"admin:wrong").decode(),
        "Digest x",
    ],
)
def test_without_valid_credentials_nothing_is_told(desk, authorization):
    answer = desk("GET", "/api/now/table/no_such_table", headers={"authorization": authorization})
    assert answer.refusal == (401, "User Not Authenticated", "Required to provide Auth information")
    assert "WWW-Authenticate" in answer.headers


def test_inactive_people_and_switched_off_basic_authentication_are_refused(desk, instance):
    save_user(instance, {"user_name": "beth.anglin", "active": "false"})
    assert desk("GET", "/api/now/table/incident", user="beth.anglin").status == 401
    instance.switches.basic_auth = False
    assert desk("GET", "/api/now/table/incident").status == 401
