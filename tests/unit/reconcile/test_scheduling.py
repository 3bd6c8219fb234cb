"""When somebody looks next: what is told again, at which pace, after how long."""

from __future__ import annotations

from collections import Counter
from random import Random  # noqa: TC003 - hypothesis reads the annotation

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integration.clients.errors import Misconfigured, Unavailable
from integration.reconcile.errors import ClaimLost
from integration.reconcile.scheduling import COMES_BACK_S, SWEEPS_WITHIN_S, look_again_s, paced, repeats
from integration.reconcile.verdict import growing_s, longest_s, verdict

IN_STEP_S = 20 * 60
CALLS, SWEEP_S = 13, 900
"""Of a sweep that is a whole pass, and seconds from one to the next."""


@settings(max_examples=40)
@given(st.randoms(use_true_random=False), st.integers(0, 500))
def test_five_hundred_links_never_add_more_than_twenty_calls_in_a_second(random: Random, spread: int) -> None:
    """However their times fall: all at once after an outage, or anyhow. Two rounds and a half of them."""
    due = {link: float(random.randint(0, max(spread, 1))) for link in range(500)}
    begun: Counter[int] = Counter()
    taken_until = 0.0
    for now in range(600, 600 + 40 * 60, 60):
        wanted = [link for link, at in due.items() if at <= now]
        delays, taken_until = paced(now, taken_until, len(wanted))
        for link, delay in zip(wanted, delays, strict=True):
            begun[now + delay] += 1
            due[link] = now + delay + SWEEP_S
    assert max(begun.values()) * CALLS <= 20
    assert sum(begun.values()) >= 2 * 500


@given(st.integers(0, 100_000), st.floats(0, 10_000))
def test_no_sweep_waits_longer_than_ten_minutes(count: int, taken: float) -> None:
    delays, until = paced(1_000.0, 1_000.0 + taken, count)
    assert len(delays) == count
    assert all(0 <= delay <= SWEEPS_WITHIN_S for delay in delays)
    assert until <= 1_000.0 + SWEEPS_WITHIN_S


def test_a_few_sweeps_do_not_wait_for_each_other() -> None:
    assert paced(60.0, 0.0, 3)[0] == [0, 1, 2]


@pytest.mark.parametrize(
    ("after_first", "after_last", "again"),
    [(0, 899, False), (0, 900, True), (900, 86_399, False), (900, 86_400, True), (1e6, 86_400, True)],
)
def test_a_day_holds_two_tellings_of_the_same(after_first: float, after_last: float, again: bool) -> None:
    assert repeats(1e9, 1e9 + after_first, 1e9 + after_first + after_last) is again


@pytest.mark.parametrize("receives", [10, 100, 240])
@pytest.mark.parametrize(
    "error", [Unavailable("servicenow", "503"), Misconfigured("servicenow", "no role"), ClaimLost()]
)
def test_two_tries_fit_into_the_minutes_after_an_outage_of_a_day(error: Exception, receives: int) -> None:
    """So one more failure right after its end does not keep anything out of step."""
    waits = [verdict(error, receives, 0).delay_s for _ in range(50)]
    assert 2 * max(waits) <= IN_STEP_S


@pytest.mark.parametrize("receives", [1, 249, 250, 1000])
def test_a_message_is_back_before_somebody_else_looks(receives: int) -> None:
    assert growing_s(receives) <= longest_s(receives) < COMES_BACK_S


@pytest.mark.parametrize(("age", "after"), [(0, 30), (60, 30), (120, 60), (3600, 1800)])
def test_a_scan_is_looked_after_at_most_half_as_late_as_it_took(age: float, after: float) -> None:
    assert look_again_s(age) == after
