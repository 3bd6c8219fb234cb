"""Where an instance is stricter than its documentation lets one hope: each behaviour with both values of its switch."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote, urlsplit

import pytest

from integration.emulators.servicenow.lengths import PUBLISHED
from integration.emulators.servicenow.registering import change_roles, save_user
from integration.emulators.servicenow.update_set import load

TABLE = "/api/now/table"
REFUSED_QUERY = (
    403, "Insufficient rights to query records", "Field(s) present in the query do not have permission to be read",
)  # fmt: skip
RULE = {"name": "r", "collection": "sn_si_incident", "advanced": "true", "action_update": "true", "active": "true"}


@pytest.fixture
def person(instance):
    """Makes a person with these roles and no others; their name."""

    def make(*roles: str) -> str:
        save_user(instance, {"user_name": "ann", "password": "ann"})
        change_roles(instance, {"user_name": "ann", "grant": list(roles)})
        return "ann"

    return make


def logged(instance) -> list[str]:
    return [row["message"] for row in instance.store.rows("syslog")]


@pytest.mark.parametrize(
    ("switches", "kept"),
    [
        ({"column_lengths": {}}, 40),
        ({"column_lengths": {"sys_rest_message.name": 12}}, 12),
        ({"column_lengths": {"sys_rest_message.name": 0}}, 60),
    ],
)
def test_longer_values_are_cut_without_a_word(desk, instance, switches, kept):
    instance.switches.update(switches)
    assert desk.create("sys_rest_message", name="m" * 60)["name"] == "m" * kept


@pytest.mark.parametrize(("assumed", "name", "message"), [(True, 40, 40), (False, 60, 40)])
def test_lengths_that_are_only_assumed_can_be_let_go(desk, instance, assumed, name, message):
    instance.switches.update({"assumed_lengths": assumed, "column_lengths": {}})
    assert len(desk.create("sys_script", name="r" * 60)["name"]) == name
    assert len(desk.create("sys_rest_message", name="m" * 60)["name"]) == message


@pytest.mark.parametrize(("cut", "kept"), [(True, 4000), (False, 5000)])
def test_columns_above_255_may_hold_more_than_the_dictionary_says(desk, instance, cut, kept):
    instance.switches.long_columns_cut = cut
    row = desk.row(desk.incident(description="d" * 5000, short_description="s" * 200))
    assert (len(row["description"]), len(row["short_description"])) == (kept, 160)


def test_published_lengths_are_what_the_dictionary_says(instance):
    rows = {f"{row['name']}.{row['element']}": row["max_length"] for row in instance.store.rows("sys_dictionary")}
    assert {name: rows[name] for name in PUBLISHED} == {name: str(each.characters) for name, each in PUBLISHED.items()}


@pytest.mark.parametrize(
    ("asked", "mode", "stored"),
    [
        ("true", "dropped", "cipher"), ("true", "clear", "cipher"), ("false", "dropped", ""),
        ("false", "clear", "clear"), ("false", "encrypted", "cipher"),
    ],
)  # fmt: skip
def test_an_encrypted_column_wants_to_be_asked_for(desk, instance, asked, mode, stored):
    instance.switches.password2_unasked = mode
    url = f"{TABLE}/discovery_credentials?sysparm_input_display_value={asked}"
    sys_id = desk("POST", url, body={"name": "c", "password": "hunter2"}).result["sys_id"]
    raw = desk.row(sys_id, "discovery_credentials")["password"]
    assert {"": "", "hunter2": "clear"}.get(raw, "cipher") == stored
    assert instance.cipher.decrypt(raw) == ("hunter2" if stored == "cipher" else "")
    shown = desk("GET", f"{TABLE}/discovery_credentials/{sys_id}?sysparm_display_value=all").result["password"]
    assert shown == {"display_value": "********" if raw else "", "value": raw}


@pytest.mark.parametrize("mode", ["dropped", "clear"])
def test_a_script_that_sets_an_encrypted_column_by_value_does_not_encrypt_it(desk, instance, mode):
    instance.switches.password2_unasked = mode
    sys_id = desk.create("discovery_credentials", name="c")["sys_id"]
    script = f"var c = new GlideRecord('discovery_credentials'); c.get('{sys_id}'); c.password = 'hunter2'; c.update();"
    desk.create("sys_script", name="r", collection="incident", when="after", script=script, **SAVED)
    desk.incident()
    assert desk.row(sys_id, "discovery_credentials")["password"] == {"dropped": "", "clear": "hunter2"}[mode]


SAVED = {"advanced": "true", "action_insert": "true", "active": "true"}


@pytest.mark.parametrize(
    ("roles", "access", "status", "entries"),
    [
        (["itil"], {"admin": "ok", "audit_viewer": "ok", "*": "empty"}, 200, []),
        (["itil", "audit_viewer"], {"admin": "ok", "audit_viewer": "ok", "*": "empty"}, 200, ["note"]),
        (["itil"], {"admin": "ok", "audit_viewer": "ok", "*": "403"}, 403, None),
        (["itil"], {"itil": "ok", "*": "empty"}, 200, ["note"]),
    ],
)
def test_the_journal_table_is_for_administrators_and_auditors(desk, instance, person, roles, access, status, entries):
    instance.switches.update({"journal_access": access})
    me = person(*roles)
    sys_id = desk.incident(work_notes="note")
    answer = desk("GET", f"{TABLE}/sys_journal_field?sysparm_query=element_id={sys_id}", user=me)
    assert answer.status == status
    if entries is None:
        assert answer.refusal[1:] == ("Insufficient rights", "Insufficient rights to query records")
    else:
        assert [row["value"] for row in answer.result] == entries


SCOPED = [
    ({"when": "async_always"}, True), ({"when": "async"}, True), ({"when": "after"}, False),
    ({"when": "before"}, False), ({"when": "before_display"}, False), ({"when": "before", "advanced": "false"}, True),
    ({"when": "after", "sys_scope": "sn_si"}, True), ({"when": "after", "collection": "task"}, True),
]  # fmt: skip


@pytest.mark.parametrize(("columns", "allowed"), SCOPED)
@pytest.mark.parametrize("mode", ["refused", "ignored", "run"])
def test_a_table_of_another_scope_takes_few_kinds_of_rules(desk, instance, columns, allowed, mode):
    instance.switches.foreign_rules = mode
    answer = desk("POST", f"{TABLE}/sys_script", body=RULE | columns)
    assert answer.status == (403 if mode == "refused" and not allowed else 201)
    if answer.status == 403:
        assert answer.refusal[2].startswith("Operation against file 'sys_script' was aborted by Business Rule")


def test_a_rule_cannot_be_moved_to_another_scope_later(desk, instance):
    instance.switches.foreign_rules = "refused"
    sys_id = desk.create("sys_script", **(RULE | {"when": "async_always"}))["sys_id"]
    assert desk.patch(sys_id, table="sys_script", when="after").status == 403


@pytest.mark.parametrize(("mode", "runs"), [("ignored", 0), ("run", 1)])
def test_a_foreign_rule_that_is_accepted_may_never_run(desk, instance, mode, runs):
    instance.switches.foreign_rules = mode
    desk.create("sys_script", **(RULE | {"when": "after", "script": "gs.info('ran')"}))
    desk.patch(desk.create("sn_si_incident")["sys_id"], table="sn_si_incident", priority="1")
    assert logged(instance).count("ran") == runs


@pytest.mark.parametrize("when", ["async_always", "async"])
def test_both_asynchronous_values_run(desk, instance, when):
    instance.switches.foreign_rules = "refused"
    desk.create("sys_script", **(RULE | {"when": when, "script": "gs.info('ran')"}))
    desk.patch(desk.create("sn_si_incident")["sys_id"], table="sn_si_incident", priority="1")
    assert instance.jobs.settle(5)
    assert logged(instance) == ["ran"]


def test_a_before_rule_of_another_scope_sets_values(desk, instance):
    instance.switches.foreign_rules = "refused"
    rule = {"when": "before", "advanced": "false", "template": "priority=1^category=Phishing^EQ"}
    desk.create("sys_script", **(RULE | rule))
    sys_id = desk.create("sn_si_incident")["sys_id"]
    row = desk.patch(sys_id, table="sn_si_incident", description="d").result
    assert (row["priority"], row["category"]) == ("1", "Phishing")


@pytest.mark.parametrize(
    ("given", "missing", "stored"),
    [
        ("async_always", [], "async_always"), ("async", [], "async"), ("before_display", [], "before_display"),
        ("banana", [], ""), ("async_always", ["sys_script.when=async_always"], ""),
        ("async", ["sys_script.when=async"], ""),
    ],
)  # fmt: skip
def test_when_is_one_of_a_list_that_differs_by_release(desk, instance, given, missing, stored):
    instance.switches.update({"missing_choices": missing})
    instance.switched()
    assert desk.create("sys_script", name="r", collection="incident", when=given)["when"] == stored


ACLS = [{"table": "incident", "field": "correlation_id", "roles": ["itil_admin"]}]


@pytest.mark.parametrize(
    ("operation", "query", "allowed"),
    [
        ("query_match", "correlation_id=x", False), ("query_match", "correlation_idISEMPTY", False),
        ("query_match", "correlation_idSTARTSWITHx", True), ("query_match", "ORDERBYcorrelation_id", True),
        ("query_range", "correlation_id=x", True), ("query_range", "correlation_idSTARTSWITHx", False),
        ("query_range", "correlation_id>=x", False), ("query_range", "ORDERBYcorrelation_id", False),
        ("read", "correlation_id=x", False), ("read", "ORDERBYDESCcorrelation_id", False),
    ],
)  # fmt: skip
@pytest.mark.parametrize("mode", ["403", "ignored"])
def test_a_query_the_caller_may_not_ask_is_refused_or_matches_everything(
    desk, instance, operation, query, allowed, mode
):
    instance.switches.update({"query_refused": mode, "field_acls": [{**each, "operation": operation} for each in ACLS]})
    desk.incident(short_description="other")
    answer = desk("GET", f"{TABLE}/incident?sysparm_query=short_description=other^{query}", user="beth.anglin")
    if not allowed and mode == "403":
        assert answer.refusal == REFUSED_QUERY
    elif not allowed:
        assert [row["short_description"] for row in answer.result] == ["other"]
    else:
        assert answer.status == 200
    assert desk("GET", f"{TABLE}/incident?sysparm_query={query}", user="fred.luddy").status == 200


@pytest.mark.parametrize(("mode", "found"), [("ignored", 1), ("none", 0), ("403", None)])
@pytest.mark.parametrize("query", ["no_such=1", "ORDERBYno_such", "caller_id.no_such=1"])
def test_a_query_for_an_unknown_column_has_three_answers(desk, instance, mode, found, query):
    instance.switches.unknown_column = mode
    desk.incident()
    answer = desk("GET", f"{TABLE}/incident?sysparm_query={query}")
    if found is None:
        assert answer.refusal == REFUSED_QUERY
    elif not query.startswith("ORDERBY"):
        assert len(answer.result) == found


@pytest.mark.parametrize(("mode", "code"), [("numbers", "-100"), ("labels", "Investigation completed")])
def test_a_security_incident_stores_a_number_as_close_code(desk, instance, mode, code):
    instance.switches.sir_close_codes = mode
    instance.switched()
    url = f"{TABLE}/sn_si_incident?sysparm_input_display_value=true&sysparm_display_value=all"
    made = desk("POST", url, body={"close_code": "Investigation completed"}).result
    assert made["close_code"] == {"value": code, "display_value": "Investigation completed"}
    assert desk.create("sn_si_incident", close_code=code)["close_code"] == code
    if mode == "numbers":
        assert desk.create("sn_si_incident", close_code="Investigation completed")["close_code"] == ""


@pytest.mark.parametrize(("mode", "status"), [("403", 403), ("labels", 200)])
def test_choices_are_refused_or_show_labels_below_admin(desk, instance, mode, status):
    instance.switches.choice_access = mode
    answer = desk("GET", f"{TABLE}/sys_choice?sysparm_limit=1", user="beth.anglin")
    assert answer.status == status
    assert desk("GET", "/api/now/stats/sys_choice?sysparm_count=true", user="beth.anglin").status == status
    assert desk("GET", f"{TABLE}/sys_choice?sysparm_query=element=state").result


def attach(desk, sys_id: str) -> str:
    url = f"/api/now/attachment/file?table_name=incident&table_sys_id={sys_id}&file_name=a.txt"
    return desk("POST", url, body=b"x", headers={"content-type": "text/plain"}).result["sys_id"]


@pytest.mark.parametrize(("delay_s", "count", "by"), [(0.01, "1", "system"), (0, "0", "admin")])
def test_system_updates_a_file_after_its_upload_and_rules_run(desk, instance, delay_s, count, by):
    instance.switches.attachment_state_delay_s = delay_s
    script = "gs.info(current.state + ' ' + gs.getUserID())"
    rule = {"collection": "sys_attachment", "when": "async_always", "script": script}
    desk.create("sys_script", **(RULE | rule))
    sys_id = attach(desk, desk.incident())
    assert instance.jobs.settle(5)
    row = desk.row(sys_id, "sys_attachment")
    assert (row["state"], row["sys_mod_count"], row["sys_updated_by"]) == ("available", count, by)
    assert logged(instance) == ["available "] * int(count)


SET_UP = ["sys_script", "sys_rest_message", "discovery_credentials"]
SET_UP_ROLES = ["business_rule_admin", "web_service_admin", "credential_admin"]


@pytest.mark.parametrize(("admin_only", "status"), [([], 201), (SET_UP, 403)])
@pytest.mark.parametrize("table", SET_UP)
def test_set_up_tables_may_be_for_administrators_only(desk, instance, person, admin_only, status, table):
    instance.switches.admin_only = admin_only
    me = person(*SET_UP_ROLES)
    assert desk("POST", f"{TABLE}/{table}", user=me, body={"name": "n"}).status == status
    assert desk("POST", f"{TABLE}/{table}", body={"name": "n"}).status == 201


def test_a_post_without_body_and_type_inserts_an_empty_record(desk):
    assert desk("POST", f"{TABLE}/incident", headers={"content-type": ""}).status == 201
    assert desk("POST", f"{TABLE}/incident", headers={"content-type": ""}, body={"a": "b"}).status == 415


def test_a_long_address_gets_a_short_stand_in(desk):
    desk.incident(short_description="wanted")
    desk.incident(short_description="other")
    url = f"{TABLE}/incident?sysparm_query={quote('short_description=wanted')}&sysparm_fields=short_description"
    answer = desk("POST", "/api/now/tinyurl", body={"url": url})
    path, query = urlsplit(answer.result).path, urlsplit(answer.result).query
    assert (answer.status, path) == (201, "api/now/table/incident")
    assert desk("GET", f"/{path}?{query}").result == [{"short_description": "wanted"}]
    assert desk("POST", "/api/now/tinyurl", body={}).status == 400
    assert desk("GET", "/api/now/tinyurl").status == 405


@pytest.mark.parametrize("mark", ['"', "'"])
@pytest.mark.parametrize(("until", "found"), [("2030-01-01 00:00:00", 1), ("2020-06-01 00:00:00", 0)])
def test_between_takes_dates_of_one_text(desk, mark, until, found):
    desk.incident()
    bounds = "@".join(f"javascript:gs.dateGenerate({mark}{at}{mark})" for at in ("2020-01-01 00:00:00", until))
    answer = desk("GET", f"{TABLE}/incident?sysparm_query={quote(f'sys_created_onBETWEEN{bounds}')}")
    assert len(answer.result) == found


INCLUDE = (
    "<sys_script_include><sys_id>{id}</sys_id><name>Shared</name><active>true</active><script>{script}</script>{more}"
)
EXPORTED = "<api_name>global.Shared</api_name><sys_scope>global</sys_scope>"


@pytest.mark.parametrize(
    ("fills", "more", "said"),
    [
        (False, EXPORTED, "1"), (False, "", "ReferenceError"), (True, "", "1"),
        (False, "<api_name>global.Shared</api_name>", "ReferenceError"),
        (False, "<api_name>other.Shared</api_name><sys_scope>global</sys_scope>", "ReferenceError"),
    ],
)  # fmt: skip
def test_an_imported_script_include_is_found_by_what_exports_carry(desk, instance, fills, more, said):
    instance.switches.import_fills_columns = fills
    record = INCLUDE.format(id="b" * 32, script="var Shared = {one: 1};", more=more)
    load(instance, f"<unload>{record}</sys_script_include></unload>")
    desk.create("sys_script", name="r", collection="incident", when="after", script="gs.info('' + Shared.one)", **SAVED)
    desk.incident()
    assert said in logged(instance)[0]


@pytest.mark.parametrize("wraps", [True, False])
def test_bodies_of_a_batch_may_stand_in_lines(desk, instance, wraps):
    instance.switches.batch_wraps_bodies = wraps
    desk.incident()
    part = {"id": "1", "url": f"{TABLE}/incident", "method": "GET"}
    body = desk("POST", "/api/now/batch", body={"rest_requests": [part]}).json["serviced_requests"][0]["body"]
    assert ("\n" in body) is wraps
    assert max(map(len, body.split("\n"))) == (76 if wraps else len(body))
    assert len(json.loads(base64.b64decode(body))["result"]) == 1


def test_an_external_reporter_is_a_fulfiller(instance, person):
    roles = change_roles(instance, {"user_name": person("sn_si.external"), "grant": []})["roles"]
    assert "service_fulfiller" in roles
