"""The Service Catalog API: what may be ordered, by whom, for whom; the cart; one step and two."""

from __future__ import annotations

import pytest

from integration.emulators.servicenow.catalog_seed import SERVICE_CATALOG
from integration.emulators.servicenow.ids import fixed_id
from integration.emulators.servicenow.registering import save_user

ABEL, JOE, BETH = (fixed_id("user", name) for name in ("abel.tuter", "joe.employee", "beth.anglin"))
VPN = fixed_id("item", "Corp VPN")
CATALOG = "/api/sn_sc/servicecatalog"
REQUESTED_FOR = {"type": "31", "also_request_for": "true"}


@pytest.fixture
def open_to_all(instance):
    """Anybody may order for anybody."""
    properties = {row["name"]: row for row in instance.store.rows("sys_properties")}
    instance.plant("sys_properties", {**properties["glide.sc.req_for.roles.default"], "value": "allow"})


@pytest.fixture
def two_steps(instance):
    [row] = instance.store.find("sys_properties", name="glide.sc.checkout.twostep")
    instance.plant("sys_properties", {**row, "value": "true"})


def criteria(instance, item, *, barred=False, **named):
    made = instance.plant("user_criteria", {"name": "some", **named})["sys_id"]
    table = f"sc_cat_item_user_criteria_{'no_' if barred else ''}mtom"
    instance.plant(table, {"sc_cat_item": item, "user_criteria": made})


def test_an_order_answers_with_its_request_and_the_item_is_read_from_its_table(shop):
    answer = shop.order(VPN, variables={"reason": "Travel"})
    request = shop.row(answer.result["request_id"], "sc_request")
    assert answer.result == {
        "sys_id": request["sys_id"], "number": request["number"], "request_number": request["number"],
        "request_id": request["sys_id"], "table": "sc_request",
    }  # fmt: skip
    assert request["number"].startswith("REQ")
    [item] = shop.instance.store.find("sc_req_item", request=request["sys_id"])
    assert item["number"].startswith("RITM")
    assert (item["cat_item"], item["requested_for"], item["quantity"], item["state"]) == (VPN, ABEL, "1", "1")
    assert (item["opened_by"], item["sc_catalog"], item["parent"]) == (ABEL, SERVICE_CATALOG, request["sys_id"])
    assert item["short_description"] == "Access to the network from elsewhere"
    assert shop.values(item["sys_id"]) == {"reason": "Travel"}


@pytest.mark.parametrize("version", ["", "/v1"])
def test_it_shows_items_with_their_variables(shop, version):
    desk = shop.item(price="80", variables={"size": {"type": "5", "mandatory": "true"}})
    [size] = shop.instance.store.find("item_option_new", cat_item=desk)
    shop.instance.plant("question_choice", {"question": size["sys_id"], "value": "l", "text": "Large"})
    place = f"/api/sn_sc{version}/servicecatalog/items"
    listed = shop("GET", f"{place}?sysparm_text=desk", user="joe.employee")
    assert [(each["name"], each["price"], each["show_price"]) for each in listed.result] == [("Desk", "$80.00", True)]
    assert listed.headers["X-Total-Count"] == "1"
    [variable] = shop("GET", f"{place}/{desk}", user="joe.employee").result["variables"]
    assert shop("GET", f"{place}/{desk}/variables", user="joe.employee").result == [variable]
    assert (variable["name"], variable["type"], variable["friendly_type"]) == ("size", 5, "select_box")
    assert variable["choices"] == [{"value": "l", "label": "Large", "index": 0}]
    assert variable["mandatory"]


def test_a_category_a_catalog_and_a_limit_narrow_the_list(shop):
    for name in ("Desk", "Chair"):
        shop.item(name)
    items = f"{CATALOG}/items?sysparm_"
    assert [each["name"] for each in shop("GET", f"{items}category={fixed_id('category', 'Services')}").result] == [
        "Corp VPN"
    ]
    assert shop("GET", f"{items}catalog=other").result == []
    assert len(shop("GET", f"{items}limit=2").result) == 2


