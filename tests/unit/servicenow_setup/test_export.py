"""The update set is the REST way in a file: same records, same sys_ids, no token."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from xml.etree import ElementTree as ET

import pytest

from servicenow_setup.apply import apply, plan
from servicenow_setup.credential import store_token
from servicenow_setup.export import update_set

AT = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@pytest.fixture(params=["incident", "sn_si_incident"])
def chosen(request, settings):
    """With every character that XML treats as its own."""
    return replace(settings, table=request.param, incident_filter='short_descriptionLIKE<a & "b">]]>\'')


def test_each_record_equals_what_the_rest_way_makes(chosen, instance, token):
    apply(instance, chosen)
    store_token(instance, chosen.prefix, token)
    xml = update_set(chosen, AT)
    assert token not in xml
    by_rest = {
        (table, row["sys_id"]): {name: value for name, value in row.items() if name != "password"}
        for table in instance.rows
        for row in instance.all(table)
    }
    by_rest["discovery_credentials", _credential(by_rest)]["user_name"] = f"aws-security-ir {chosen.prefix}"
    assert _records(xml) == by_rest


def test_an_imported_update_set_needs_no_further_write(chosen, instance):
    for (table, _), row in _records(update_set(chosen, AT)).items():
        instance.put(table, **row)
    assert plan(instance, chosen).writes == ()


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


def _credential(rows):
    [sys_id] = [sys_id for table, sys_id in rows if table == "discovery_credentials"]
    return sys_id
