"""The catalog item of workspaces in an instance that enforces roles and runs the rules it is given."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from integration.clients.servicenow.query import Query
from servicenow_setup.apply import apply, plan, remove
from servicenow_setup.columns import ALL
from servicenow_setup.credential import store_token
from servicenow_setup.errors import Locked, MissingRole
from servicenow_setup.export import update_set
from servicenow_setup.roles import CATALOG_ROLE, ROLE_OF_TABLE, roles, roles_of_parts
from servicenow_setup.workspaces import PART

TOKEN = "tok-0123456789_abcdefghijklmnopqrstuvwxyz-ABCDEF"
WAYS = ("rest", "update-set")
pytestmark = pytest.mark.parametrize("settings", ["incident"], indirect=True)
"""What is ordered is of no module."""


@pytest.fixture
def wanting(settings):
    return replace(settings, parts=(*settings.parts, PART))


@pytest.fixture(params=WAYS)
def ready(request, place, wanting):
    return set_up(place, wanting, request.param)


def smallest(way):
    return {"catalog", *roles("incident", way), *roles_of_parts([PART], way)}


def set_up(place, wanting, way):
    """With the roles of that way, and the smaller of the two roles that may work on orders."""
    place.grant(*smallest(way))
    if way == "rest":
        apply(place.client(), wanting)
    else:
        place.admin("POST", "update-sets", {"xml": update_set(wanting, datetime(2026, 11, 29, tzinfo=UTC))})
    store_token(place.client(), wanting.prefix, TOKEN)
    return place


def ordered(place, by="abel.tuter", **values):
    return place.admin("POST", "orders", {"as": by, "do": "order", "item": "Workspace for files", "variables": values})[
        "record"
    ]


def item_of(place, request):
    [row] = [row for row in place.rows("sc_req_item") if row["request"] == request["sys_id"]]
    return row


def test_an_order_is_approved_as_it_is_stored_and_told_once_with_the_token(ready, hook):
    request = ordered(ready, action="new", kind="personal", days=3)
    ready.settled()
    item = item_of(ready, request)
    assert (item["approval"], item["state"]) == ("approved", "1")
    [(headers, body)] = [call for call in hook.calls if call[1]["sys_id"] == item["sys_id"]]
    assert headers["authorization"] == f"Bearer {TOKEN}"
    assert (body["event_type"], body["table"], body["sys_mod_count"]) == ("WorkspaceOrdered", "sc_req_item", "0")


def test_what_people_do_to_an_order_is_told_and_what_we_write_is_not(ready, hook):
    item = item_of(ready, ordered(ready))
    ready.settled()
    known = len(hook.calls)
    ready.client().update("sc_req_item", item["sys_id"], {"work_notes": "Here it is.", "state": "3"})
    ready.settled()
    assert len(hook.calls) == known
    ready.act("update", "sc_req_item", "catalog.owner", sys_id=item["sys_id"], values={"approval": "rejected"})
    hook.events(known + 1)  # a rule that runs later finds nothing to tell of a record that is gone
    ready.act("delete", "sc_req_item", "admin", sys_id=item["sys_id"])
    assert [event["sys_id"] for event in hook.events(known + 2)[known:]] == [item["sys_id"]] * 2


def test_orders_of_other_items_are_neither_approved_nor_told(ready, hook):
    made = ready.admin(
        "POST", "orders",
        {"as": "abel.tuter", "do": "order", "item": "Corp VPN", "variables": {"reason": "Travel"}},
    )["record"]  # fmt: skip
    ready.settled()
    assert item_of(ready, made)["approval"] == "requested"
    assert hook.calls == []


def test_where_a_flow_asks_somebody_the_rule_is_put_aside(ready):
    """Filter and active are the customer's."""
    [rule] = [row for row in ready.rows("sys_script") if row["name"].endswith("order approved")]
    ready.admin("POST", "seed", {"sys_script": [{**rule, "active": "false"}]})
    request = ordered(ready)
    ready.settled()
    assert item_of(ready, request)["approval"] == "requested"


