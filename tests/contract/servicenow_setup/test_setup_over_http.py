"""The setup against an instance that enforces roles, encrypts passwords and runs the rules it is given."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from integration.clients.errors import Misconfigured, Unavailable
from integration.clients.servicenow.attachment import Attachments
from servicenow_setup.apply import apply, plan, remove
from servicenow_setup.columns import COLUMNS
from servicenow_setup.credential import mark_of, store_token, stored_mark
from servicenow_setup.errors import Cut, MissingRole
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
    before = ready.tables(*COLUMNS)
    assert apply(ready.client(), settings).writes == ()
    assert ready.tables(*COLUMNS) == before


def test_each_change_of_an_incident_arrives_once_with_the_token(ready, settings, hook, person):
    made = ready.act("insert", settings.table, person, values={"short_description": 'quote " and \n newline'})["record"]
    ready.settled()
    ready.act("update", settings.table, person, sys_id=made["sys_id"], values={"description": "more"})
    ready.settled()
    ready.act("delete", settings.table, person, sys_id=made["sys_id"], enforce=False)
    events = hook.events(3)
    assert [event["event_type"] for event in events] == ["IncidentCreated", "IncidentUpdated", "IncidentDeleted"]
    for headers, body in hook.calls:
        assert headers["authorization"] == f"Bearer {TOKEN}"
        assert headers["content-type"] == "application/json"
        assert (body["sys_id"], body["incident_number"]) == (made["sys_id"], made["number"])
        assert (body["table"], body["instance_name"]) == (settings.table, "dev00001")
        assert "quote" not in str(body)
    assert [event["sys_mod_count"] for event in events] == ["0", "1", "1"]


@pytest.mark.parametrize(("held_s", "action"), [(0.0, "added"), (0.2, "updated")])
def test_a_file_arrives_once_with_its_action(held_s, action, ready, settings, hook, person):
    """The platform lets a file go after a moment, as `system`; until then it cannot be read."""
    ready.admin("PATCH", "config", {"attachment_state_delay_s": held_s})
    file = {"name": "salaries.xlsx", "content_type": "text/plain", "content": base64.b64encode(b"x").decode()}
    made = ready.act("insert", settings.table, person, values={"short_description": "s"}, attachments=[file])
    events = hook.events(2)
    ready.settled()
    [told] = [event for event in events if "attachment_action" in event]
    assert (told["event_type"], told["attachment_action"]) == ("IncidentUpdated", action)
    assert told["sys_id"] == made["record"]["sys_id"]
    assert "salaries" not in str(events)
    known = len(events)
    ready.act("delete", "sys_attachment", person, sys_id=made["attachments"][0], enforce=False)
    assert hook.events(known + 1)[-1]["attachment_action"] == "deleted"


def test_a_file_of_ours_is_not_told_when_it_is_let_go(ready, settings, hook):
    ready.admin("PATCH", "config", {"attachment_state_delay_s": 0.1})
    made = ready.client().create(settings.table, {"short_description": "ours"})
    Attachments(ready.client()._http).upload(settings.table, made.sys_id, "a.txt", "text/plain", [b"x"], 1)
    ready.settled()
    [row] = ready.rows("sys_attachment")
    assert (row["state"], row["sys_updated_by"]) == ("available", "system")
    assert hook.calls == []


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
    lines = [row["message"] for row in ready.rows("syslog")]
    assert any("401" in line and "not delivered" in line for line in lines)
    assert not any(TOKEN in line for line in lines)


def test_the_token_is_encrypted_in_the_instance(ready, settings):
    [credential] = ready.rows("discovery_credentials")
    assert TOKEN not in str(ready.tables(*COLUMNS))
    assert credential["password"]
    assert stored_mark(ready.client(), settings.prefix) == mark_of(TOKEN)


def test_a_removal_leaves_the_instance_as_it_was(place, settings):
    place.grant(*roles(settings.table, "rest"))
    before = place.tables(*COLUMNS)
    client = place.client()
    apply(client, settings)
    store_token(client, settings.prefix, TOKEN)
    assert place.tables(*COLUMNS) != before
    remove(client, settings)
    assert place.tables(*COLUMNS) == before


def test_the_same_records_come_of_an_update_set(place, settings, hook, person):
    """With it the user needs no right to create rules; here it gets them only to compare. `rotate` hands the token
    over as here, and makes the credential.
    """
    place.grant(*roles(settings.table, "update-set"))
    place.admin("POST", "update-sets", {"xml": update_set(settings, datetime(2026, 11, 21, tzinfo=UTC))})
    store_token(place.client(), settings.prefix, TOKEN)
    made = place.act("insert", settings.table, person, values={"short_description": "s"})["record"]
    assert [event["sys_id"] for event in hook.events()] == [made["sys_id"]]
    assert hook.calls[0][0]["authorization"] == f"Bearer {TOKEN}"
    place.settled()
    place.act("delete", settings.table, person, sys_id=made["sys_id"], enforce=False)
    assert hook.events(2)[-1]["event_type"] == "IncidentDeleted"
    place.grant("business_rule_admin", "web_service_admin")
    assert plan(place.client(), settings).writes == ()


@pytest.mark.parametrize("release", ["older", "newer"])
def test_async_rules_are_set_up_and_run_on_every_release(release, place, settings, hook, person):
    """An older instance drops the choice it does not have; after an upgrade it may move our rules to it."""
    if release == "older":
        place.admin("PATCH", "config", {"missing_choices": ["sys_script.when=async_always"]})
    place.grant(*roles(settings.table, "rest"))
    apply(place.client(), settings)
    store_token(place.client(), settings.prefix, TOKEN)
    stored = {row["when"] for row in place.rows("sys_script") if row["action_insert"] == "true"}
    assert stored == {"async" if release == "older" else "async_always"}
    place.act("insert", settings.table, person, values={"short_description": "s"})
    assert [event["event_type"] for event in hook.events()] == ["IncidentCreated"]


@pytest.mark.parametrize("table", sorted(set(ROLE_OF_TABLE) - {"sys_script_include"}))
def test_a_table_open_to_administrators_only_is_named_with_its_way_out(table, place, settings):
    """As instances were seen, whatever the roles; what was made before is taken away again, or used by a repeat."""
    place.grant(*roles(settings.table, "rest"))
    place.admin("PATCH", "config", {"admin_only": [table]})
    before = place.tables(*COLUMNS)
    client = place.client()
    with pytest.raises(MissingRole, match=rf"{table}.*#access-rules"):
        apply(client, settings)
    place.admin("PATCH", "config", {"admin_only": []})
    apply(client, settings)
    assert plan(client, settings).writes == ()
    remove(client, settings)
    assert place.tables(*COLUMNS) == before


@pytest.mark.parametrize(
    ("table", "column"), [("sys_rest_message", "name"), ("sys_script", "name"), ("discovery_credentials", "name")]
)
def test_a_column_of_the_instance_that_holds_less_is_named(table, column, place, settings):
    place.grant(*roles(settings.table, "rest"))
    place.admin("PATCH", "config", {"column_lengths": {f"{table}.{column}": 12}})
    with pytest.raises(Cut, match=f"{table}: {column} was cut to 12 characters"):
        apply(place.client(), settings)
    assert place.rows(table) == []


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
    assert place.rows("sys_script") == []


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
    assert len(place.rows("sys_script")) == 4
    assert len(place.rows("sys_rest_message")) == 1


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
