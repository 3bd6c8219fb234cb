"""Request items of an emulated instance: what people order and decide there is read, and a note closes it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from integration.clients.errors import Misconfigured, Refused
from integration.clients.servicenow import table
from integration.emulators import servicenow
from integration.workspaces import orders
from integration.workspaces.model import Action, Standing, WorkspaceKind
from integration.workspaces.orders import ServiceNowOrders
from integration.workspaces.ports import NotShown
from tests.contract.emulated import Instance, key_and_certificate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from integration.workspaces.model import Order

MARK = "prefix:abc kind:item/workspace "
VARIABLES = ("action", "kind", "days", "names", "team", "cost_center", "workspace")
PERSON = "joe.employee"


class Shop:
    """The instance with our catalog item; people order it."""

    def __init__(self, instance: Instance) -> None:
        self.instance = instance
        self.item = instance.seed("sc_cat_item", name="Workspace", meta=f"[x {MARK}set:y]", active="true")
        for name in VARIABLES:
            instance.seed("item_option_new", cat_item=self.item, name=name, type="6", question_text=name)
        self.other = instance.seed("sc_cat_item", name="Other", active="true")
        self.port = ServiceNowOrders(instance.http, lambda: "dev1", MARK, time.time)

    def order(self, item: str = "", **more: Any) -> str:
        request = self.instance.people.in_catalog(PERSON, "order", item=item or self.item, **more)
        (made,) = self.instance.people.rows("sc_req_item", request=request["sys_id"])
        return str(made["sys_id"])

    def change(self, sys_id: str, **values: str) -> None:
        self.instance.people.write("admin", "update", "sc_req_item", sys_id, enforce=False, **values)

    def read(self, sys_id: str) -> Order:
        order = self.port.read(sys_id)
        assert order is not None
        return order


@pytest.fixture(scope="module")
def shop() -> Iterator[Shop]:
    with servicenow.serve(servicenow.create_app()) as url:
        instance = Instance(url)
        instance.fresh(*key_and_certificate(), "itil", "snc_platform_rest_api_access")
        yield Shop(instance)


def test_what_a_person_ordered(shop: Shop) -> None:
    """Whoever it is for, with the answers of the form."""
    order = shop.read(shop.order(variables={"action": "extend", "kind": "team", "days": "9", "cost_center": "4711"}))
    (person,) = shop.instance.people.rows("sys_user", user_name=PERSON)
    assert (order.person.key, order.person.shown) == (f"sn/dev1/{person['sys_id']}", person["name"])
    assert (order.action, order.kind, order.days, order.cost_center, order.quantity) == (
        Action.EXTEND, WorkspaceKind.TEAM, 9, "4711", 1,
    )  # fmt: skip
    assert order.number.startswith("RITM")
    assert not order.inactive


def test_a_form_left_empty(shop: Shop) -> None:
    """Is a new personal workspace, for as long as is usual."""
    order = shop.read(shop.order())
    assert (order.action, order.kind, order.days, order.workspace) == (Action.NEW, WorkspaceKind.PERSONAL, None, "")


def test_another_item_and_one_that_is_gone(shop: Shop) -> None:
    """The first is nobody's business here."""
    assert shop.port.read(shop.order(shop.other)) is None
    gone = shop.order()
    shop.instance.people.write("admin", "delete", "sc_req_item", gone, enforce=False)
    assert shop.read(gone).standing is Standing.DELETED


@pytest.mark.parametrize(
    ("values", "standing"),
    [
        ({"approval": "requested"}, Standing.WAITING),
        ({"approval": "approved"}, Standing.APPROVED),
        ({"approval": "rejected"}, Standing.WITHDRAWN),
        ({"approval": "approved", "state": "4"}, Standing.CLOSED),
    ],
)
def test_what_people_decide(shop: Shop, values: dict[str, str], standing: Standing) -> None:
    """As it stands when it is looked at."""
    sys_id = shop.order()
    shop.change(sys_id, **values)
    assert shop.read(sys_id).standing is standing


HIDDEN = [
    {"field_acls": [{"table": table, "field": field, "operation": "read", "roles": ["nobody"]}]}
    for table, field in (
        ("sc_req_item", "state"), ("sc_req_item", "approval"), ("sc_req_item", "active"), ("sc_req_item", "quantity"),
        ("sc_item_option", "value"), ("item_option_new", "name"), ("sys_user", "active"),
    )
]  # fmt: skip


