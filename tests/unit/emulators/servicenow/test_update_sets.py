"""Update sets: an administrator imports the XML, and the records are there."""

from __future__ import annotations

from xml.sax.saxutils import escape

import pytest

from integration.emulators.servicenow.update_set import BadUpdateSet, load

RULE_ID, INCLUDE_ID, SET_ID = "a" * 32, "b" * 32, "c" * 32


def record(table: str, action: str = "INSERT_OR_UPDATE", **values: str) -> str:
    fields = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in values.items())
    return f'<{table} action="{action}">{fields}</{table}>'


def update(name: str, inner: str) -> str:
    payload = f'<?xml version="1.0" encoding="UTF-8"?><record_update table="x">{inner}</record_update>'
    return record("sys_update_xml", name=name, sys_id=name[-32:].rjust(32, "0"), payload=payload, type="Business Rule")


def unload(*parts: str) -> str:
    header = record("sys_remote_update_set", name="Integration", sys_id=SET_ID, state="loaded")
    return f'<?xml version="1.0" encoding="UTF-8"?><unload unload_date="2026-11-21">{header}{"".join(parts)}</unload>'


RULE = record("sys_script", sys_id=RULE_ID, name="r", collection="incident", when="before", order="100", active="true",
              advanced="true", action_insert="true", script="current.description = a < b ? 'x' : 'y';")  # fmt: skip


def test_records_of_a_set_are_loaded_and_the_set_committed(desk, instance):
    include = record("sys_script_include", sys_id=INCLUDE_ID, name="Shared", script="var a = 1, b = 2;", active="true")
    result = load(instance, unload(update("sys_script_1", RULE), update("sys_script_include_2", include)))
    assert [(each["table"], each["sys_id"]) for each in result["records"]] == [
        ("sys_script", RULE_ID), ("sys_script_include", INCLUDE_ID),
    ]  # fmt: skip
    remote = desk.row(SET_ID, "sys_remote_update_set")
    assert (remote["state"], remote["update_set"]) == ("committed", result["update_set"])
    assert desk.row(result["update_set"], "sys_update_set")["name"] == "Integration"
    assert len(instance.store.rows("sys_update_xml")) == 2


def test_loaded_rules_run(desk, instance):
    load(instance, unload(update("sys_script_1", RULE.replace("a &lt; b", "1 &lt; 2"))))
    assert desk.row(desk.incident())["description"] == "x"


def test_a_second_import_updates_and_a_delete_removes(desk, instance):
    load(instance, unload(update("sys_script_1", RULE)))
    load(instance, unload(update("sys_script_1", record("sys_script", sys_id=RULE_ID, name="renamed"))))
    assert (desk.row(RULE_ID, "sys_script")["name"], desk.row(RULE_ID, "sys_script")["when"]) == ("renamed", "before")
    load(instance, unload(update("sys_script_1", record("sys_script", action="DELETE", sys_id=RULE_ID))))
    assert instance.store.row("sys_script", RULE_ID) is None


def test_plain_records_load_too(desk, instance):
    result = load(instance, f"<unload>{RULE}</unload>")
    assert result == {"records": [{"table": "sys_script", "sys_id": RULE_ID, "action": "INSERT_OR_UPDATE"}]}


def test_a_secret_of_another_instance_cannot_be_read(instance):
    load(instance, f"<unload>{record('discovery_credentials', sys_id=RULE_ID, name='n', password='plain')}</unload>")
    row = instance.store.row("discovery_credentials", RULE_ID)
    assert instance.cipher.decrypt(row["password"]) == ""


@pytest.mark.parametrize(
    "xml",
    [
        "", "<nope/>", "<unload>", "<!DOCTYPE a [<!ENTITY b 'c'>]><unload/>", "<unload><no_table/></unload>",
        "<unload><sys_script><name>x</name></sys_script></unload>",
        "<unload><sys_remote_update_set><sys_id>x</sys_id></sys_remote_update_set></unload>",
        unload(record("sys_update_xml", name="x", payload="<other/>")),
    ],
)  # fmt: skip
def test_what_is_no_update_set_is_refused(instance, xml):
    with pytest.raises(BadUpdateSet):
        load(instance, xml)
