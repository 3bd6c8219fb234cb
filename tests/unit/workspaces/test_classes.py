"""A class: many workspaces by one order, made at a bearable rate and ended together."""

from __future__ import annotations

import pytest

from integration.workspaces.bulk import LOOK_S, PROGRESS_S
from integration.workspaces.model import Phase, Standing, Why, WorkspaceKind
from tests.fakes.workspaces import PlainEnvelope, System, ada
from tests.unit.workspaces.passes import aws, catalog, notes


@pytest.mark.parametrize("standing", [Standing.WITHDRAWN, Standing.WAITING])
def test_an_approval_taken_back_ends_a_class_that_was_delivered(system: System, standing: Standing) -> None:
    """All that live, said once; closed by hand it stays. Who ended his own gets no other reason."""
    key = catalog(system, kind=WorkspaceKind.CLASS, names=("a", "b", "c"))
    system.settle(system.now + 120)
    first, *others = system.rows()
    system.records.end(first, Why.ASKED, system.now)
    system.orders.stands(key, Standing.CLOSED)
    system.hear(key)
    system.settle()
    assert {row.id for row in system.rows().values() if row.phase is Phase.READY} == set(others)
    system.orders.stands(key, standing)
    for _ in range(2):
        system.hear(key)
        system.settle()
    whys = {row.id: row.why for row in system.rows().values() if row.phase is Phase.GONE}
    assert whys == {first: Why.ASKED} | dict.fromkeys(others, Why.WITHDRAWN)
    assert "approval was taken back" in notes(system, key)[-1]
    system.at_rest()


def test_a_class_of_fifty(system: System) -> None:
    """Bad and doubled names are named, the rest goes on; the links stand in one file, in the order of the names."""
    names = [f"student {number}" for number in range(50)]
    names[10:10] = ["", "<script>", "Student 3"]
    key = catalog(system, kind=WorkspaceKind.CLASS, names=tuple(names))
    system.settle(system.now + 120)
    rows = system.rows().values()
    assert len(rows) == 50
    assert {row.phase for row in rows} == {Phase.READY}
    last = notes(system, key)[-1]
    assert "50 of 50" in last
    assert "line 12: a name cannot hold <" in last
    assert "line 13: Student 3 stands in line 4" in last
    listed = system.orders.items[key].lists["workspaces.csv"].splitlines()
    assert listed[1].startswith('"student 0",https://')
    assert len(listed) == 51
    assert system.orders.items[key].closed_by_us == 1
    system.at_rest()


def test_a_class_costs_its_floor_and_is_handed_over_soon_after_its_last(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Thirteen calls each, and twenty begin in one; nobody's name is decrypted for the list."""
    monkeypatch.setattr(PlainEnvelope, "decrypt", None)
    system.ordered("order1", ada(kind=WorkspaceKind.CLASS, names=tuple(f"student {number}" for number in range(60))))
    system.hear("order1")
    assert aws(system) == 1 + 3 * 2 + 1 + 1, "claim; each twenty, and how far; their rows; let go"
    assert system.records.due(system.now + 60) == [("Order", "order1", system.now + LOOK_S)]
    system.calls.clear()
    began = system.now
    system.settle(began + 30)
    assert system.orders.items["order1"].closed_by_us == 1
    assert 60 * 13 <= aws(system) <= 60 * 13 * 1.02
    assert len(notes(system)) == 1
    assert system.looked["order1"] - began <= 2


@pytest.mark.parametrize(("count", "each_second"), [(50, 8), (120, 4)])
def test_a_class_is_looked_at_when_it_should_be_made(system: System, count: int, each_second: int) -> None:
    """Few looks, and the last one soon after the last workspace: they are as far apart as the pace until then says."""
    names = tuple(f"student {number}" for number in range(count))
    system.ordered("order1", ada(kind=WorkspaceKind.CLASS, names=names))
    began, looks, made = system.now, 0, 0
    system.hear("order1")
    while not system.orders.items["order1"].closed_by_us:
        system.now, looks = _order_due(system), looks + 1
        until = min(count, int((system.now - began) * each_second))
        for workspace in system.woken[made:until]:
            system.look(workspace)
        made = until
        system.hear("order1")
    took = count / each_second
    assert system.now - began - took <= max(1, took * 0.05)
    assert looks <= 10


def test_a_class_some_of_which_wait_is_looked_at_ever_more_rarely(system: System) -> None:
    """Until somebody does something it may take days."""
    system.buckets.most = 9
    system.ordered("order1", ada(kind=WorkspaceKind.CLASS, names=tuple(f"student {number}" for number in range(10))))
    began, looks = system.now, 0
    system.hear("order1")
    for workspace in system.woken:
        system.look(workspace)
    while system.now < began + 3600:
        system.now, looks = _order_due(system), looks + 1
        system.hear("order1")
    assert looks <= 160
    assert _order_due(system) - system.now == PROGRESS_S


def _order_due(system: System) -> float:
    return next(at for kind, _, at in system.records.due(system.now + 3600) if kind == "Order")


def test_a_bulk_order_that_waits_says_so_rarely_and_can_be_taken_back(system: System) -> None:
    """At most one note a minute; taken back, all that was made goes."""
    system.buckets.most = 2
    key = catalog(system, kind=WorkspaceKind.DEMO, names=("a", "b", "c", "d"))
    began = system.now
    system.settle(began + 300)
    assert 1 <= len(notes(system, key)) <= 6
    assert "2 of 4" in notes(system, key)[-1]
    assert "quota of buckets" in notes(system, key)[-1]
    system.orders.stands(key, Standing.WITHDRAWN)
    system.hear(key)
    system.settle(system.now + 120)
    assert {row.phase for row in system.rows().values()} == {Phase.GONE}
    assert not system.buckets.buckets
    system.at_rest()
