"""A poll says what changed once, whatever it dies at, and does so of anything; shown by orders, which are no case."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from integration.aws.bus import Event
from integration.clients.errors import Unavailable
from integration.reconcile.claims import Ending
from integration.reconcile.poll import AT_ONCE, Announcement, Due, Poll, PollState
from integration.reconcile.scheduling import REPEAT_S
from tests.fakes.claims import FakeClaims
from tests.fakes.orders import order


@dataclass
class Read(PollState):
    upto: int = 0


@dataclass
class Shelf:
    """Orders by number, the table's claims on them, and what a poll said."""

    numbers: list[str] = field(default_factory=list)
    claims: FakeClaims = field(default_factory=lambda: FakeClaims(order))
    state: Read = field(default_factory=Read)
    said: list[str] = field(default_factory=list)
    sent: list[tuple[str, str, int]] = field(default_factory=list)
    takes: int = 100_000
    broken: Exception | None = None
    now: float = 10_000.0

    def due(self, now: float) -> list[Due]:
        return [Due(("order", pk.removeprefix("Order#")), at) for (pk, _), at in self.claims.due(now)]

    def known(self, records):
        return {record for record in records if self.claims.get((f"Order#{record[1]}", "latest"))}

    def publish(self, events: list[Event]) -> None:
        if len(self.said) >= self.takes:
            raise Unavailable("aws", "ThrottlingException")
        self.said += [event.detail["order"] for event in events]

    def send(self, kind: str, events: list[tuple[Event, int]]) -> None:
        self.sent += [(kind, event.detail["order"], delay_s) for event, delay_s in events]

    def load(self) -> Read:
        return self.state.copy()

    def save(self, state: Read) -> None:
        self.state = state.copy()

    def look(self, state: Read):
        if self.broken:
            raise self.broken
        found = [Announcement(f"o{n}", self.now, event(("order", n), False), ("order", n)) for n in self.numbers]
        state.upto = len(found)
        return state.news(found), len(found)

    def poll(self):
        looks = {"orders": self.look, "returns": lambda _: ([], 3)}
        return Poll(self, looks, event, lambda: self.now).run()


def event(record, swept):
    return Event("toys", "Due" if swept else "New", {"order": record[1]})


def test_what_is_new_is_said_once_and_the_cursor_moves() -> None:
    shelf = Shelf(numbers=["1", "2"])
    polled = shelf.poll()
    assert (shelf.said, shelf.state.upto) == (["1", "2"], 2)
    assert (polled.found, polled.listed, polled.errors) == ({"orders": 2, "returns": 0}, 5, ())
    assert shelf.poll().found == {"orders": 0, "returns": 0}


def test_a_look_that_fails_keeps_no_other_from_being_published_and_is_told() -> None:
    shelf = Shelf(numbers=["1"], broken=Unavailable("shop", "time-out"))
    polled = shelf.poll()
    assert (polled.found, polled.listed, polled.errors) == ({"orders": 0, "returns": 0}, 3, (shelf.broken,))


def test_a_poll_that_dies_among_thousands_goes_on_where_it_died() -> None:
    """The cursor moves only once all is published; what was published before is not said again."""
    shelf = Shelf(numbers=[str(number) for number in range(2 * AT_ONCE)], takes=AT_ONCE)
    with pytest.raises(Unavailable):
        shelf.poll()
    assert (len(shelf.said), shelf.state.upto) == (AT_ONCE, 0)
    shelf.takes = 100_000
    shelf.poll()
    assert (len(shelf.said), len(set(shelf.said)), shelf.state.upto) == (2 * AT_ONCE, 2 * AT_ONCE, 2 * AT_ONCE)


def test_a_record_that_nobody_claimed_is_said_again_and_one_that_somebody_has_is_not() -> None:
    shelf = Shelf(numbers=["lost", "met"])
    shelf.poll()
    shelf.claims.claim(("Order#met", "latest"), "one", shelf.now + 200, shelf.now)
    shelf.now += REPEAT_S
    shelf.numbers = []
    assert (shelf.poll().again, shelf.said) == (1, ["lost", "met", "lost"])


def test_who_is_due_is_sent_to_be_looked_at_at_a_pace_and_once() -> None:
    shelf = Shelf()
    for number in "ab":
        shelf.claims.claim((f"Order#{number}", "latest"), "one", shelf.now, shelf.now)
        shelf.claims.release((f"Order#{number}", "latest"), "one", {}, Ending(shelf.now))
    assert shelf.poll().due == 2
    assert shelf.sent == [("order", "a", 0), ("order", "b", 1)]
    assert shelf.poll().due == 0
