"""The rules as they stand in the instance, run in a JavaScript engine: what they send, to whom, and what they skip."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from integration.names import CORRELATION_DISPLAY, INCIDENT_PROBE, PROBE_MARK
from servicenow_setup.apply import apply
from servicenow_setup.credential import store_token
from servicenow_setup.scripts import PAYLOAD, shared_script

INCIDENT = {"sys_id": "1" * 32, "number": "INC0010001", "sys_mod_count": "3", "short_description": "secret plans"}
ATTACHMENT = {
    "sys_id": "2" * 32, "table_name": "incident", "table_sys_id": "1" * 32, "file_name": "salaries.xlsx",
    "sys_mod_count": "0",
}  # fmt: skip
HOSTILE = [
    pytest.param(value, id=name)
    for name, value in {
        "quotes": "INC\"1'2`",
        "newlines": "INC\r\n1\u2028\u2029",
        "unicode": "INC\u0131ß漢🚨",
        "empty": "",
        "placeholder": "INC${token}$&$1",
        "script": "\"});gs.error('x');//\\",
        "nul": "INC\x00\x1f",
    }.items()
]
ALL = [
    ("incident saved", "insert", "IncidentCreated", None),
    ("incident saved", "update", "IncidentUpdated", None),
    ("incident deleted", "delete", "IncidentDeleted", None),
    ("attachment saved", "insert", "IncidentUpdated", "added"),
    ("attachment saved", "update", "IncidentUpdated", "updated"),
    ("attachment deleted", "delete", "IncidentUpdated", "deleted"),
]


@pytest.fixture(params=[False, True], ids=["script include", "inline"])
def ready(request, instance, settings, token):
    """An instance set up both ways, with a token and one incident."""
    if request.param:
        instance.refuses.add("sys_script_include")
    apply(instance, settings)
    store_token(instance, settings.prefix, token)
    instance.put("incident", **INCIDENT)
    return instance


@pytest.mark.parametrize(("title", "operation", "event", "action"), ALL)
def test_a_rule_sends_ids_to_the_webhook_with_the_decrypted_token(
    title, operation, event, action, ready, settings, token, new_host
):
    host = new_host(ready)
    result = _run(host, title, operation)
    assert (result.ran, result.error, result.changes) == (True, None, {})
    [request] = host.sent
    assert (request["method"], request["url"]) == ("POST", settings.webhook_url)
    headers = dict(request["headers"])
    assert headers == {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
    expected = {
        "event_type": event, "incident_number": "INC0010001", "sys_id": "1" * 32, "table": "incident",
        "sys_mod_count": "3", "instance_name": "dev12345",
    } | ({"attachment_action": action} if action else {})  # fmt: skip
    assert json.loads(request["body"]) == expected
    assert set(expected) <= set(PAYLOAD)


def test_the_body_shown_in_the_message_has_the_keys_that_are_sent(ready):
    [function] = ready.all("sys_rest_message_fn")
    assert set(json.loads(function["content"])) == set(PAYLOAD)
    variables = {row["name"] for row in ready.all("sys_rest_message_fn_parameters")}
    assert variables == {*PAYLOAD, "token"}


@pytest.mark.parametrize("value", HOSTILE)
@pytest.mark.parametrize("field", ["number", "sys_mod_count", "short_description"])
def test_hostile_values_arrive_as_they_are_and_texts_not_at_all(field, value, ready, new_host, token):
    host = new_host(ready)
    rule = ready.named("sys_script", "incident saved")
    result = host.run(rule, {**INCIDENT, field: value}, "update")
    assert result.error is None
    [request] = host.sent
    payload = json.loads(request["body"])
    sent_as = {"number": "incident_number", "sys_mod_count": "sys_mod_count"}
    if field in sent_as:
        assert payload[sent_as[field]] == value
    assert not {"short_description", "file_name"} & set(payload)
    assert token not in request["body"]


@pytest.mark.parametrize(("title", "operation", "event", "action"), ALL)
def test_what_the_integration_user_writes_is_skipped(title, operation, event, action, ready, settings, new_host):
    host = new_host(ready)
    host.user_sys_id = settings.user_sys_id
    assert not _run(host, title, operation).ran
    assert (host.asked, host.sent, host.logged) == ([], [], [])


@pytest.mark.parametrize("operation", ["insert", "update"])
def test_the_record_of_check_is_told_as_a_probe_though_our_own_user_writes_it(operation, ready, settings, new_host):
    """Its event travels the way of every other one; nothing of it says that an incident was made."""
    host = new_host(ready)
    host.user_sys_id = settings.user_sys_id
    probe = {**INCIDENT, "correlation_id": PROBE_MARK}
    assert host.run(ready.named("sys_script", "incident saved"), probe, operation).error is None
    [request] = host.sent
    assert json.loads(request["body"])["event_type"] == INCIDENT_PROBE
    assert not host.run(ready.named("sys_script", "incident deleted"), probe, "delete").ran


@pytest.mark.parametrize(("mark", "ran"), [("", True), ("AWS provisioning", False), (CORRELATION_DISPLAY, True)])
@pytest.mark.parametrize("operation", ["insert", "update"])
def test_what_another_integration_made_is_not_told(mark, ran, operation, instance, settings, token, new_host):
    apply(instance, replace(settings, foreign_marks=("AWS provisioning", 'It\'s "quoted"')))
    store_token(instance, settings.prefix, token)
    rule = instance.named("sys_script", "incident saved")
    assert new_host(instance).run(rule, {**INCIDENT, "correlation_display": mark}, operation).ran == ran


def test_an_insert_that_an_async_rule_sees_as_an_update_is_still_a_creation(ready, new_host):
    host = new_host(ready)
    host.run(ready.named("sys_script", "incident saved"), {**INCIDENT, "sys_mod_count": "0"}, "update")
    assert json.loads(host.sent[0]["body"])["event_type"] == "IncidentCreated"


@pytest.mark.parametrize(
    ("incident_filter", "incident", "sends"),
    [
        ("category=security", {"category": "security"}, True),
        ("category=security", {"category": "network"}, False),
        ("category=a^NQcategory=b", {"category": "b"}, True),
        ("category=a^NQcategory=b", {"category": "c"}, False),
        ("category=a^ORcategory=b^active=true", {"category": "b", "active": "true"}, True),
        ("category=security", {"category": "network", "correlation_display": CORRELATION_DISPLAY}, True),
    ],
)
def test_attachments_follow_the_scope_of_their_incident(incident_filter, incident, sends, instance, settings, new_host):
    """Linked incidents are in scope whatever the filter says; nothing is sent for the others."""
    apply(instance, replace(settings, incident_filter=incident_filter))
    store_token(instance, settings.prefix, "t" * 43)
    instance.put("incident", **INCIDENT, **incident)
    instance.put("incident", sys_id="3" * 32, number="INC0010002", category="b", active="true")
    host = new_host(instance)
    _run(host, "attachment saved", "insert")
    assert [json.loads(request["body"])["sys_id"] for request in host.sent] == (["1" * 32] if sends else [])
    assert host.logged == []


@pytest.mark.parametrize(
    ("incident_filter", "expected"),
    [
        ("", ""),
        ("category=security", f"category=security^NQcorrelation_display={CORRELATION_DISPLAY}"),
        ("a=1^NQb=2^EQ", f"a=1^NQb=2^NQcorrelation_display={CORRELATION_DISPLAY}"),
    ],
)
def test_records_out_of_scope_cost_nothing_because_the_instance_filters(incident_filter, expected, instance, settings):
    apply(instance, replace(settings, incident_filter=incident_filter))
    stands = {t: instance.named("sys_script", t)["filter_condition"] for t in ("incident saved", "incident deleted")}
    assert stands["incident deleted"] == (f"{expected}^EQ" if expected else "")
    assert stands["incident saved"] == (f"{expected}^NQcorrelation_id={PROBE_MARK}^EQ" if expected else "")
    assert instance.named("sys_script", "attachment deleted")["filter_condition"] == "table_name=incident^EQ"


def test_an_attachment_of_an_incident_that_is_gone_is_not_told(ready, new_host):
    """The incident's own deletion rule tells."""
    ready.rows["incident"].clear()
    host = new_host(ready)
    assert _run(host, "attachment deleted", "delete").error is None
    assert (host.sent, host.logged) == ([], [])


