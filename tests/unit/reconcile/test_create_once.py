"""A record is made elsewhere once, whatever becomes of the pass that makes it; shown by orders, which are no case."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from integration.clients.errors import Refused, Unavailable
from integration.reconcile.create_once import LATE_COMMIT_S, create_once, outcome_unknown
from integration.reconcile.errors import ClaimLost, Later
from tests.fakes.orders import PASS_S, Counter, Killed, Sale

if TYPE_CHECKING:
    from collections.abc import Callable

KEY = ("Order#7", "latest")


def killed(_: str) -> None:
    raise Killed


def at(moment: str, act: Callable[[str], None]) -> Callable[[str], None]:
    return lambda now: act(now) if now == moment else None


def run_to_the_end(counter: Counter) -> list[str]:
    """Passes follow one another, each when the last has said; one that died, once its claim has run out."""
    outcomes = []
    for number in range(10):
        outcomes.append(counter.run(KEY, f"next {number}"))
        if outcomes[-1] == "sold":
            return outcomes
        row = counter.claims.get(KEY)
        counter.shop.now = max(row.due or 0, counter.shop.now + 1)
    raise AssertionError(outcomes)


def test_an_order_is_made_and_recorded() -> None:
    counter = Counter()
    assert counter.run(KEY, "one") == "sold"
    row = counter.claims.get(KEY)
    assert (counter.shop.sold, row.receipt, row.may_land_until, row.unfinished) == (
        [KEY[0]], f"receipt of {KEY[0]}", 0, False,
    )  # fmt: skip


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_pass_killed_around_the_sale_leaves_one_record(moment: str) -> None:
    """Before it: the next waits until nothing can land any more. After it: found by its id, at once."""
    counter = Counter()
    counter.shop.hook = at(moment, killed)
    with pytest.raises(Killed):
        counter.run(KEY, "dead")
    counter.shop.hook = lambda _: None
    counter.shop.now += PASS_S + 20
    outcomes = run_to_the_end(counter)
    assert counter.shop.sold == [KEY[0]]
    assert outcomes == (["sold"] if moment == "after" else ["later", "sold"])


@pytest.mark.parametrize("lands_after_s", [1.0, LATE_COMMIT_S])
def test_what_lands_after_its_answer_was_lost_is_found_and_not_made_again(lands_after_s: float) -> None:
    counter = Counter()
    counter.shop.hook = at("before", lambda _: counter.shop.late(KEY[0], lands_after_s))
    with pytest.raises(Unavailable):
        counter.run(KEY, "unlucky")
    counter.shop.hook = lambda _: None
    run_to_the_end(counter)
    assert counter.shop.sold == [KEY[0]]


def test_what_never_lands_is_made_after_the_wait() -> None:
    counter = Counter()
    counter.shop.hook = at("before", lambda _: counter.shop.late(KEY[0], float("inf")))
    with pytest.raises(Unavailable):
        counter.run(KEY, "unlucky")
    counter.shop.hook = lambda _: None
    began = counter.shop.now
    assert run_to_the_end(counter) == ["later", "sold"]
    assert counter.shop.now - began >= LATE_COMMIT_S


def test_a_refusal_since_it_is_there_already_is_an_answer() -> None:
    """It landed between our look and our sending."""
    counter = Counter()
    counter.shop.hook = at("before", lambda _: counter.shop.sold.append(KEY[0]))
    assert counter.run(KEY, "one") == "sold"
    assert counter.shop.sold == [KEY[0]]


def test_a_refusal_by_chance_is_met_again_at_once_and_a_rule_s_is_not() -> None:
    counter = Counter()
    counter.shop.refuses = [Refused("shop", "a number was taken", by_chance=True)] * 2
    assert counter.run(KEY, "one") == "sold"
    closed = Refused("shop", "closed")
    counter.shop.refuses = [Refused("shop", "never asked"), closed]
    with pytest.raises(Refused) as met:
        counter.run(("Order#8", "latest"), "one")
    assert (met.value, len(counter.shop.refuses)) == (closed, 1)


def test_nothing_is_announced_while_something_may_land() -> None:
    counter = Counter()
    counter.claims.claim(KEY, "one", 0, counter.shop.now)
    sale = Sale(counter.shop, counter.claims, KEY, "one")
    with pytest.raises(Later) as later:
        create_once(sale, counter.shop.now + 9, counter.shop.now + PASS_S, lambda: counter.shop.now)
    assert (later.value.at, counter.claims.get(KEY).may_land_until) == (counter.shop.now + 9, 0)


@pytest.mark.parametrize(
    ("error", "may_land"),
    [
        (Unavailable("shop", "no answer", outcome_unknown=True), True),
        (Unavailable("shop", "503"), False),
        (Unavailable("aws", "our table", outcome_unknown=True), False),
        (Refused("shop", "closed"), False),
        (ClaimLost(), False),
        (KeyError("a bug of ours"), True),
    ],
)
def test_after_which_errors_what_was_sent_may_still_land(error: Exception, may_land: bool) -> None:
    assert outcome_unknown(error) == may_land


def test_whoever_meets_a_live_claim_leaves_a_mark_and_its_holder_looks_again() -> None:
    counter = Counter()
    counter.shop.hook = at("after", lambda _: meets.append(counter.run(KEY, "two")))
    meets: list[str] = []
    assert (counter.run(KEY, "one"), meets) == ("marked", ["left a mark"])
    counter.shop.hook = lambda _: None
    assert counter.run(KEY, "one") == "sold"
    assert counter.shop.sold == [KEY[0]]
