"""The small parts: faults, the clock, the change feed, switches, reset, and docs that keep up."""

from __future__ import annotations

import json
import re
from dataclasses import fields
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from integration.emulators.kit.admin import routes
from integration.emulators.kit.faults import Faults
from integration.emulators.servicenow import Service, admin, roles
from integration.emulators.servicenow.catalog_people import DEEDS as DEEDS_IN_CATALOG
from integration.emulators.servicenow.catalog_switches import CatalogSwitches
from integration.emulators.servicenow.change_people import DEEDS
from integration.emulators.servicenow.change_switches import ChangeSwitches
from integration.emulators.servicenow.clock import Clock
from integration.emulators.servicenow.exchange import json_response
from integration.emulators.servicenow.faults import KINDS, Fault, instead, truncated
from integration.emulators.servicenow.outbound import FAULTS
from integration.emulators.servicenow.query import OPERATORS
from integration.emulators.servicenow.schema import Schema, Table, columns
from integration.emulators.servicenow.session import SYSTEM
from integration.emulators.servicenow.store import Store
from integration.emulators.servicenow.switches import SWITCHES, Switches

DOCS = Path(__file__).parents[4] / "docs/emulators"


def test_a_fault_befalls_the_method_path_and_table_it_names():
    faults = Faults(Fault)
    faults.add({"kind": "500", "method": "PATCH", "table": "incident", "path": "/api/*"})
    call = {"method": "PATCH", "path": "/api/now/table/incident", "table": "incident"}
    for other in ({"method": "GET"}, {"table": "task"}, {"path": "/oauth_token.do"}):
        assert faults.take(**call | other) is None
    assert faults.take(**call).kind == "500"


@pytest.mark.parametrize(
    ("kind", "status", "text"),
    [
        ("401", 401, "User Not Authenticated"), ("403-unscoped", 403, "Access to unscoped api is not allowed"),
        ("403-acl", 403, "Failed API level ACL Validation"), ("429-json", 429, "Rate limit exceeded"),
        ("429-html", 429, "<html>"), ("500", 500, "Transaction cancelled"), ("html-200", 200, "Log in"),
        ("hibernation", 200, "Instance Hibernating page"), ("202-empty", 202, ""),
    ],
)  # fmt: skip
def test_what_is_answered_instead(kind, status, text):
    response = instead(Fault(kind, seconds=7))
    assert response is not None
    assert (response.status, text in response.body.decode()) == (status, True)
    assert ("Retry-After" in response.headers) is (status == 429)


def test_a_truncated_answer_is_no_json_but_tells_of_the_transaction():
    cut = truncated(json_response({"result": [{"a": "b" * 50}]}))
    with pytest.raises(ValueError, match=r"."):
        json.loads(cut.body)
    assert cut.status == 200
    assert cut.body.startswith(b'{"result"')
    assert b"Transaction cancelled: maximum execution time exceeded" in cut.body


def test_the_clock_is_read_in_whole_seconds_of_utc():
    clock = Clock(at=0.9)
    clock.advance(1.5)
    assert clock.stamp() == "1970-01-01 00:00:02"


def test_switches_are_checked_before_any_is_set():
    switches = Switches()
    for wrong in ({"enforce_roles": "yes"}, {"no_such": 1}, {"closed_write": "maybe"}, {"latency_s": -1}):
        with pytest.raises(jsonschema.ValidationError):
            switches.update({"sir_plugin": False, **wrong})
    assert switches == Switches()
    switches.update(switches.as_json())
    assert switches == Switches()


def test_the_change_feed_names_records_and_versions_but_no_values(desk, instance):
    since = instance.changes.last
    sys_id = desk.incident(short_description="private words", comments="more of them")
    desk.patch(sys_id, urgency="1", user="beth.anglin")
    changes, last = instance.changes.since(since)
    told = [(each["operation"], each["table"], each["user_name"], each["sys_mod_count"]) for each in changes]
    assert told == [
        ("insert", "incident", "admin", "0"), ("insert", "sys_journal_field", "admin", ""),
        ("update", "incident", "beth.anglin", "1"),
    ]  # fmt: skip
    assert [each["n"] for each in changes] == list(range(since + 1, last + 1))
    assert "private" not in str(changes)
    assert instance.changes.since(last) == ([], last)


def test_a_reset_brings_back_the_seeds_and_keeps_the_feed_counting(desk, instance):
    desk.create("sys_dictionary", name="incident", element="u_x", internal_type="string")
    sys_id = desk.incident(u_x="1")
    url = f"/api/now/attachment/file?table_name=incident&table_sys_id={sys_id}&file_name=a"
    desk("POST", url, body=b"x", headers={"content-type": "text/plain"})
    before = instance.changes.last
    instance.reset()
    assert instance.store.rows("incident") == []
    assert list(instance.files.iterdir()) == []
    assert "u_x" not in instance.schema.columns("incident")
    assert instance.changes.last > before
    assert desk.row(desk.incident())["number"] == "INC0010001"