REFUSED = [
    ({"sysparm_quantity": None}, "Invalid quantity value"),
    ({"sysparm_quantity": -1}, "Invalid quantity value"),
    ({"sysparm_quantity": "two"}, "Invalid quantity value"),
    ({"sysparm_quantity": 0}, "Invalid quantity value"),
    ({"variables": {}}, "Mandatory Variables are required"),
    ({"variables": {"reason": " "}}, "Mandatory Variables are required"),
    ({"variables": "reason"}, "Mandatory Variables are required"),
    ({"sysparm_requested_for": JOE}, "You are not authorized to request items for other users"),
    ({"sysparm_requested_for": "nobody"}, "You are not authorized to request items for other users"),
]


@pytest.mark.parametrize(("body", "message"), REFUSED, ids=str)
def test_a_bad_order_is_refused_and_nothing_is_requested(shop, body, message):
    answer = shop.order(VPN, **{"variables": {"reason": "Travel"}, **body})
    assert (answer.status, answer.json["error"]["message"]) == (400, message)
    assert shop.instance.store.rows("sc_request") == []


def test_the_status_of_a_refusal_is_a_switch(shop):
    shop.instance.switches.catalog_refusal_status = 422
    assert shop.order(VPN).status == 422


def test_whether_none_at_all_may_be_ordered_is_a_switch(shop):
    shop.instance.switches.catalog_zero_refused = False
    _, [item] = shop.ordered(VPN, sysparm_quantity=0, variables={"reason": "Travel"})
    assert item["quantity"] == "0"


def test_what_is_ordered_three_times_is_one_item(shop):
    request, [item] = shop.ordered(shop.item(price="400.5"), sysparm_quantity=3)
    assert (item["quantity"], item["price"], request["price"]) == ("3", "400.5", "1201.5")


def test_a_check_box_that_must_be_checked_is(shop):
    item = shop.item(variables={"sure": {"type": "7", "mandatory": "true"}})
    assert shop.order(item, variables={"sure": False}).status == 400
    assert shop.order(item, variables={"sure": True}).status == 200


def test_values_are_texts_defaults_fill_in_and_what_is_no_variable_is_left_out(shop):
    item = shop.item(variables={"days": {"default_value": "14"}, "sure": {"type": "7"}, "old": {"active": "false"}})
    _, [made] = shop.ordered(item, variables={"sure": True, "old": "x", "other": "y"})
    assert shop.values(made["sys_id"]) == {"days": "14", "sure": "true"}


@pytest.mark.parametrize(("checked", "status"), [(False, 200), (True, 400)])
def test_whether_a_select_box_takes_none_but_its_choices_is_a_switch(shop, checked, status):
    shop.instance.switches.catalog_choices_checked = checked
    item = shop.item(variables={"size": {"type": "5"}})
    [size] = shop.instance.store.find("item_option_new", cat_item=item)
    shop.instance.plant("question_choice", {"question": size["sys_id"], "value": "l", "text": "Large"})
    assert shop.order(item, variables={"size": "xxl"}).status == status
    assert shop.order(item, variables={"size": "l"}).status == 200


def test_an_item_that_is_not_there_and_one_that_is_retired_read_alike(shop):
    retired = shop.item(active="false")
    refusals = {shop.order(item).json["error"]["message"] for item in ("nothing", retired)}
    assert refusals == {"Security constraints prevent ordering of Item"}


CRITERIA = [
    ({"user": ABEL}, {}, True), ({"user": JOE}, {}, False), ({"user": JOE, "active": "false"}, {}, True),
    ({}, {"user": ABEL}, False), ({"user": ABEL}, {"user": ABEL}, False), ({}, {"user": JOE}, True),
    ({"user": ABEL, "role": fixed_id("role", "itil")}, {}, True),
    ({"user": ABEL, "role": fixed_id("role", "itil"), "match_all": "true"}, {}, False),
]  # fmt: skip


@pytest.mark.parametrize(("available", "barred", "may"), CRITERIA, ids=str)
def test_user_criteria_decide_who_sees_and_orders_it(shop, available, barred, may):
    """Not available for wins; an item that names nobody is everybody's."""
    item = shop.item()
    if available:
        criteria(shop.instance, item, **available)
    if barred:
        criteria(shop.instance, item, barred=True, **barred)
    seen = shop("GET", f"{CATALOG}/items?sysparm_text=desk", user="abel.tuter").result
    assert (bool(seen), shop.order(item).status == 200) == (may, may)