def test_deletion_rules_have_a_record(ready):
    """An async rule on a delete has none; order 1000 and above is skipped for records that are not active."""
    for title in ("incident deleted", "attachment deleted"):
        rule = ready.named("sys_script", title)
        assert (rule["when"], rule["action_delete"], rule["advanced"]) == ("after", "true", "true")
        assert (rule["action_insert"], rule["action_update"]) == ("false", "false")
        assert int(rule["order"]) < 1000
    for title in ("incident saved", "attachment saved"):
        rule = ready.named("sys_script", title)
        assert (rule["when"], rule["action_delete"], rule["advanced"]) == ("async_always", "false", "true")
        assert (rule["action_insert"], rule["action_update"]) == ("true", "true")


@pytest.mark.parametrize("title", ["incident deleted", "attachment deleted"])
def test_a_deletion_waits_two_seconds_at_most(title, ready, new_host):
    """It is sent within the deletion's transaction."""
    host = new_host(ready)
    assert _run(host, title, "delete").error is None
    [request] = host.sent
    assert request["timeout_ms"] == 2000


def test_nothing_is_sent_by_the_queue_of_the_instance(settings):
    """`ecc_queue` keeps requests, token included, where others than we can read them."""
    assert "executeAsync(" not in shared_script(settings)


def test_a_file_counts_when_it_comes_and_when_the_instance_lets_it_go(instance, settings):
    """Each file is updated once by the platform; other updates of a file are no news."""
    apply(instance, settings)
    there = instance.named("sys_script", "attachment saved")["filter_condition"]
    assert there == "table_name=incident^sys_mod_count=0^NQtable_name=incident^stateCHANGESFROMpending^EQ"