def test_the_integration_user_reads_an_order_s_values_and_writes_its_result(ready):
    item = item_of(ready, ordered(ready, kind="team", team="a,b"))
    fields = ("sc_item_option.item_option_new.name", "sc_item_option.value")
    rows = ready.client().query("sc_item_option_mtom", Query().equals("request_item", item["sys_id"]), fields)
    values = {row.value(fields[0]): row.value(fields[1]) for row in rows}
    assert values == {
        "action": "new", "kind": "team", "days": "", "team": "a,b", "names": "", "workspace": "", "cost_center": "",
    }  # fmt: skip
    ready.client().update("sc_req_item", item["sys_id"], {"work_notes": "Ready.", "state": "3"})
    assert item_of(ready, {"sys_id": item["request"]})["state"] == "3"


@pytest.mark.parametrize("ready", ["rest"], indirect=True)
def test_a_second_run_writes_nothing_and_removal_leaves_nothing(ready, wanting):
    assert plan(ready.client(), wanting).writes == ()
    before = {name: {row["sys_id"] for row in rows} for name, rows in ready.tables(*ALL).items()}
    assert apply(ready.client(), wanting).writes == ()
    assert {name: {row["sys_id"] for row in rows} for name, rows in ready.tables(*ALL).items()} == before
    remove(ready.client(), wanting)
    assert [row["name"] for row in ready.rows("sc_cat_item")] == ["Corp VPN"]
    assert [row["name"] for row in ready.rows("item_option_new")] == ["reason"]
    assert ready.rows("question_choice") + ready.rows("sys_script") == []


@pytest.mark.parametrize("ready", ["update-set"], indirect=True)
def test_after_an_imported_update_set_nothing_is_to_be_written(ready, wanting):
    ready.grant(*roles(wanting.table, "rest"), *roles_of_parts([PART], "rest"))
    assert [change.kind for change in plan(ready.client(), wanting).writes if "rule" not in change.kind] == []


@pytest.mark.parametrize("taken", sorted(set(ROLE_OF_TABLE.values()) - {"script_include_admin"} | {CATALOG_ROLE}))
def test_each_role_that_is_taken_away_is_named(taken, place, wanting):
    """Of those that the set-up by REST needs; without a Script Include the rules hold the code themselves."""
    place.grant(*smallest("rest") - {taken})
    with pytest.raises(MissingRole, match=taken):
        apply(place.client(), wanting)


def test_without_the_role_for_credentials_an_imported_update_set_gets_no_token(place, wanting):
    place.admin("POST", "update-sets", {"xml": update_set(wanting, datetime(2026, 11, 29, tzinfo=UTC))})
    place.grant(*smallest("update-set") - {"credential_admin"})
    with pytest.raises(MissingRole, match="credential_admin"):
        store_token(place.client(), wanting.prefix, TOKEN)


@pytest.mark.parametrize("way", WAYS)
def test_a_removal_leaves_the_instance_as_it_was(way, place, wanting):
    """An imported update set brought a Script Include, which only an administrator removes here; that is said."""
    before = place.tables(*ALL)
    set_up(place, wanting, way)
    assert place.tables(*ALL) != before
    place.grant(*smallest("rest"))
    if way == "update-set":
        with pytest.raises(MissingRole, match="sys_script_include"):
            remove(place.client(), wanting)
        [left] = place.rows("sys_script_include")
        place.act("delete", "sys_script_include", "admin", sys_id=left["sys_id"])
    remove(place.client(), wanting)
    assert place.tables(*ALL) == before


def test_a_removal_that_is_not_let_near_the_records_says_so(place, wanting):
    """To whoever has no role for a table it looks empty."""
    set_up(place, wanting, "update-set")
    with pytest.raises((Locked, MissingRole)):
        remove(place.client(), wanting)