def test_a_group_is_a_criterion(shop):
    item = shop.item()
    criteria(shop.instance, item, group=fixed_id("group", "DevOps Team"))
    assert (shop.order(item, user="david.loo").status, shop.order(item).status) == (200, 400)


def test_a_role_lets_order_for_others(shop, instance):
    [row] = instance.store.find("sys_properties", name="glide.sc.req_for.roles")
    instance.plant("sys_properties", {**row, "value": "itil, catalog"})
    item = shop.item()
    _, [made] = shop.ordered(item, user="beth.anglin", sysparm_requested_for=JOE)
    assert (made["requested_for"], made["opened_by"]) == (JOE, BETH)
    assert shop.order(item, sysparm_requested_for=JOE).status == 400


def test_who_it_is_for_must_be_one_who_may_have_it(shop, open_to_all):
    item = shop.item()
    criteria(shop.instance, item, barred=True, user=JOE)
    assert shop.order(item, sysparm_requested_for=JOE).status == 400
    assert shop.order(item, sysparm_requested_for="nobody").status == 400
    assert shop.order(item, sysparm_requested_for=BETH).status == 200


@pytest.mark.parametrize(("receives", "status"), [(True, 200), (False, 400)])
def test_whether_somebody_inactive_gets_something_is_a_switch(shop, open_to_all, receives, status):
    shop.instance.switches.catalog_inactive_receives = receives
    shop.instance.store.change("sys_user", JOE, {"active": "false"})
    assert shop.order(shop.item(), sysparm_requested_for=JOE).status == status


def test_others_get_an_item_each_in_the_one_request(shop, open_to_all):
    item = shop.item(variables={"who": REQUESTED_FOR, "days": {}})
    request, made = shop.ordered(item, sysparm_also_request_for=f"{JOE}, {BETH},{JOE}", variables={"days": "3"})
    assert [each["requested_for"] for each in made] == [ABEL, JOE, BETH]
    assert {shop.values(each["sys_id"])["days"] for each in made} == {"3"}
    assert request["requested_for"] == ABEL


def crowd(instance, size):
    return ",".join(save_user(instance, {"user_name": f"u{number}"})["sys_id"] for number in range(size))


@pytest.mark.parametrize(("size", "status"), [(50, 200), (51, 400)])
def test_fifty_others_are_the_most(shop, open_to_all, size, status):
    item = shop.item(variables={"who": REQUESTED_FOR})
    assert shop.order(item, sysparm_also_request_for=crowd(shop.instance, size)).status == status


def test_one_who_may_not_have_it_refuses_all(shop, open_to_all):
    item = shop.item(variables={"who": REQUESTED_FOR})
    criteria(shop.instance, item, barred=True, user=JOE)
    assert shop.order(item, sysparm_also_request_for=f"{BETH},{JOE}").status == 400
    assert shop.instance.store.rows("sc_request") == []


@pytest.mark.parametrize("variables", [{}, {"who": {"type": "31"}}], ids=["no such variable", "not for others"])
def test_an_item_without_requested_for_is_ordered_for_no_others(shop, open_to_all, variables):
    answer = shop.order(shop.item(variables=variables), sysparm_also_request_for=JOE)
    assert (answer.status, "Requested For" in answer.json["error"]["message"]) == (400, True)


def test_before_quebec_the_request_alone_says_who_it_is_for(shop):
    shop.instance.switches.catalog_requested_for_on_item = False
    request, [item] = shop.ordered(shop.item())
    assert (request["requested_for"], item["requested_for"]) == (ABEL, "")


def add(shop, item, user="abel.tuter", **body):
    return shop("POST", f"{CATALOG}/items/{item}/add_to_cart", user=user, body={"sysparm_quantity": 1, **body})


