"""What becomes of an order: approvals of requests and items, tasks of a plan, closing, cancelling, closed records."""

from __future__ import annotations

import pytest

from integration.emulators.servicenow.errors import ApiError
from integration.emulators.servicenow.ids import fixed_id

JOE = fixed_id("user", "joe.employee")
TEAM = fixed_id("group", "DevOps Team")


def standing(shop, item):
    row = shop.row(item["sys_id"], "sc_req_item")
    return row["approval"], row["state"], row["stage"]


def request_of(shop, request):
    row = shop.row(request["sys_id"], "sc_request")
    return row["approval"], row["request_state"], row["active"]


def tasks(shop, item):
    return shop.instance.store.find("sc_task", request_item=item["sys_id"])


def test_a_cheap_request_approves_itself_and_its_item_waits_all_the_same(shop):
    """Approval of a request and of its items are two things."""
    request, [item] = shop.ordered(shop.item(price="999"))
    assert request_of(shop, request) == ("approved", "in_process", "true")
    assert standing(shop, item) == ("requested", "1", "waiting_for_approval")
    assert shop.asked(request["sys_id"]) == []


def test_a_dear_request_asks_the_manager_before_its_items_begin(shop):
    request, [item] = shop.ordered(shop.item(price="1000", asks=TEAM))
    assert (request_of(shop, request), shop.asked(request["sys_id"])) == (
        ("requested", "requested", "true"), ["fred.luddy"],
    )  # fmt: skip
    assert shop.asked(item["sys_id"]) == []
    shop.person("fred.luddy", "approve", of=request["number"])
    assert request_of(shop, request) == ("approved", "in_process", "true")
    assert shop.asked(item["sys_id"]) == ["christen.mitchell", "david.loo"]


def test_which_price_is_cheap_is_a_switch(shop):
    shop.instance.switches.catalog_approves_below = 0
    request, _ = shop.ordered(shop.item())
    assert request_of(shop, request)[0] == "requested"


def test_somebody_without_a_manager_is_waited_for(shop):
    request, _ = shop.ordered(shop.item(price="1000"), user="joe.employee")
    assert (request_of(shop, request)[0], shop.asked(request["sys_id"])) == ("requested", [])


@pytest.mark.parametrize(("whom", "asked"), [
    ("manager", ["fred.luddy"]), (TEAM, ["christen.mitchell", "david.loo"]), (JOE, ["joe.employee"]),
])  # fmt: skip
def test_an_item_is_approved_by_any_one_who_is_asked(shop, whom, asked):
    _, [item] = shop.ordered(shop.item(asks=whom))
    assert shop.asked(item["sys_id"]) == asked
    shop.person(asked[-1], "approve", of=item["number"], comments="Fine.")
    assert (standing(shop, item), shop.asked(item["sys_id"])) == (("approved", "1", "fulfillment"), [])
    states = {row["state"] for row in shop.instance.store.find("sysapproval_approver", sysapproval=item["sys_id"])}
    assert states == ({"approved", "not_required"} if len(asked) > 1 else {"approved"})


def test_an_approval_says_what_it_is_about(shop):
    _, [item] = shop.ordered(shop.item(asks="manager"))
    [row] = shop.instance.store.find("sysapproval_approver", sysapproval=item["sys_id"])
    assert (row["source_table"], row["document_id"]) == ("sc_req_item", item["sys_id"])


@pytest.mark.parametrize(("state", "request_state"), [
    ("4", "closed_incomplete"), ("7", "closed_complete"), ("", "in_process"),
])  # fmt: skip
def test_a_rejected_item_ends_as_the_switch_says_and_its_request_with_it(shop, state, request_state):
    shop.instance.switches.catalog_rejected_state = state
    request, [item] = shop.ordered(shop.item(asks=TEAM))
    shop.person("david.loo", "reject", of=item["number"], comments="No.")
    assert standing(shop, item) == ("rejected", state or "1", "Request Cancelled")
    assert shop.asked(item["sys_id"]) == []
    assert request_of(shop, request)[1] == request_state


def test_a_rejected_request_takes_its_items_along(shop):
    request, [item] = shop.ordered(shop.item(price="1000"))
    shop.person("fred.luddy", "reject", of=request["number"])
    assert request_of(shop, request) == ("rejected", "closed_rejected", "false")
    assert standing(shop, item) == ("rejected", "4", "Request Cancelled")


def test_who_is_not_asked_decides_nothing(shop):
    _, [item] = shop.ordered(shop.item(asks="manager"))
    with pytest.raises(ValueError, match="is not asked to approve"):
        shop.person("joe.employee", "approve", of=item["number"])


