"""The catalog item of workspaces with its variables and rules: made, compared, left to the customer, removed."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from integration.clients.errors import Misconfigured
from integration.emulators.servicenow.tables import base_schema
from integration.workspaces.model import Action, WorkspaceKind
from integration.workspaces.names import ITEMS_TABLE, ORDERED
from servicenow_setup.apply import apply, plan, remove
from servicenow_setup.columns import CATALOG
from servicenow_setup.credential import store_token
from servicenow_setup.desired import THEIRS, desired
from servicenow_setup.errors import MissingRole
from servicenow_setup.export import update_set
from servicenow_setup.lengths import LENGTHS
from servicenow_setup.roles import CATALOG_ROLE, NEEDS_OF_PARTS, roles, roles_of_parts
from servicenow_setup.workspaces import ORDERS, PART, VARIABLES, of_our_item
from tests.unit.servicenow_setup.test_es5 import _parsed

ITEM = {"sys_id": "3" * 32, "number": "RITM0010001", "sys_mod_count": "2", "short_description": "for payroll"}
KINDS = [
    "item/workspace", "variable/action", "choice/action/new", "choice/action/extend", "choice/action/end",
    "variable/kind", "choice/kind/personal", "choice/kind/team", "choice/kind/demo", "choice/kind/class",
    "variable/days", "variable/team", "variable/names", "variable/workspace", "variable/cost_center",
    "rule/order_approved/sc_req_item", "rule/order_saved/sc_req_item", "rule/order_deleted/sc_req_item",
]  # fmt: skip


@pytest.fixture
def wanting(settings):
    return replace(settings, parts=(*settings.parts, PART))


@pytest.fixture(params=[False, True], ids=["script include", "inline"])
def ready(request, instance, wanting, token):
    if request.param:
        instance.refuses.add("sys_script_include")
    apply(instance, wanting)
    store_token(instance, wanting.prefix, token)
    return instance


def of_part(settings):
    without = {record.kind for record in desired(replace(settings, parts=settings.parts[:1])).records}
    return [record for record in desired(settings).records if record.kind not in without]


def test_each_record_comes_after_what_it_hangs_on(wanting):
    made = of_part(wanting)
    assert [record.kind for record in made] == KINDS
    assert all(set(record.parents.values()) <= set(KINDS[:place]) for place, record in enumerate(made))


def test_without_it_nothing_of_it_is_wanted_and_no_catalog_is_needed(settings, instance):
    """An instance may have no catalog, or hide it."""
    instance.hides |= set(CATALOG)
    apply(instance, settings)
    assert not any(record.table in CATALOG for record in desired(settings).records)


def test_a_catalog_that_may_not_be_read_is_named_only_where_it_is_wanted(settings, wanting, instance, monkeypatch):
    ask = instance.query

    def refusing(table, query, fields=()):
        if table in CATALOG:
            raise Misconfigured("servicenow", "closed")
        return ask(table, query, fields)

    monkeypatch.setattr(instance, "query", refusing)
    apply(instance, settings)
    with pytest.raises(MissingRole, match=r"sc_cat_item.*catalog_admin"):
        apply(instance, wanting)


def test_choices_and_events_are_those_that_aws_knows(wanting):
    choices = {variable.name: tuple(value for value, _ in variable.choices) for variable in VARIABLES}
    assert choices["action"] == tuple(Action)
    assert choices["kind"] == tuple(WorkspaceKind)
    assert ORDERS == ITEMS_TABLE


def test_a_second_run_writes_nothing(ready, wanting):
    before = ready.snapshot()
    assert apply(ready, wanting).writes == ()
    assert ready.snapshot() == before


def test_removal_takes_all_of_it_with_the_rest(ready, wanting):
    remove(ready, wanting)
    assert ready.snapshot() == {}


def test_who_takes_it_away_keeps_the_rest(ready, wanting, settings):
    """The part is no more among those of the set-up: its records go, found by their mark and by their item."""
    apply(ready, settings)
    assert not any(ready.all(table) for table in CATALOG)
    assert {row["collection"] for row in ready.all("sys_script")} == {"incident", "sys_attachment"}
    assert apply(ready, settings).writes == ()


def test_a_death_after_any_write_is_made_good_by_the_next_run(instance, wanting):
    apply(instance, wanting)
    whole = {table: set(rows) for table, rows in instance.snapshot().items()}
    for dies_after in range(1, len(instance.writes) + 1):
        fresh = type(instance)()
        fresh.dies_after = dies_after
        with pytest.raises(fresh.death):
            apply(fresh, wanting)
        fresh.dies_after = None
        apply(fresh, wanting)
        assert {table: set(rows) for table, rows in fresh.snapshot().items()} == whole
        assert plan(fresh, wanting).writes == ()


def test_words_and_places_of_the_item_are_the_customer_s(ready, wanting):
    item = ready.named("sc_cat_item", "Workspace")
    item |= {"name": "A place", "category": "c" * 32, "active": "false"}
    changes = apply(ready, wanting)
    assert changes.writes == ()
    assert {kept.field for kept in changes.kept} == {"name", "category", "active"}


def test_what_orders_are_read_by_is_restored(ready, wanting):
    [variable] = [row for row in ready.all("item_option_new") if row["name"] == "kind"]
    variable |= {"default_value": "class", "question_text": "Wozu?"}
    changes = apply(ready, wanting)
    assert [(change.kind, dict(change.fields)) for change in changes.writes] == [
        ("variable/kind", {"default_value": ("class", "personal")})
    ]
    assert variable["question_text"] == "Wozu?"


def test_a_question_that_the_customer_added_stays_as_long_as_the_item(ready, wanting):
    item = ready.named("sc_cat_item", "Workspace")
    ready.put("item_option_new", cat_item=item["sys_id"], name="reason")
    assert apply(ready, wanting).writes == ()
    remove(ready, wanting)
    assert ready.all("item_option_new") == []


def test_another_item_of_the_catalog_is_left_alone(ready, wanting):
    ready.put("sc_cat_item", name="Laptop")
    remove(ready, wanting)
    assert [row["name"] for row in ready.all("sc_cat_item")] == ["Laptop"]


def test_rules_may_be_narrowed_and_put_aside(wanting):
    rules = [record for record in of_part(wanting) if record.table == "sys_script"]
    assert {rule.theirs for rule in rules} == {THEIRS}
    assert {rule.values["filter_condition"] for rule in rules} == {of_our_item(wanting)}
    assert {rule.values["collection"] for rule in rules} == {"sc_req_item"}


@pytest.mark.parametrize(("rule", "operation"), [("order saved", "update"), ("order deleted", "delete")])
def test_a_rule_tells_which_order_to_look_at_and_nothing_of_it(ready, new_host, wanting, rule, operation):
    host = new_host(ready)
    result = host.run(ready.named("sys_script", rule), ITEM, operation)
    assert (result.ran, result.error) == (True, None)
    [sent] = host.sent
    assert (sent["method"], sent["url"]) == ("POST", wanting.webhook_url)
    assert json.loads(sent["body"]) == {
        "event_type": ORDERED, "sys_id": "3" * 32, "table": ITEMS_TABLE, "sys_mod_count": "2",
        "instance_name": "dev12345",
    }  # fmt: skip
    assert sent["timeout_ms"] == (2000 if operation == "delete" else 10000)


@pytest.mark.parametrize(("operation", "told"), [("insert", 1), ("update", 0)])
def test_of_what_our_user_writes_only_its_orders_are_news(ready, new_host, wanting, operation, told):
    host = new_host(ready)
    host.user_sys_id = wanting.user_sys_id
    host.run(ready.named("sys_script", "order saved"), ITEM, operation)
    assert len(host.sent) == told


def test_the_rule_before_an_order_is_stored_approves_it(ready, new_host):
    rule = ready.named("sys_script", "order approved")
    result = new_host(ready).run(rule, {**ITEM, "approval": "requested"}, "insert")
    assert (result.error, result.changes) == (None, {"approval": "approved"})
    assert (rule["when"], rule["action_insert"], rule["action_update"]) == ("before", "true", "false")


@pytest.mark.parametrize("inline", [False, True])
def test_its_scripts_are_es5_and_hold_no_placeholder(wanting, inline):
    rules = [record.values for record in desired(wanting, inline=inline).records if record.table == "sys_script"]
    scripts = [rule[column] for rule in rules for column in ("script", "condition") if rule[column]]
    assert _parsed(scripts) == [None] * len(scripts)
    assert not any("'@" in script for script in scripts)


@pytest.mark.parametrize("size", [1, 16])
def test_every_column_holds_what_is_written(wanting, size):
    """By the set-up's lengths and by the emulator's."""
    schema = base_schema()
    longest = replace(wanting, prefix="p" * size, owner="o" * 60, webhook_url="https://" + "a" * 188 + ".com")
    for record in of_part(longest):
        for name, value in {**record.given, **record.values}.items():
            limits = [schema.columns(record.table)[name].max_length]
            limits += [length.most] if (length := LENGTHS.get((record.table, name))) else []
            assert all(not limit or len(value) <= limit for limit in limits if name != "script"), (record.kind, name)


def test_the_update_set_carries_each_record(wanting):
    xml = update_set(wanting, datetime(2026, 11, 29, tzinfo=UTC))
    for record in of_part(wanting):
        assert f"<target_name>{record.name}</target_name>" in xml
        assert f"{record.table}_{record.sys_id}" in xml


def test_an_item_without_a_plan_is_closed_by_us_alone(wanting):
    [item] = [record for record in of_part(wanting) if record.table == "sc_cat_item"]
    assert {item.given[name] for name in ("delivery_plan", "flow_designer_flow", "workflow")} == {""}


def test_a_role_for_the_catalog_is_needed_for_the_set_up_over_rest_alone():
    for table in ("incident", "sn_si_incident"):
        assert CATALOG_ROLE not in roles(table, "rest")
    assert (roles_of_parts([PART], "rest"), roles_of_parts([PART], "update-set")) == ((CATALOG_ROLE,), ())
    named = " ".join(call for need in NEEDS_OF_PARTS[PART] for call in need.calls)
    assert set(CATALOG) <= set(re.findall(r"\w+", named))