def test_a_cart_becomes_one_request(shop):
    desk, chair = shop.item(price="80", variables={"days": {}}), shop.item("Chair", price="20.5")
    first = add(shop, desk, variables={"days": "3"}).result
    second = add(shop, chair, sysparm_quantity=2).result
    assert (second["cart_id"], second["subtotal"]) == (first["cart_id"], "$121.00")
    answer = shop("POST", f"{CATALOG}/cart/submit_order", user="abel.tuter")
    items = shop.instance.store.find("sc_req_item", request=answer.result["request_id"])
    assert [(each["cat_item"], each["quantity"]) for each in items] == [(desk, "1"), (chair, "2")]
    assert shop.values(items[0]["sys_id"]) == {"days": "3"}
    again = shop("POST", f"{CATALOG}/cart/submit_order", user="abel.tuter")
    assert (again.status, again.json["error"]["message"]) == (400, "Cart is empty, cannot check out")


def test_a_cart_is_its_users_so_two_programs_of_one_user_mix_their_orders(shop):
    add(shop, shop.item())
    add(shop, shop.item("Chair"))
    add(shop, shop.item("Lamp"), user="joe.employee")
    assert len(shop("GET", f"{CATALOG}/cart", user="abel.tuter").result["none"]["items"]) == 2
    assert shop("GET", f"{CATALOG}/cart", user="beth.anglin").result["subtotal_price"] == "$0.00"


def test_an_item_of_the_cart_is_changed_and_taken_out_by_its_user_alone(shop):
    line = add(shop, shop.item(variables={"days": {}})).result["items"][0]["cart_item_id"]
    changed = shop(
        "PUT", f"{CATALOG}/cart/{line}", user="abel.tuter", body={"sysparm_quantity": 4, "variables": {"days": 9}}
    )
    [shown] = changed.result["none"]["items"]
    assert (changed.status, shown["quantity"], shown["variables"]) == (201, "4", {"days?": "9"})
    assert shop("DELETE", f"{CATALOG}/cart/{line}", user="joe.employee").status == 400
    assert shop("DELETE", f"{CATALOG}/cart/{line}", user="abel.tuter").status == 204
    assert shop.instance.store.rows("sc_item_option") == []


@pytest.mark.parametrize(("user", "status"), [("abel.tuter", 204), ("catalog.owner", 204), ("joe.employee", 400)])
def test_a_cart_is_emptied_by_its_user_or_an_administrator_of_the_catalog(shop, user, status):
    cart = add(shop, shop.item()).result["cart_id"]
    assert shop("DELETE", f"{CATALOG}/cart/{cart}/empty", user=user).status == status


def test_with_two_steps_an_order_only_lies_in_the_cart(shop, two_steps):
    """A program that takes the answer for a request has ordered nothing."""
    answer = shop.order(VPN, variables={"reason": "Travel"})
    assert list(answer.result) == ["cart_id"]
    assert shop.instance.store.rows("sc_request") == []
    shown = shop("POST", f"{CATALOG}/cart/checkout", user="abel.tuter").result
    assert (shown["cart_id"], shown["requested_for"]) == (answer.result["cart_id"], ABEL)
    assert shop.instance.store.rows("sc_request") == []
    made = shop("POST", f"{CATALOG}/cart/submit_order", user="abel.tuter").result
    assert [each["request"] for each in shop.instance.store.rows("sc_req_item")] == [made["request_id"]]


def test_in_one_step_checkout_requests(shop):
    add(shop, shop.item())
    made = shop("POST", f"{CATALOG}/cart/checkout", user="abel.tuter").result
    assert sorted(made) == ["request_id", "request_number"]


def test_access_is_looked_at_again_at_the_checkout(shop):
    """And then the cart is as it was."""
    item = shop.item(variables={"days": {}})
    add(shop, item, variables={"days": "3"})
    criteria(shop.instance, item, barred=True, user=ABEL)
    assert shop("POST", f"{CATALOG}/cart/submit_order", user="abel.tuter").status == 400
    [kept] = shop("GET", f"{CATALOG}/cart", user="abel.tuter").result["none"]["items"]
    assert kept["variables"] == {"days?": "3"}


def test_the_api_may_be_away(shop):
    shop.instance.switches.catalog_api = False
    assert shop("GET", f"{CATALOG}/items").status == 400


@pytest.mark.parametrize(("method", "path"), [("POST", "items"), ("GET", "cart/checkout"), ("PATCH", "cart")])
def test_other_methods_are_refused(shop, method, path):
    assert shop(method, f"{CATALOG}/{path}").status == 405
