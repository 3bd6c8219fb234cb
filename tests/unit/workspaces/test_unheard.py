"""Orders whose news was lost: who is woken by the look at all request items, and who is left alone."""

from __future__ import annotations

import pytest

from integration.clients.errors import Misconfigured
from integration.workspaces.model import OrderRow, Phase, Row, Standing, Why, WorkspaceKind
from integration.workspaces.naming import person_of
from integration.workspaces.ordering import DELIVERED, WITHDRAWN
from integration.workspaces.unheard import EVERY, MINUTE_S, ON_ITS_WAY_S, REACH_S, is_lost
from tests.fakes.workspaces import System, ada

APPROVED, BACK, WAITING, CLOSED = Standing.APPROVED, Standing.WITHDRAWN, Standing.WAITING, Standing.CLOSED
MADE_FOR = OrderRow(workspace="w", first=True)
LIVES = Row(id="w", phase=Phase.READY, ready=1.0)
CASES = [
    (APPROVED, None, None, True, "nobody heard of it"),
    (APPROVED, OrderRow(), None, True, "it was taken back before anything was begun, and is approved again"),
    (APPROVED, OrderRow(due=9.0), None, False, "the sweep wakes it"),
    (APPROVED, OrderRow(owner="x", expires=9.0), None, False, "a pass is at work"),
    (APPROVED, OrderRow(done=True), None, False, "it was refused, or could not be closed"),
    (APPROVED, MADE_FOR, LIVES, False, "its workspace's passes see to it"),
    (BACK, None, None, False, "nothing was begun for it"),
    (WAITING, None, None, False, "nobody approved it"),
    (BACK, MADE_FOR, LIVES, True, "it was delivered, and nobody heard that the approval is gone"),
    (WAITING, MADE_FOR, LIVES, True, "the same"),
    (CLOSED, MADE_FOR, LIVES, False, "closed by hand it stays"),
    (BACK, MADE_FOR, None, False, "the row is gone too"),
    (BACK, MADE_FOR, Row(id="w", phase=Phase.MAKING), False, "its passes read the item until it is delivered"),
    (BACK, MADE_FOR, Row(id="w", phase=Phase.READY, ready=1.0, ended=Why.ASKED), False, "it ends"),
    (BACK, MADE_FOR, Row(id="w", phase=Phase.GONE, ready=1.0), False, "it is gone"),
    (BACK, OrderRow(workspace="w", done=True, told=("joined",)), LIVES, False, "a place of another order"),
    (BACK, OrderRow(done=True, told=(DELIVERED,)), None, True, "a class was delivered"),
    (BACK, OrderRow(done=True, told=(DELIVERED, WITHDRAWN)), None, False, "a class was delivered, and ended for that"),
]  # fmt: skip


def a_while_later(system: System, seconds: float = ON_ITS_WAY_S + 1) -> None:
    system.now += seconds
    system.look_for_orders()
    system.settle()


@pytest.mark.parametrize(("stands", "known", "row", "lost", "why"), CASES, ids=[case[-1] for case in CASES])
def test_who_is_woken(stands: Standing, known: OrderRow | None, row: Row | None, lost: bool, why: str) -> None:
    """Whom nobody else will look at."""
    assert is_lost(stands, known, {"w": row} if row else {}) is lost, why


def test_orders_nobody_heard_of_are_delivered_once(system: System) -> None:
    """By one look; the next finds nothing."""
    for number in range(3):
        system.ordered(f"order{number}", ada(kind=WorkspaceKind.TEAM))
    a_while_later(system)
    assert [row.phase for row in system.rows().values()] == [Phase.READY] * 3
    assert [item.closed_by_us for item in system.orders.items.values()] == [1] * 3
    assert system.look_for_orders().report.found == 0


def test_what_may_still_be_on_its_way_is_left_alone(system: System) -> None:
    """It would be done twice in vain."""
    system.ordered("order1", ada())
    system.now += ON_ITS_WAY_S
    assert system.look_for_orders().report.found == 0
    system.now += 1
    assert system.look_for_orders().report.found == 1


def test_a_look_costs_one_list_and_no_more_where_nothing_is_open(system: System) -> None:
    """A workspace nobody touches has no part in it."""
    system.ordered("order1", ada())
    system.hear("order1")
    system.settle()
    system.calls.clear()
    a_while_later(system)
    assert [call for call in system.calls if call != "batch"] == ["list orders"]


def test_how_far_back_it_looks(system: System) -> None:
    """What is approved counts however old it is; what was taken back, for a week."""
    system.ordered("order1", ada())
    system.hear("order1")
    system.settle()
    system.ordered("order2", ada(person=person_of("Bob"), days=30))
    system.orders.stands("order1", BACK)
    system.now += REACH_S + 1
    assert system.look_for_orders().report.found == 1
    assert system.woken == ["order2"]


def test_a_look_that_comes_late_is_left_to_the_next(system: System) -> None:
    """An hour in which the instance is silent does not end in twelve looks."""
    asked = str(int(system.now // MINUTE_S))
    system.ordered("order1", ada())
    system.now += EVERY * MINUTE_S - system.now % MINUTE_S
    assert (system.unheard.run(asked, system.now).report.outcome, system.calls) == ("too late", [])
    system.now -= 1
    assert system.unheard.run(asked, system.now).report.found == 1


def test_hidden_items_are_said_once_the_others_are_woken(system: System) -> None:
    """Nobody knows what they want; an alarm rings."""
    system.ordered("order1", ada())
    system.orders.hidden = 2
    system.now += ON_ITS_WAY_S + 1
    with pytest.raises(Misconfigured, match="2 request items of workspaces are counted and not shown"):
        system.look_for_orders()
    assert system.woken == ["order1"]


def test_an_order_that_waits_for_a_place_to_be_free_is_not_found_again(system: System) -> None:
    """Its own row is due; else each look would add a message that comes back each minute."""
    system.ordered("order1", ada())
    system.hear("order1")
    system.settle()
    (row,) = system.rows().values()
    system.records.reserve(row, "u1", 1, system.now, system.now + 900)
    system.records.end(row.id, Why.ASKED, system.now)
    system.ordered("order2", ada())
    system.hear("order2")
    system.settle(system.now + 400)
    assert system.look_for_orders().report.found == 0
    system.settle(system.now + 900)
    assert [each.phase for each in system.rows().values()] == [Phase.GONE, Phase.READY]
    assert not [kind for kind, _, _ in system.records.due(system.now + 60) if kind == "Order"]
