"""The update set is the REST way in a file: same records, same sys_ids; the credential is made by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from xml.etree import ElementTree as ET

import pytest

from servicenow_setup.apply import apply, plan
from servicenow_setup.export import TYPES, update_set

COMMON = "sys_class_name sys_name sys_package sys_policy sys_scope sys_update_name"
EXPORTED = {
    "sys_script": "access abort_action add_message change_fields client_callable execute_function is_rest priority"
    " message rest_method rest_method_text rest_service rest_service_text rest_variables role_conditions template"
    " sys_overrides sys_domain sys_domain_path",
    "sys_script_include": "access api_name caller_access mobile_callable sandbox_callable client_callable",
    "sys_rest_message": "access authentication_type use_basic_auth use_mutual_auth protocol_name basic_auth_profile",
    "sys_rest_message_fn": "authentication_type lock qualified_name use_mid_server use_mutual_auth",
    "sys_rest_message_fn_headers": "",
    "sys_rest_message_fn_parameters": "",
}
"""As they stand in the exports of opsgenie/opsgenie-integration, jacebenson/update-set-host and
jeannjang/servicenow-update-sets."""
ENVELOPE = (
    "inserted updated deleted collisions summary origin_sys_id parent remote_base_update_set remote_parent_id"
    " update_set update_source sys_created_by sys_mod_count"
)
AT = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@pytest.fixture(params=["incident", "sn_si_incident"])
def chosen(request, settings):
    """With every character that XML treats as its own."""
    return replace(settings, table=request.param, incident_filter='short_descriptionLIKE<a & "b">]]>\'')


def test_each_record_equals_what_the_rest_way_makes(chosen, instance):
    """But for what an instance puts in itself, the credential, and the newer name of async, which not all have."""
    apply(instance, chosen)
    made = _records(update_set(chosen, AT))
    by_rest = {(table, row["sys_id"]): row for table in TYPES for row in instance.all(table)}
    assert set(made) == set(by_rest)
    for key, row in made.items():
        there = by_rest[key] | ({"when": "async"} if by_rest[key].get("when") == "async_always" else {})
        assert {name: row[name] for name in there} == there
        assert set(row) - set(there) == {"sys_name", "sys_policy", "sys_update_name"}


def test_no_token_and_no_credential_is_in_it(chosen, token):
    """Update sets capture configuration; nobody showed that one with a credential is committed."""
    xml = update_set(chosen, AT)
    assert not any(table == "discovery_credentials" for table, _ in _records(xml))
    assert f"Name: {chosen.credential_name}" in xml


def test_an_imported_update_set_needs_no_further_write_but_the_credential(chosen, instance):
    for (table, _), row in _records(update_set(chosen, AT)).items():
        instance.put(table, **row)
    assert [change.table for change in plan(instance, chosen).writes] == ["discovery_credentials"]


@pytest.mark.parametrize(("table", "columns"), EXPORTED.items())
def test_a_record_has_the_columns_of_real_exports(table, columns, chosen):
    """Rules of the platform that fill them do not run when a set is committed; a class is found by its api_name."""
    rows = [row for (of, _), row in _records(update_set(chosen, AT)).items() if of == table]
    assert rows
    for row in rows:
        assert set(columns.split()) | set(COMMON.split()) <= set(row)
        assert (row["sys_scope"], row["sys_package"], row["sys_class_name"]) == ("global", "global", table)
        assert row["sys_update_name"] == f"{table}_{row['sys_id']}"
        assert row["sys_name"] == row.get("name", row.get("function_name"))


def test_a_class_is_found_by_its_scope_and_name(chosen):
    [include] = [row for (table, _), row in _records(update_set(chosen, AT)).items() if table == "sys_script_include"]
    assert include["api_name"] == f"global.{include['name']}"


def test_the_envelope_has_the_columns_of_real_exports(settings):
    envelope = ET.fromstring(update_set(settings, AT)).find("sys_remote_update_set")
    assert set(ENVELOPE.split()) <= {column.tag for column in envelope}


def test_it_has_the_form_that_an_import_takes(settings):
    root = ET.fromstring(update_set(settings, AT))
    assert root.tag == "unload"
    [envelope] = root.findall("sys_remote_update_set")
    assert envelope.findtext("state") == "loaded"
    updates = root.findall("sys_update_xml")
    assert {update.findtext("remote_update_set") for update in updates} == {envelope.findtext("sys_id")}
    assert len({update.findtext("sys_id") for update in updates}) == len(updates)
    for update in updates:
        payload = ET.fromstring(update.findtext("payload").encode())
        [record] = payload
        assert payload.get("table") == record.tag
        assert update.findtext("name") == f"{record.tag}_{record.findtext('sys_id')}"
        assert record.get("action") == update.findtext("action") == "INSERT_OR_UPDATE"


def test_it_tells_how_to_remove_each_record_and_that_the_token_is_missing(settings):
    notes = ET.fromstring(update_set(settings, AT)).findtext("sys_remote_update_set/description")
    for (table, _), row in _records(update_set(settings, AT)).items():
        assert f"{table}: {row.get('name', row.get('function_name'))}" in notes
    assert settings.credential_name in notes


def test_the_same_settings_and_moment_give_the_same_file(settings):
    assert update_set(settings, AT) == update_set(settings, AT)


def _records(xml):
    records = {}
    for update in ET.fromstring(xml).findall("sys_update_xml"):
        [record] = ET.fromstring(update.findtext("payload").encode())
        values = {column.tag: column.text or "" for column in record}
        records[record.tag, values["sys_id"]] = values
    return records