@pytest.mark.parametrize("born", ["requested", "not requested"])
def test_what_a_new_item_s_approval_is_is_a_switch(shop, born):
    shop.instance.switches.catalog_item_born = born
    _, [item] = shop.ordered(shop.item())
    assert standing(shop, item)[0] == born


def test_whether_items_follow_their_request_is_a_switch(shop):
    shop.instance.switches.catalog_item_follows = True
    _, [free] = shop.ordered(shop.item())
    _, [held] = shop.ordered(shop.item("Chair", asks="manager"))
    assert (standing(shop, free)[0], standing(shop, held)[0]) == ("approved", "requested")


def test_flows_run_later_unless_switched(shop):
    shop.instance.switches.catalog_flow_delay_s = 0.02
    request, _ = shop.ordered(shop.item())
    assert request_of(shop, request)[0] == "requested"
    assert shop.instance.jobs.settle(5)
    assert request_of(shop, request)[0] == "approved"


def test_a_plan_makes_its_tasks_once_the_item_is_approved(shop):
    _, [item] = shop.ordered(shop.item(asks="manager", makes_tasks="2"))
    assert tasks(shop, item) == []
    shop.person("fred.luddy", "approve", of=item["number"])
    shop.patch(item["sys_id"], table="sc_req_item", approval="requested")
    shop.patch(item["sys_id"], table="sc_req_item", approval="approved")
    made = tasks(shop, item)
    assert [(each["number"][:6], each["parent"], each["request"]) for each in made] == [
        ("SCTASK", item["sys_id"], item["request"])
    ] * 2


@pytest.mark.parametrize(("incomplete", "state", "request_state"), [
    (False, "3", "closed_complete"), (True, "4", "closed_incomplete"),
])  # fmt: skip
def test_with_its_tasks_an_item_closes_and_with_its_items_a_request(shop, incomplete, state, request_state):
    request, [item] = shop.ordered(shop.item(asks="manager", makes_tasks="2"))
    shop.person("fred.luddy", "approve", of=item["number"])
    first, second = tasks(shop, item)
    shop.patch(first["sys_id"], table="sc_task", user="catalog.fulfiller", state="3")
    assert standing(shop, item)[1] == "1"
    shop.person("catalog.fulfiller", "close_tasks", of=item["number"], incomplete=incomplete)
    assert standing(shop, item)[1] == state
    assert request_of(shop, request)[1:] == (request_state, "false")
    assert shop.row(second["sys_id"], "sc_task")["closed_by"] == fixed_id("user", "catalog.fulfiller")


def test_without_a_plan_nobody_closes_the_item(shop):
    """Nor does closing a task that somebody added by hand."""
    _, [item] = shop.ordered(shop.item())
    task = shop.create("sc_task", user="beth.anglin", request_item=item["sys_id"])
    shop.patch(task["sys_id"], table="sc_task", user="beth.anglin", state="3")
    assert standing(shop, item)[1] == "1"


@pytest.mark.parametrize(("closes", "request_state"), [(True, "closed_complete"), (False, "in_process")])
def test_a_request_closes_with_its_last_item_as_the_switch_says(shop, closes, request_state):
    shop.instance.switches.catalog_request_closes = closes
    request, [item] = shop.ordered(shop.item())
    shop.patch(item["sys_id"], table="sc_req_item", user="beth.anglin", state="3")
    row = shop.row(item["sys_id"], "sc_req_item")
    assert (row["active"], row["stage"], bool(row["closed_at"])) == ("false", "completed", True)
    assert request_of(shop, request)[1] == request_state


def test_an_item_that_is_opened_again_has_no_marks_of_closing(shop):
    _, [item] = shop.ordered(shop.item())
    for state in ("3", "1"):
        shop.patch(item["sys_id"], table="sc_req_item", state=state)
    row = shop.row(item["sys_id"], "sc_req_item")
    assert (row["active"], row["closed_at"], row["closed_by"]) == ("true", "", "")


@pytest.mark.parametrize(("state", "approval"), [("4", "kept"), ("7", "cancelled")])
def test_cancelling_a_request_ends_what_it_held(shop, state, approval):
    """As the switches say; what people were asked is asked no more."""
    shop.instance.switches.catalog_cancelled_state = state
    shop.instance.switches.catalog_cancelled_approval = approval
    request, [item] = shop.ordered(shop.item(asks="manager"))
    shop.person("abel.tuter", "cancel", of=request["number"])
    assert request_of(shop, request)[1:] == ("closed_cancelled", "false")
    assert standing(shop, item) == ("requested" if approval == "kept" else approval, state, "Request Cancelled")
    assert shop.asked(item["sys_id"]) == []


