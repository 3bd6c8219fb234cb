"""What the set-up makes in an instance: sys_ids go by keys alone, so that files may be called otherwise."""

from dataclasses import replace

import pytest

from servicenow_setup import cases as module
from servicenow_setup.cases import RULES
from servicenow_setup.desired import desired
from servicenow_setup.settings import SetupSettings
from tests.identity.golden import check

TABLES = ("incident", "sn_si_incident")


def settings(table):
    return SetupSettings(
        prefix="a1b2c3d4e5",
        owner="123456789012/eu-west-1/default",
        table=table,
        webhook_url="https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com/prod/webhook",
        user_sys_id="9" * 32,
    )


@pytest.mark.parametrize("table", TABLES)
def test_records_keep_their_sys_ids_names_and_marks(table):
    """By sys_id and mark a record is found again; under another one it would stand there twice."""
    wanted = desired(settings(table)).records
    check(
        f"records-{table}",
        {
            each.kind: {
                "table": each.table, "sys_id": each.sys_id, "name": each.name,
                "mark": each.values.get("description", "").partition("[")[2],
            }
            for each in wanted
        },
    )  # fmt: skip


def test_a_rule_s_file_may_be_called_otherwise(monkeypatch):
    """The key makes the sys_id, not the name of the file."""
    before = {each.kind: each.sys_id for each in desired(settings("incident")).records}
    read = module.rule_script
    monkeypatch.setattr(module, "rule_script", lambda s, name, **how: read(s, name.removeprefix("moved_"), **how))
    monkeypatch.setattr(module, "RULES", [replace(rule, script=f"moved_{rule.script}") for rule in RULES])
    assert {each.kind: each.sys_id for each in desired(settings("incident")).records} == before
