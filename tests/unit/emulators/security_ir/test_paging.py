"""Pages: no promised order, no repeats, nothing skipped, and a token only its own list understands."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integration.emulators.security_ir.errors import ApiError
from integration.emulators.security_ir.paging import Order, page


def walk(items, order, limit, *, grow=0):
    """All items by pages; `grow` more are added after each page."""
    found, token = page(items, order, "list", limit, None)
    while token:
        for _ in range(grow):
            items[str(len(items))] = len(items)
        grow = 0
        more, token = page(items, order, "list", limit, token)
        found += more
    return found


@given(st.integers(0, 80), st.integers(1, 25), st.sampled_from(["insertion", "reverse", "shuffled"]), st.integers(0, 9))
def test_pages_together_are_the_list_once(count, limit, kind, seed):
    items = {str(index): index for index in range(count)}
    assert sorted(walk(items, Order(kind, seed), limit)) == list(range(count))


@given(st.integers(0, 60), st.integers(1, 30), st.sampled_from(["insertion", "reverse", "shuffled"]))
def test_additions_between_pages_hide_nothing_that_was_there(count, grow, kind):
    items = {str(index): index for index in range(count)}
    found = walk(items, Order(kind, 1), 7, grow=grow)
    assert len(found) == len(set(found))
    assert set(range(count)) <= set(found)


def test_orders_are_told_apart_and_repeatable():
    items = {str(index): index for index in range(30)}
    ahead, back, mixed, other = (
        walk(items, Order(kind, seed), 25)
        for kind, seed in (("insertion", 1), ("reverse", 1), ("shuffled", 1), ("shuffled", 2))
    )
    assert back == ahead[::-1]
    assert mixed not in (ahead, back, other)
    assert mixed == walk(items, Order("shuffled", 1), 7)


def test_pages_have_25_items_unless_fewer_are_asked_for():
    items = {str(index): index for index in range(60)}
    assert len(page(items, Order("insertion", 1), "list", None, None)[0]) == 25
    assert len(page(items, Order("insertion", 1), "list", 3, None)[0]) == 3


@pytest.mark.parametrize("token", ["x", "%%%", "AAAA", "eyJhIjoxfQ==", "W10=", "MQ==", "\u00e4"])
def test_a_token_nobody_gave_is_invalid(token):
    with pytest.raises(ApiError) as refused:
        page({"1": 1}, Order("insertion", 1), "list", None, token)
    assert (refused.value.code, refused.value.status) == ("InvalidTokenException", 423)


def test_a_token_of_another_list_is_invalid():
    items = {str(index): index for index in range(30)}
    token = page(items, Order("insertion", 1), "list", None, None)[1]
    with pytest.raises(ApiError, match="nextToken"):
        page(items, Order("insertion", 1), "other", None, token)
