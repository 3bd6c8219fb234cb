"""Variables of a request item in business rules: read everywhere, set in a before rule only."""

from __future__ import annotations

import pytest


@pytest.fixture
def item(shop):
    return shop.item(variables={"days": {}, "kind": {"default_value": "personal"}})


def logged(shop):
    return [row["message"] for row in shop.instance.store.rows("syslog")]


@pytest.mark.parametrize("when", ["before", "after", "async"])
def test_every_kind_of_rule_reads_them(shop, item, when):
    """In a before rule of an insert nothing is stored yet."""
    shop.rule("gs.info(String(current.variables.days) + current.variables.kind);", when=when, action_update="false")
    shop.ordered(item, variables={"days": 3})
    assert shop.instance.jobs.settle(5)
    assert logged(shop) == ["3personal"]


@pytest.mark.parametrize(("when", "stored"), [("before", "9"), ("after", "3"), ("async", "3")])
def test_only_a_before_rule_sets_them(shop, item, when, stored):
    shop.rule("current.variables.days = '9';", when=when)
    _, [made] = shop.ordered(item, variables={"days": 3})
    assert shop.instance.jobs.settle(5)
    assert shop.values(made["sys_id"]) == {"days": stored, "kind": "personal"}


def test_what_one_before_rule_set_the_next_reads(shop, item):
    shop.rule("current.variables.days = '9';", order="100")
    shop.rule("current.short_description = 'for ' + current.variables.days;", order="200")
    _, [made] = shop.ordered(item, variables={"days": 3})
    assert made["short_description"] == "for 9"


def test_a_before_rule_of_an_update_sets_them_too(shop, item):
    _, [made] = shop.ordered(item, variables={"days": 3})
    shop.rule("current.variables.days.setValue(Number(current.variables.days) + 1);")
    shop.patch(made["sys_id"], table="sc_req_item", description="more")
    assert shop.values(made["sys_id"])["days"] == "4"


def test_a_variable_the_item_does_not_have_is_undefined_and_is_not_made(shop, item):
    shop.rule("gs.info(String(current.variables.other)); current.variables.other = 'x';")
    _, [made] = shop.ordered(item, variables={"days": 3})
    assert logged(shop)[0] == "undefined"
    assert "other" not in shop.values(made["sys_id"])


def test_a_rule_may_condition_on_them(shop, item):
    shop.rule("current.description = 'long';", condition="Number(current.variables.days) > 5")
    assert [shop.ordered(item, variables={"days": days})[1][0]["description"] for days in (3, 9)] == ["", "long"]


def test_another_record_s_are_read_and_a_task_shows_those_of_its_item(shop, item):
    _, [made] = shop.ordered(item, variables={"days": 3})
    shop.rule(
        "var item = new GlideRecord('sc_req_item'); item.get(current.request_item);"
        "gs.info(String(item.variables.days) + current.variables.days);",
        table="sc_task", when="after",
    )  # fmt: skip
    shop.create("sc_task", request_item=made["sys_id"])
    assert logged(shop) == ["33"]


def test_an_incident_has_none(shop):
    shop.rule("gs.info(String(current.variables.days));", table="incident")
    shop.incident()
    assert logged(shop) == ["undefined"]


def test_an_order_that_a_rule_refuses_leaves_no_values(shop, item):
    shop.rule("current.setAbortAction(true);")
    assert shop.order(item, variables={"days": 3}).status == 403
    assert shop.instance.store.rows("sc_item_option") == []


def test_a_before_rule_that_approves_approves(shop):
    shop.rule("current.approval = 'approved';", action_update="false")
    _, [made] = shop.ordered(shop.item(asks="manager", makes_tasks="1"))
    row = shop.row(made["sys_id"], "sc_req_item")
    assert (row["approval"], row["stage"], shop.asked(made["sys_id"])) == ("approved", "fulfillment", [])
    assert len(shop.instance.store.find("sc_task", request_item=made["sys_id"])) == 1


def test_with_an_item_its_values_go(shop, item):
    _, [made] = shop.ordered(item, variables={"days": 3})
    assert shop("DELETE", f"/api/now/table/sc_req_item/{made['sys_id']}").status == 204
    assert shop.instance.store.rows("sc_item_option") + shop.instance.store.rows("sc_item_option_mtom") == []