def test_people_have_the_same_sys_ids_on_every_start(instance):
    known = {row["user_name"]: row["sys_id"] for row in instance.store.rows("sys_user")}
    instance.reset()
    assert {row["user_name"]: row["sys_id"] for row in instance.store.rows("sys_user")} == known


def test_what_one_instance_changes_no_other_one_has(instance, desk):
    """Seeds and columns are made once per process; each instance changes its own."""
    extended = {"name": "incident", "element": "u_mine", "internal_type": "string"}
    desk.create("sys_dictionary", **extended)
    instance.set_password("beth.anglin", "other")
    other = Service()
    try:
        assert "u_mine" not in other.schema.columns("incident")
        assert other.store.find("sys_dictionary", element="u_mine") == []
        assert other.passwords["beth.anglin"] == "beth.anglin"
        [mine], [theirs] = (each.store.find("sys_user", user_name="beth.anglin") for each in (instance, other))
        assert mine["user_password"] != theirs["user_password"]
    finally:
        other.close()


def test_no_role_contains_itself_and_every_contained_role_is_known():
    for role in roles.CONTAINS:
        inner = roles.closure(roles.CONTAINS[role])
        assert role not in inner
        assert inner <= set(roles.KNOWN)


def documented() -> list[str]:
    paths = [route.path for route in routes(admin.OWN) if "{" not in route.path]
    return [
        *(each.name for each in fields(Switches)), *KINDS, *FAULTS, *paths,
        *(operator for operator in OPERATORS if operator.isalpha()), *DEEDS, *DEEDS_IN_CATALOG,
    ]  # fmt: skip


def test_the_pages_name_every_switch_fault_route_operator_and_deed():
    """Docs cannot fall behind the code."""
    pages = "".join((DOCS / name).read_text() for name in ("servicenow.md", "change.md", "catalog.md"))
    assert [name for name in documented() if f"`{name}`" not in pages] == []


def test_every_switch_says_what_it_decides():
    """The page's table is made of it."""
    assert list(SWITCHES) == [each.name for each in fields(Switches)]
    assert all(each.decides for each in SWITCHES.values())


TRIED = [(name, "change") for name in ChangeSwitches.__annotations__]
TRIED += [(name, "catalog") for name in CatalogSwitches.__annotations__]


@pytest.mark.parametrize(("name", "room"), TRIED)
def test_every_switch_of_changes_and_of_the_catalog_is_tried(name, room):
    """What no source settles is shown both ways by a test beside this one."""
    tests = "".join(path.read_text() for path in Path(__file__).parent.glob(f"test_{room}_*.py"))
    assert re.search(rf"\b{name}\b", tests)


TREE = Schema({
    "base": Table("base", "Base", columns("sys_id guid A\na string A\nb string B")),
    "leaf": Table("leaf", "Leaf", columns("c string C"), "base"),
})  # fmt: skip


@given(st.lists(st.tuples(st.sampled_from(["insert", "change", "remove", "ask"]), st.sampled_from(["base", "leaf"]),
                          st.sampled_from("xyz"), st.integers(0, 5)), max_size=30))  # fmt: skip
def test_an_index_finds_what_a_look_at_every_row_finds(history):
    """Whatever was inserted, changed and removed between two questions, and in the same order."""
    store, known = Store(TREE), 0
    for deed, table, letter, at in history:
        rows = store.rows("base")
        if deed == "insert":
            store.insert(table, {"sys_id": str(known), "a": letter, "b": str(at)})
            known += 1
        elif deed == "ask" or not rows:
            assert store.find(table, a=letter) == [row for row in store.rows(table) if row["a"] == letter]
            assert store.find(table, b=str(at)) == [row for row in store.rows(table) if row["b"] == str(at)]
        elif deed == "change":
            store.change("base", rows[at % len(rows)]["sys_id"], {"a": letter})
        else:
            store.remove("base", rows[at % len(rows)]["sys_id"])


def test_a_query_by_sys_id_finds_what_a_look_at_every_row_finds(instance):
    """Whatever else it asks for, and in whatever order it says it."""
    made = [instance.plant("incident", {"caller_id": who, "number": f"INC{n}", "state": str(n % 2 + 1)})
            for n, who in enumerate(["a" * 32, "b" * 32] * 3)]  # fmt: skip
    for query, wanted in [
        (f"caller_id={'a' * 32}", [0, 2, 4]), (f"state=1^caller_id={'a' * 32}", [0, 2, 4]),
        (f"state=2^caller_id={'a' * 32}", []), (f"caller_id={'a' * 32}^ORcaller_id={'b' * 32}", [0, 1, 2, 3, 4, 5]),
        (f"caller_id={'a' * 32}^NQnumber=INC1", [0, 1, 2, 4]), (f"sys_id={made[3]['sys_id']}", [3]),
        (f"caller_id={'a' * 32}^ORDERBYDESCnumber", [4, 2, 0]),
    ]:  # fmt: skip
        found = [row["sys_id"] for row in instance.search_text(SYSTEM, "incident", query)]
        assert found == [made[n]["sys_id"] for n in wanted], query