@pytest.mark.parametrize("switches", [*HIDDEN, {"catalog_values_for": []}], ids=str)
def test_what_an_access_rule_hides_is_not_taken_for_empty(shop: Shop, switches: dict[str, Any]) -> None:
    """Whatever is hidden: an order to end would be one to make, one that nobody approved would be."""
    sys_id = shop.order(variables={"action": "end"})
    shop.change(sys_id, approval="approved")
    assert shop.read(sys_id).action is Action.END
    shop.instance.config(**switches)
    try:
        with pytest.raises(NotShown):
            shop.port.read(sys_id)
    finally:
        shop.instance.config(field_acls=[], catalog_values_for=["itil"])
    assert shop.read(sys_id).action is Action.END


def test_a_record_that_is_hidden_is_not_deleted(shop: Shop) -> None:
    """The instance answers 404 to both, and counts the one."""
    sys_id = shop.order()
    shop.instance.revoke("itil")
    try:
        with pytest.raises(Misconfigured, match="counted"):
            shop.port.read(sys_id)
    finally:
        shop.instance.grant("itil")
    assert shop.read(sys_id).key == sys_id


def test_what_is_looked_for_among_all_items(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ours that are approved and open, and ours that are not approved and changed lately; page by page."""
    made = {name: shop.order() for name in ("approved", "asked", "rejected", "closed", "gone")}
    made["other"] = shop.order(shop.other)
    for name, values in {
        "approved": {"approval": "approved"}, "asked": {"approval": "requested"}, "rejected": {"approval": "rejected"},
        "closed": {"approval": "approved", "state": "3"}, "other": {"approval": "approved"},
    }.items():  # fmt: skip
        shop.change(made[name], **values)
    shop.instance.people.write("admin", "delete", "sc_req_item", made["gone"], enforce=False)
    now = time.time()
    expected = {"approved": Standing.APPROVED, "asked": Standing.WAITING, "rejected": Standing.WITHDRAWN}

    def found(since: float, until: float) -> dict[str, Standing]:
        listed = shop.port.listed(since, until)
        assert listed.hidden == 0
        return {name: listed.stands[key] for name, key in made.items() if key in listed.stands}

    assert found(now - 60, now + 60) == expected
    assert found(now + 30, now + 60) == {"approved": Standing.APPROVED}
    assert found(now - 90, now - 60) == {}
    for module in (orders, table):
        monkeypatch.setattr(module, "PAGE", 1)
    assert found(now - 60, now + 60) == expected


def test_items_that_are_hidden_are_counted(shop: Shop) -> None:
    """Nobody takes them for items that are not there."""
    shop.change(shop.order(), approval="approved")
    now = time.time()
    total = len(shop.port.listed(now - 60, now + 60).stands)
    shop.instance.revoke("itil")
    try:
        listed = shop.port.listed(now - 60, now + 60)
    finally:
        shop.instance.grant("itil")
    assert (dict(listed.stands), listed.hidden) == ({}, total)


@pytest.mark.parametrize("column", ["meta", "approval", "sys_updated_on"])
def test_a_term_that_the_instance_ignores_is_noticed(shop: Shop, column: str) -> None:
    """Else the items of the whole company would be read, or none be found for ever."""
    shop.change(shop.order(), approval="approved")
    shop.change(shop.order(shop.other), approval="requested")
    table_of = "sc_cat_item" if column == "meta" else "sc_req_item"
    rule = {"table": table_of, "field": column, "operation": "query_range", "roles": ["nobody"]}
    shop.instance.config(field_acls=[rule, rule | {"operation": "query_match"}])
    try:
        with pytest.raises(Misconfigured):
            shop.port.listed(time.time() - 60, time.time() + 60)
    finally:
        shop.instance.config(field_acls=[])


def test_a_note_closes_it_and_is_found_again(shop: Shop) -> None:
    """By its mark, as a comment or aside."""
    sys_id = shop.order()
    shop.change(sys_id, approval="approved")
    shop.port.tell(sys_id, "aside\n[workspace w #1]", private=True)
    shop.port.tell(sys_id, "ready\n[workspace w #2]", close=True)
    assert [shop.port.said(sys_id, f"[workspace w #{number}]") for number in (1, 2, 3)] == [True, True, False]
    assert shop.read(sys_id).standing is Standing.CLOSED
    gone = shop.order()
    shop.instance.people.write("admin", "delete", "sc_req_item", gone, enforce=False)
    with pytest.raises(Refused):
        shop.port.tell(gone, "x")
    assert not shop.port.said(gone, "x")


def test_names_in_a_file_and_a_list_beside_the_item(shop: Shop) -> None:
    """Read from what is attached; written once, whoever died after it."""
    sys_id = shop.order(variables={"kind": "class"})
    for _ in range(2):
        shop.port.attach(sys_id, "names.csv", "Ada,1\nBob,2\n")
    assert shop.read(sys_id).names == ("Ada", "Bob")
    assert len(shop.instance.people.rows("sys_attachment", table_sys_id=sys_id)) == 1
