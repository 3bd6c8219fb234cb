"""Who is woken by what: by the instance about its request items, by the clock about what is due, by nothing else."""

from __future__ import annotations

import pytest

from integration.clients.errors import Unavailable
from integration.reconcile.claims import DEAD_S
from integration.reconcile.verdict import Malformed
from integration.workspaces.messages import LOOK, ORDER, WORKSPACE, Wake, due_event, wake_of
from integration.workspaces.model import DAY_S, Phase, WorkspaceKind
from integration.workspaces.names import DUE, ORDERED
from integration.workspaces.sweep import Sweep
from tests.fakes.workspaces import CLAIM_S, ada

ID, SYS_ID = "1b4e28ba-2fa1-5d2a-883f-0016d3cca427", "a" * 32
UNREADABLE = [
    {},
    {"detail-type": ORDERED},
    {"detail-type": ORDERED, "detail": "x"},
    {"detail-type": ORDERED, "detail": {"sys_id": "../../x"}},
    {"detail-type": ORDERED, "detail": {"sys_id": 7}},
    {"detail-type": "IncidentUpdated", "detail": {"sys_id": SYS_ID}},
    {"detail-type": DUE, "detail": {"kind": "Person", "key": ID}},
    {"detail-type": DUE, "detail": {"kind": [WORKSPACE], "key": ID}},
    {"detail-type": DUE, "detail": {"kind": WORKSPACE, "key": SYS_ID}},
    {"detail-type": DUE, "detail": {"kind": LOOK, "key": "now"}},
    {"detail-type": [DUE], "detail": {"kind": WORKSPACE, "key": ID}},
]


class Sent(list):
    """`looks`: the minutes that a look at all orders was asked for in."""

    failing = False

    def __init__(self):
        super().__init__()
        self.looks = []

    def send(self, events):
        if self.failing:
            raise Unavailable("aws", "the queue did not take them")
        asked = [(event.detail["kind"], event.detail["key"]) for event, _ in events]
        self.looks += [int(key) for kind, key in asked if kind == LOOK]
        self.extend(each for each in asked if each[0] != LOOK)


def body_of(event):
    """As the queue hands it over."""
    return {"detail-type": event.detail_type, "detail": dict(event.detail)}


@pytest.fixture
def swept(system):
    sent = Sent()
    return sent, Sweep(system.records, sent, system.clock)


def test_the_instance_names_a_request_item():
    assert wake_of({"detail-type": ORDERED, "detail": {"sys_id": SYS_ID, "table": "sc_req_item"}}) == Wake(
        ORDER, SYS_ID
    )


@pytest.mark.parametrize(
    ("kind", "key"), [(WORKSPACE, ID), (ORDER, SYS_ID), (ORDER, f"call-{SYS_ID}"), (LOOK, "30000000")]
)
def test_what_the_sweep_sends_comes_back_as_it_was_sent(kind, key):
    assert wake_of(body_of(due_event(kind, key))) == Wake(kind, key)


@pytest.mark.parametrize("body", UNREADABLE)
def test_what_names_nothing_of_ours_is_put_aside(body):
    """It can be no message of ours, and is never tried again."""
    with pytest.raises(Malformed):
        wake_of(body)


def test_a_workspace_is_woken_when_it_expires_and_not_before(system, swept):
    sent, sweep = swept
    key = made(system)
    system.now += system.policy.days * DAY_S - 1
    assert (sweep.run().due, sent) == (0, [])
    system.now += 1
    assert (sweep.run().due, sent) == (1, [(WORKSPACE, key)])


def test_workspaces_nobody_touches_cost_one_query_a_minute(system, swept):
    """All of them together; until the first of them has something to be told, or expires."""
    sent, sweep = swept
    for number in range(30):
        system.post(ada(key=f"order{number}", kind=WorkspaceKind.TEAM))
    system.calls.clear()
    minutes = range(0, int(system.policy.days * DAY_S), 3 * 3600)
    for _ in minutes:
        sweep.run()
        system.now += 3 * 3600
    assert system.calls == ["query"] * len(minutes)
    assert sent == []


def test_what_a_pass_works_on_is_left_to_it_until_its_claim_ends(system, swept):
    """A pass that died is found by that."""
    sent, sweep = swept
    row = system.reconciler.accept(ada()).row
    assert (sweep.run().due, sent) == (0, [])
    system.now += CLAIM_S + DEAD_S
    assert (sweep.run().due, sent) == (1, [(WORKSPACE, row.id)])


def test_what_was_woken_in_vain_is_woken_again(system, swept):
    """The queue lost it, or did not take it: the row is as due as it was."""
    sent, sweep = swept
    key = made(system)
    system.now += 30 * DAY_S
    sent.failing = True
    with pytest.raises(Unavailable):
        sweep.run()
    sent.failing = False
    sweep.run()
    system.now += 60
    assert sweep.run().longest_s == pytest.approx(16 * DAY_S + 60)
    assert sent == [(WORKSPACE, key)] * 2


def test_each_five_minutes_it_asks_for_a_look_at_all_orders(system, swept):
    """By a message, which costs the reaper one call, and the worker the rest."""
    sent, sweep = swept
    for _ in range(10):
        sweep.run()
        system.now += 60
    first = int(system.now // 60) - 10
    assert (sent.looks, sent) == ([first, first + 5], [])


def made(system):
    row = system.reconciler.accept(ada()).row
    system.now += CLAIM_S + DEAD_S
    assert system.reconciler.run(row.id, system.now + 180).report.phase is Phase.READY
    return row.id
