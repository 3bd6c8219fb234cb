"""What no event told is found: by the quarter all that wait, by the minute whose moment came."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest

from integration.changes.gate.rows import row_of
from integration.changes.gate.sweep import Sweep
from integration.changes.gate.verdict import QUARTER_S
from integration.clients.errors import Unavailable
from integration.clients.servicenow.record import Record
from integration.clients.servicenow.timestamp import to_timestamp


@dataclass
class Instance:
    """Of the Table API: what changed when."""

    changes: object
    reads: int = 0

    def query(self, _table, query, _fields):
        self.reads += 1
        rows = self.changes.rows.values()
        listed = [each for each in rows if each.sys_id in str(query)]
        return [Record({"sys_id": e.sys_id, "sys_updated_on": to_timestamp(e.updated)}) for e in listed]


@dataclass
class Sent:
    messages: list = field(default_factory=list)
    failing: bool = False

    def send(self, events):
        if self.failing:
            raise Unavailable("aws", "the queue did not take them")
        self.messages += [event.detail["key"] for event, _ in events]


@pytest.fixture
def swept(world):
    instance, queue = Instance(world.changes), Sent()
    return instance, queue, Sweep(world.rows, lambda: instance, queue, world.gate.clock)


def key(world):
    return world.rows.due(9e12)[0].key


def test_nothing_that_waits_is_looked_at_before_the_quarter(world, swept):
    instance, queue, sweep = swept
    world.asked()
    assert sweep.run().due == 0
    assert (instance.reads, queue.messages) == (0, [])


def test_a_change_that_nobody_told_of_is_found_within_a_quarter_of_an_hour(world, swept):
    instance, queue, sweep = swept
    world.asked()
    world.later(30)
    world.changes.approve(world.changes.only().sys_id)
    world.later(QUARTER_S)
    assert sweep.run().woken == 1
    assert queue.messages == [key(world)]
    assert instance.reads == 1


def test_a_change_that_stands_as_it_was_is_let_wait_for_another_quarter(world, swept):
    instance, queue, sweep = swept
    world.asked()
    for expected in (1, 2):
        world.later(QUARTER_S)
        swept_now = sweep.run()
        assert (swept_now.looked, swept_now.woken, instance.reads) == (1, 0, expected)
        assert sweep.run().due == 0
    assert queue.messages == []


def test_whose_wait_ends_is_woken_whatever_the_instance_says(world, swept):
    instance, queue, sweep = swept
    world.asked(waits_s=600)
    world.later(600 - 290)
    assert sweep.run().woken == 1
    assert instance.reads == 0
    world.gate.due(queue.messages[0], world.deadline)
    assert world.answers.words == ["rejected"]


def test_a_message_that_got_lost_is_sent_again(world, swept):
    _, queue, sweep = swept
    world.asked(waits_s=600)
    world.later(320)
    sweep.run()
    assert sweep.run().woken == 0
    world.later(301)
    sweep.run()
    assert len(queue.messages) == 2


def test_what_could_not_be_sent_is_found_again_the_next_minute(world, swept):
    _, queue, sweep = swept
    world.asked(waits_s=600)
    world.later(320)
    queue.failing = True
    with pytest.raises(Unavailable):
        sweep.run()
    queue.failing = False
    assert sweep.run().woken == 1


def test_a_pass_that_died_before_it_made_the_change_is_followed_by_another(world, swept):
    _, queue, sweep = swept
    ask = world.ask()
    held = world.rows.begin("chg:" + "a" * 32, ask, "dead", world.now, world.now + 200, world.now + 240)
    world.later(270)
    sweep.run()
    assert queue.messages == [held.key]


@dataclass
class Many:
    """Rows in memory; the queries are counted."""

    held: dict
    queries: int = 0

    def due(self, now):
        self.queries += 1
        return [each for each in self.held.values() if each.due <= now]

    def postpone(self, held, due):
        self.held[held.key] = replace(held, due=due)


def test_five_hundred_that_wait_cost_a_query_a_minute_and_five_reads_a_quarter(world):
    world.asked()
    change, queue, instance = world.changes.only(), Sent(), Instance(world.changes)
    [one] = world.rows.due(9e12)
    many = Many(
        {f"{number:032x}": replace(one, key=f"{number:032x}", sys_id=f"{number:032x}") for number in range(500)}
    )
    world.changes.rows = {key: replace(change, sys_id=key) for key in many.held}
    for _ in range(15):
        world.later(60)
        Sweep(many, lambda: instance, queue, world.gate.clock).run()
    assert (many.queries, instance.reads, queue.messages) == (15, 5, [])


def test_the_longest_wait_is_told_and_what_nobody_waits_for_is_none(world, swept):
    _, _, sweep = swept
    world.asked()
    world.later(QUARTER_S)
    assert sweep.run().longest_s == pytest.approx(QUARTER_S, abs=5)
    change = world.changes.only()
    world.changes.approve(change.sys_id)
    world.told()
    world.later(90_000)
    assert sweep.run().longest_s == 0
    assert row_of(key(world))
