"""What is compared with what, as data: ours is restored and shown first, theirs is kept and shown."""

from __future__ import annotations

from dataclasses import replace

import pytest

from servicenow_setup.actual import Actual, read
from servicenow_setup.apply import apply, plan
from servicenow_setup.changes import diff
from servicenow_setup.desired import desired

OURS = [
    ("sys_script", "incident saved", "script", "gs.info('hello')"),
    ("sys_script", "incident saved", "when", "before"),
    ("sys_script", "attachment deleted", "action_delete", "false"),
    ("sys_script", "incident deleted", "condition", ""),
    ("sys_rest_message", "AWS Security IR", "rest_endpoint", "https://elsewhere.example/"),
    ("sys_rest_message_fn_headers", "Authorization", "value", "Basic abc"),
    ("sys_script_include", "AwsSecurityIr", "active", "false"),
    ("discovery_credentials", "Security IR Token", "active", "true"),
]
THEIRS = [
    ("filter_condition", "priority=1^EQ"),
    ("order", "350"),
    ("active", "false"),
]


@pytest.mark.parametrize(("table", "name", "column", "value"), OURS)
def test_a_drifted_column_of_ours_is_shown_and_restored(table, name, column, value, instance, settings):
    apply(instance, settings)
    reference = instance.snapshot()
    instance.named(table, name)[column] = value
    planned = plan(instance, settings)
    assert [(change.verb, change.table, list(change.fields)) for change in planned.writes] == [
        ("update", table, [column])
    ]
    assert any(column in line for line in planned.lines())
    apply(instance, settings)
    assert instance.snapshot() == reference


@pytest.mark.parametrize(("column", "value"), THEIRS)
def test_what_a_customer_changed_in_a_rule_is_kept_and_shown(column, value, instance, settings):
    apply(instance, settings)
    rule = instance.named("sys_script", "incident saved")
    rule[column] = value
    planned = plan(instance, settings)
    assert planned.writes == ()
    assert [(kept.found.sys_id, kept.field) for kept in planned.kept] == [(rule["sys_id"], column)]
    assert any("keep" in line and column in line for line in planned.lines())
    apply(instance, settings)
    assert instance.named("sys_script", "incident saved")[column] == value


@pytest.mark.parametrize(("column", "value"), THEIRS)
def test_restoring_rules_sets_it_back(column, value, instance, settings):
    apply(instance, settings)
    reference = instance.snapshot()
    instance.named("sys_script", "incident saved")[column] = value
    apply(instance, settings, restore_rules=True)
    assert instance.snapshot() == reference


def test_a_new_incident_filter_replaces_ours_and_not_theirs(instance, settings):
    apply(instance, settings)
    instance.named("sys_script", "incident saved")["filter_condition"] = "priority=1^EQ"
    apply(instance, replace(settings, incident_filter="category=security"))
    assert instance.named("sys_script", "incident saved")["filter_condition"] == "priority=1^EQ"
    assert "category=security" in instance.named("sys_script", "incident deleted")["filter_condition"]
    apply(instance, settings)
    assert instance.named("sys_script", "incident saved")["filter_condition"] == "priority=1^EQ"
    assert instance.named("sys_script", "incident deleted")["filter_condition"] == ""


def test_a_rule_whose_description_was_cleared_is_still_ours_and_its_filter_theirs(instance, settings):
    apply(instance, settings)
    rule = instance.named("sys_script", "incident saved")
    rule["description"], rule["filter_condition"] = "", "priority=1^EQ"
    apply(instance, settings)
    again = instance.named("sys_script", "incident saved")
    assert settings.owner in again["description"]
    assert again["filter_condition"] == "priority=1^EQ"


@pytest.mark.parametrize(
    ("column", "stored_as"),
    [("active", "1"), ("filter_condition", "^EQ"), ("script", None), ("description", None)],
)
def test_another_spelling_of_the_same_value_is_no_change(column, stored_as, instance, settings):
    """Instances store line ends, booleans and the end of a filter in their own way."""
    apply(instance, settings)
    rule = instance.named("sys_script", "incident saved")
    rule[column] = rule[column].replace("\n", "\r\n") + "\r\n" if stored_as is None else stored_as
    changes = plan(instance, settings)
    assert (changes.writes, changes.kept) == ((), ())


def test_a_double_of_ours_goes_and_the_one_with_our_sys_id_stays(instance, settings):
    apply(instance, settings)
    rule = instance.named("sys_script", "incident saved")
    instance.put("sys_script", **{**rule, "sys_id": "0" * 32})
    apply(instance, settings)
    assert instance.named("sys_script", "incident saved")["sys_id"] == rule["sys_id"]


def test_a_rule_that_an_upgrade_disabled_is_shown(instance, settings):
    apply(instance, settings)
    instance.named("sys_script", "incident saved")["active"] = "false"
    assert any("active: 'false'" in line for line in plan(instance, settings).lines())


def test_comparing_is_pure(instance, settings):
    apply(instance, settings)
    instance.named("sys_script", "incident saved")["script"] = ""
    goal, actual = desired(settings), read(instance, settings)
    assert diff(goal, actual) == diff(goal, actual)
    assert diff(None, Actual(())).writes == ()


def test_everything_is_made_after_what_it_refers_to(settings):
    seen: set[str] = set()
    for record in desired(settings).records:
        assert set(record.parents.values()) <= seen
        seen.add(record.kind)