@pytest.mark.parametrize(("state", "sends"), [("", True), ("available", True), ("pending", False)])
def test_a_file_that_is_held_back_is_told_once_it_can_be_read(state, sends, ready, new_host):
    host = new_host(ready)
    host.run(ready.named("sys_script", "attachment saved"), ATTACHMENT | {"state": state}, "insert")
    assert bool(host.sent) is sends


@pytest.mark.parametrize(("user_name", "sends"), [("aws_integration", False), ("joe", True)])
def test_a_file_of_ours_that_the_platform_lets_go_is_not_told(user_name, sends, ready, settings, new_host):
    """The user `system` does it, whom the condition lets through."""
    ready.put("sys_user", sys_id=settings.user_sys_id, user_name="aws_integration")
    host = new_host(ready)
    file = ATTACHMENT | {"sys_created_by": user_name, "state": "available", "sys_mod_count": "1"}
    host.run(ready.named("sys_script", "attachment saved"), file, "update")
    assert bool(host.sent) is sends


@pytest.mark.parametrize("status", [0, 401, 500])
def test_a_failed_call_is_logged_without_the_token(status, ready, new_host, token):
    host = new_host(ready, status=status)
    assert _run(host, "incident saved", "update").error is None
    [line] = host.logged
    assert line.startswith("error: ")
    assert "1" * 32 in line
    assert token not in line


def test_a_thrown_error_that_quotes_the_token_is_logged_without_it(ready, new_host, token, monkeypatch):
    host = new_host(ready)

    def send(request):
        raise OSError(f"cannot send Bearer {token}")

    monkeypatch.setattr(host, "send", send)
    assert _run(host, "incident saved", "update").error is None
    [line] = host.logged
    assert "***" in line
    assert token not in line


@pytest.mark.parametrize("table", ["discovery_credentials", "sys_rest_message", "sys_rest_message_fn"])
def test_a_missing_record_of_ours_is_logged(table, ready, new_host):
    ready.rows[table].clear()
    host = new_host(ready)
    assert _run(host, "incident saved", "update").error is None
    assert len(host.logged) == 1
    assert host.sent == []


def test_the_module_of_security_incidents_has_its_own_table(instance, settings, new_host):
    apply(instance, replace(settings, table="sn_si_incident"))
    store_token(instance, settings.prefix, "t" * 43)
    assert instance.named("sys_script", "incident saved")["collection"] == "sn_si_incident"
    deleted = instance.named("sys_script", "incident deleted")
    assert (deleted["collection"], deleted["filter_condition"]) == ("task", "sys_class_name=sn_si_incident^EQ"), (
        "a table of another scope takes no rule after a deletion; the one above it does"
    )
    host = new_host(instance)
    _run(host, "incident saved", "update")
    assert json.loads(host.sent[0]["body"])["table"] == "sn_si_incident"


def _run(host, title, operation):
    rule = host.instance.named("sys_script", title)
    return host.run(rule, dict(ATTACHMENT if "attachment" in title else INCIDENT) | _mods(operation), operation)


def _mods(operation):
    return {"sys_mod_count": "3"} if operation != "insert" else {}
