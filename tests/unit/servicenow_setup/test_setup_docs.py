"""The administrator's page says what the code does: what is generated there is compared with the data it comes from."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from servicenow_setup.cases import RULES
from servicenow_setup.desired import desired
from servicenow_setup.errors import MissingRole, NotEncrypted
from servicenow_setup.roles import DOCUMENTED, NEEDS, ROLE_OF_TABLE, documented_roles, roles, spare
from servicenow_setup.scripts import PAYLOAD

PAGE = Path("docs/servicenow-setup.md").read_text(encoding="utf-8")


def test_the_roles_on_the_page_are_those_of_the_table():
    rows = [
        f"| `{need.role}` | {'both' if not need.tables else ', '.join(f'`{table}`' for table in need.tables)} "
        f"| {'both' if len(need.ways) == 2 else need.ways[0]} | {'; '.join(need.calls)} | {need.optional} |"
        for need in NEEDS
    ]
    assert _block("roles").splitlines()[2:] == rows


def test_the_payload_on_the_page_is_what_rules_send():
    shown = json.loads(_block("payload").removeprefix("```json").removesuffix("```"))
    assert tuple(shown) == PAYLOAD


def test_every_record_is_on_the_page(settings):
    for record in desired(settings).records:
        if record.table in ("sys_script", "sys_script_include", "sys_rest_message", "discovery_credentials"):
            assert f"`{record.name.replace(settings.prefix, '<id>')}` | `{record.table}`" in PAGE
    assert len(RULES) == PAGE.count("| `sys_script` |")


def test_access_rules_are_named_for_each_table_an_instance_may_hold_closed():
    assert {f"`{table}`" for table in ROLE_OF_TABLE} - set(re.findall(r"`\w+`", _section("Access rules"))) == set()


def test_what_errors_point_to_is_on_the_page():
    said = [str(MissingRole("sys_script", "create", "r")), str(NotEncrypted("", "n"))]
    anchors = {anchor for text in said for anchor in re.findall(r"docs/servicenow-setup\.md#([\w-]+)", text)}
    assert len(anchors) == 2
    titles = {re.sub(r"[^\w -]", "", line.lstrip("# ")).lower().replace(" ", "-") for line in PAGE.splitlines()}
    assert anchors <= titles


def test_the_credential_that_is_made_by_hand_is_found(settings):
    [credential] = [record for record in desired(settings).records if record.table == "discovery_credentials"]
    section = _section("The credential by hand")
    for column in ("name", "user_name"):
        assert credential.values[column].replace(settings.prefix, "<id>") in section


@pytest.mark.parametrize("table", ["incident", "sn_si_incident"])
def test_every_table_we_write_has_a_role_in_the_smallest_set(table, settings):
    assert set(ROLE_OF_TABLE.values()) <= set(roles(table, "rest"))
    assert {record.table for record in desired(settings).records} == set(ROLE_OF_TABLE)


@pytest.mark.parametrize("table", ["incident", "sn_si_incident"])
def test_with_the_update_set_no_right_to_create_rules_is_needed(table):
    needed = roles(table, "update-set", optional=False)
    assert not {"business_rule_admin", "web_service_admin", "credential_admin", "script_include_admin"} & set(needed)


@pytest.mark.parametrize("table", ["incident", "sn_si_incident"])
def test_the_documented_roles_hold_all_that_is_not_optional(table):
    """`script_include_admin` is not among them, which is why the shared code may stand in each rule."""
    assert set(roles(table, "rest", optional=False)) <= set(documented_roles(table))
    assert "script_include_admin" not in documented_roles(table)
    assert len(documented_roles(table)) == len(DOCUMENTED[table]) + 6


def _section(title):
    found = re.search(rf"\n#+ {title}\n(.*?)\n#", PAGE, re.DOTALL)
    assert found, title
    return found[1]


def _block(name):
    found = re.search(rf"<!-- {name}: generated -->\n(.*?)\n<!-- end -->", PAGE, re.DOTALL)
    assert found, name
    return found[1]


def test_a_role_that_an_integration_needs_is_not_to_be_taken_away():
    """`change_manager` opens more than the module's; an integration that names it keeps it, also past the lock."""
    held = {"itil": False, "change_manager": False}
    assert spare("incident", held) == ["change_manager"]
    assert spare("incident", held, ["change_manager"]) == []