def test_open_tasks_of_a_cancelled_request_end(shop):
    request, [item] = shop.ordered(shop.item(asks="manager", makes_tasks="1"))
    shop.person("fred.luddy", "approve", of=item["number"])
    shop.person("catalog.fulfiller", "cancel", of=request["number"])
    assert [each["state"] for each in tasks(shop, item)] == ["4"]


def test_only_who_has_to_do_with_it_cancels_a_request_and_only_once(shop):
    request, _ = shop.ordered(shop.item())
    with pytest.raises(ApiError):
        shop.person("joe.employee", "cancel", of=request["number"])
    shop.person("abel.tuter", "cancel", of=request["number"])
    with pytest.raises(ValueError, match="no open request"):
        shop.person("abel.tuter", "cancel", of=request["number"])


def test_a_row_that_was_inserted_has_no_process(shop):
    """An order is what begins one; whoever inserts into the table gets a row."""
    made = shop.create("sc_req_item", user="beth.anglin", cat_item=shop.item(asks=TEAM, makes_tasks="2"))
    assert (made["approval"], shop.asked(made["sys_id"])) == ("not requested", [])


CLOSED = [
    ("drop", 200, "said", "1"), ("everything", 200, "", "1"), ("403", 403, "", "1"), ("allow", 200, "said", "5"),
]  # fmt: skip


@pytest.mark.parametrize(("mode", "status", "note", "quantity"), CLOSED, ids=[mode for mode, *_ in CLOSED])
def test_what_a_closed_item_takes_is_a_switch(shop, mode, status, note, quantity):
    shop.instance.switches.catalog_closed_write = mode
    _, [item] = shop.ordered(shop.item())
    shop.patch(item["sys_id"], table="sc_req_item", user="beth.anglin", state="3")
    answer = shop.patch(item["sys_id"], table="sc_req_item", user="beth.anglin", work_notes="said", quantity="5")
    notes = shop.instance.journal.entries(item["sys_id"], ("work_notes",))
    assert (answer.status, "".join(each["value"] for each in notes)) == (status, note)
    assert shop.row(item["sys_id"], "sc_req_item")["quantity"] == quantity


def test_an_administrator_of_the_catalog_writes_closed_items(shop):
    _, [item] = shop.ordered(shop.item())
    shop.patch(item["sys_id"], table="sc_req_item", state="3")
    shop.patch(item["sys_id"], table="sc_req_item", user="catalog.owner", quantity="5")
    assert shop.row(item["sys_id"], "sc_req_item")["quantity"] == "5"


RIGHTS = [
    # user, reads the item, writes it, makes items of the catalog
    ("beth.anglin", 200, 200, 403), ("catalog.fulfiller", 200, 200, 403), ("catalog.owner", 200, 200, 201),
    ("abel.tuter", 200, 200, 403), ("joe.employee", 404, 404, 403), ("sam.sorokin", 404, 404, 403),
]  # fmt: skip


@pytest.mark.parametrize(("user", "reads", "writes", "makes"), RIGHTS, ids=[user for user, *_ in RIGHTS])
def test_who_may_do_what_with_an_order(shop, user, reads, writes, makes):
    _, [item] = shop.ordered(shop.item())
    place = f"/api/now/table/sc_req_item/{item['sys_id']}"
    assert shop("GET", place, user=user).status == reads
    assert shop("PATCH", place, user=user, body={"comments": "Please hurry."}).status == writes
    assert shop("POST", "/api/now/table/sc_cat_item", user=user, body={"name": "New"}).status == makes


def test_who_ordered_it_only_comments(shop):
    _, [item] = shop.ordered(shop.item())
    shop.patch(item["sys_id"], table="sc_req_item", user="abel.tuter", approval="approved", comments="Please.")
    assert standing(shop, item)[0] == "requested"
    assert len(shop.instance.journal.entries(item["sys_id"], ("comments",))) == 1


@pytest.mark.parametrize(("roles", "seen"), [(["itil"], 1), (["catalog_admin"], 0)])
def test_who_reads_values_by_the_table_api_is_a_switch(shop, roles, seen):
    shop.instance.switches.catalog_values_for = roles
    _, [item] = shop.ordered(shop.item(variables={"days": {}}), variables={"days": "3"})
    assert len(shop.values(item["sys_id"])) == seen
