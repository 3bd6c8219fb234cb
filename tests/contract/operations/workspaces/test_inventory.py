"""Percentiles, and rows on the way: neither is a matter of chance."""

from __future__ import annotations

import pytest

from integration.operations.workspaces.inventory import difference, percentile
from integration.workspaces.model import Phase, Row


@pytest.mark.parametrize(("count", "expected"), [(1, 1), (2, 2), (19, 19), (20, 19), (100, 95), (101, 96)])
def test_no_more_than_five_in_a_hundred_exceed_the_percentile(count, expected):
    assert percentile(list(range(1, count + 1))) == expected


@pytest.mark.parametrize("phase", [Phase.NEW, Phase.MAKING, Phase.ENDING])
@pytest.mark.parametrize("there", [True, False])
def test_what_is_on_its_way_may_have_a_bucket_or_not(phase, there):
    """Made before it is ready, removed before it is gone: neither is an orphan, neither is missing."""
    row = Row(id="w1", phase=phase, bucket="b1")
    assert not difference([row], {"b1": "w1"} if there else {})


def test_the_bucket_of_one_that_is_gone_is_an_orphan():
    assert difference([Row(id="w1", phase=Phase.GONE, bucket="b1")], {"b1": "w1"}).orphans == ("b1",)
