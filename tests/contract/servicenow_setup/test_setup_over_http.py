"""The setup against an instance that enforces roles, encrypts passwords and runs the rules it is given."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from integration.servicenow.errors import Misconfigured, Unavailable
from servicenow_setup.apply import apply, plan, remove
from servicenow_setup.columns import COLUMNS
from servicenow_setup.credential import mark_of, store_token, stored_mark
from servicenow_setup.errors import MissingRole
from servicenow_setup.export import update_set
from servicenow_setup.roles import ROLE_OF_TABLE, documented_roles, roles

TOKEN = "tok-0123456789_abcdefghijklmnopqrstuvwxyz-ABCDEF"


@pytest.fixture(params=["smallest", "documented"])
def ready(request, place, settings):
    """Set up with exactly one set of roles, token included."""
    names = roles(settings.table, "rest") if request.param == "smallest" else documented_roles(settings.table)
    place.grant(*names)
    client = place.client()
    apply(client, settings)
    store_token(client, settings.prefix, TOKEN)
    return place


def test_either_set_of_roles_suffices_and_a_second_run_writes_nothing(ready, settings):
    before = ready.rows(*COLUMNS)
    assert apply(ready.client(), settings).writes == ()
    assert ready.rows(*COLUMNS) == before


def test_each_change_of_an_incident_arrives_once_with_the_token(ready, settings, hook, person):
    made = ready.act("insert", settings.table, person, values={"short_description": 'quote " and \n newline'})["record"]
    ready.settled()
    ready.act("update", settings.table, person, sys_id=made["sys_id"], values={"description": "more"})
    ready.settled()
    ready.act("delete", settings.table, person, sys_id=made["sys_id"], enforce=False)
    events = hook.events(3)
    assert [event["event_type"] for event in events] == ["IncidentCreated", "IncidentUpdated", "IncidentDeleted"]
    for headers, body in hook.calls:
        assert headers["Authorization"] == f"Bearer {TOKEN}"
        assert headers["Content-Type"] == "application/json"
        assert (body["sys_id"], body["incident_number"]) == (made["sys_id"], made["number"])
        assert (body["table"], body["instance_name"]) == (settings.table, "dev00001")
        assert "quote" not in str(body)
    assert [event["sys_mod_count"] for event in events] == ["0", "1", "1"]


def test_attachments_arrive_with_their_action(ready, settings, hook, person):
    file = {"name": "salaries.xlsx", "content_type": "text/plain", "content": base64.b64encode(b"x").decode()}
    made = ready.act("insert", settings.table, person, values={"short_description": "s"}, attachments=[file])
    ready.settled()
    events = hook.events(2)
    [added] = [event for event in events if event.get("attachment_action") == "added"]
    assert (added["event_type"], added["sys_id"]) == ("IncidentUpdated", made["record"]["sys_id"])
    assert "salaries" not in str(events)
    known = len(events)
    ready.act("delete", "sys_attachment", person, sys_id=made["attachments"][0], enforce=False)
    assert hook.events(known + 1)[-1]["attachment_action"] == "deleted"


def test_what_the_integration_user_writes_is_not_told(ready, settings, hook, person):
    made = ready.client().create(settings.table, {"short_description": "ours"})
    ready.client().update(settings.table, made.sys_id, {"description": "ours too"})
    ready.settled()
    assert hook.calls == []
    ready.act("update", settings.table, person, sys_id=made.sys_id, values={"description": "theirs"})
    assert [event["event_type"] for event in hook.events()] == ["IncidentUpdated"]


def test_an_incident_out_of_scope_causes_no_call(ready, settings, hook, person):
    apply(ready.client(), replace(settings, incident_filter="short_descriptionSTARTSWITHsecurity"))
    ready.act("insert", settings.table, person, values={"short_description": "network"})
    made = ready.act("insert", settings.table, person, values={"short_description": "security: x"})["record"]
    ready.settled()
    assert [event["sys_id"] for event in hook.events()] == [made["sys_id"]]


def test_a_refused_call_is_logged_without_the_token(ready, settings, hook, person):
    hook.status = 401
    ready.act("insert", settings.table, person, values={"short_description": "s"})
    ready.settled()
    lines = [row["message"] for row in ready.rows("syslog")["syslog"]]
    assert any("401" in line and "not delivered" in line for line in lines)
    assert not any(TOKEN in line for line in lines)


def test_the_token_is_encrypted_in_the_instance(ready, settings):
    [credential] = ready.rows("discovery_credentials")["discovery_credentials"]
    assert TOKEN not in str(ready.rows(*COLUMNS))
    assert credential["password"]
    assert stored_mark(ready.client(), settings.prefix) == mark_of(TOKEN)


def test_a_removal_leaves_the_instance_as_it_was(place, settings):
    place.grant(*roles(settings.table, "rest"))
    before = place.rows(*COLUMNS)
    client = place.client()
    apply(client, settings)
    store_token(client, settings.prefix, TOKEN)
    assert place.rows(*COLUMNS) != before
    remove(client, settings)
    assert place.rows(*COLUMNS) == before


def test_the_same_records_come_of_an_update_set(place, settings, hook, person):
    """With it the user needs no right to create rules; here it gets them only to compare."""
    place.grant(*roles(settings.table, "update-set"))
    place.admin("POST", "update-sets", {"xml": update_set(settings, datetime(2026, 11, 21, tzinfo=UTC))})
    store_token(place.client(), settings.prefix, TOKEN)
    made = place.act("insert", settings.table, person, values={"short_description": "s"})["record"]
    assert [event["sys_id"] for event in hook.events()] == [made["sys_id"]]
    assert hook.calls[0][0]["Authorization"] == f"Bearer {TOKEN}"
    place.grant("business_rule_admin", "web_service_admin")
    assert plan(place.client(), settings).writes == ()


@pytest.mark.parametrize("taken", sorted(set(ROLE_OF_TABLE.values()) - {"script_include_admin"}))
def test_each_role_that_is_taken_away_is_named(taken, place, settings):
    place.grant(*(name for name in roles(settings.table, "rest") if name != taken))
    with pytest.raises(MissingRole, match=taken):
        apply(place.client(), settings)


@pytest.mark.parametrize(
    ("table", "field"), [("sys_script", "script"), ("sys_script", "filter_condition"), ("sys_rest_message", "name")]
)
def test_a_column_that_is_silently_dropped_is_named(table, field, place, settings):
    place.grant(*roles(settings.table, "rest"))
    rule = {"table": table, "field": field, "operation": "write", "roles": ["admin"]}
    place.admin("PATCH", "config", {"field_acls": [rule]})
    with pytest.raises(MissingRole) as caught:
        apply(place.client(), replace(settings, incident_filter="active=true"))
    assert field in caught.value.fields
    assert place.rows("sys_script")["sys_script"] == []


def test_a_refused_log_in_is_no_missing_role(place, settings):
    place.grant("admin")
    with pytest.raises(Misconfigured, match="log the integration user in"):
        apply(place.client(), settings)


@pytest.mark.parametrize("kind", ["500-after-commit", "reset-after", "reset-before", "500", "html-200"])
@pytest.mark.parametrize("table", ["sys_rest_message", "sys_script", "discovery_credentials"])
def test_a_write_of_unknown_outcome_is_repaired_by_a_repeat(kind, table, place, settings):
    place.grant(*roles(settings.table, "rest"))
    client = place.client()
    place.admin("POST", "faults", _fault(kind, table))
    with pytest.raises(Unavailable):
        apply(client, settings)
    apply(client, settings)
    assert plan(client, settings).writes == ()
    assert len(place.rows("sys_script")["sys_script"]) == 4
    assert len(place.rows("sys_rest_message")["sys_rest_message"]) == 1


def test_an_instance_that_chooses_sys_ids_itself_is_no_obstacle(place, settings):
    place.grant(*roles(settings.table, "rest"))
    place.admin("PATCH", "config", {"honour_client_sys_id": False})
    client = place.client()
    apply(client, settings)
    assert apply(client, settings).writes == ()
    remove(client, settings)
    assert remove(client, settings).writes == ()


def _fault(kind, table):
    return {"kind": kind, "method": "POST", "path": f"*/table/{table}", "times": 1}
