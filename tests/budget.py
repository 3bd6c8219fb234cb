"""A pytest plugin of `tests/conftest.py`: a unit test has half a second of processor time of its own
process, a contract test a second.

What a test asks of other processes is not counted, nor is what its fixtures do, nor the look for garbage in all that
other tests left. A test over its budget is run again, three times at most, since the first one to use a module, a model
or a template pays for reading it, and a shared processor counts unevenly; the best time counts, each judged once. A
slow machine gets more in proportion.
"""

from __future__ import annotations

import gc
import time
from typing import TYPE_CHECKING

import pytest
from _pytest.runner import runtestprotocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

ALLOWED_S = {"unit": 0.5, "contract": 1.0}
"""By the folder of the tests that are counted."""
USUAL_S = 0.015
MORE_TRIES = SUMS = 3
OLDEST = 2
"""The generation of garbage for which the whole process is looked through."""
LISTED = {
    "test_growth_on_fakes.py::test_a_link_at_every_limit_is_below_ten_kilobytes": "a full link",
    "test_growth_on_fakes.py::test_a_new_comment_costs_one_look_at_each_side_and_one_write":
        "a link with 1000 comments",
    "test_growth_on_fakes.py::test_a_work_note_does_not_read_the_comments":
        "a link with 1000 comments",
    "test_outages.py::test_an_outage_of_a_day_leaves_at_most_two_messages_per_link":
        "a day of passes",
    "test_paced.py::test_five_hundred_open_links_are_swept_each_in_its_round_and_no_minute_asks_for_more_than_its_share":
        "two rounds of 500 links",
    "test_cli_event.py::test_the_event_of_the_probe_comes_in_whatever_the_filter_says_and_is_told_to_nobody":
        "three whole checks over HTTP, with events that travel",
    "test_linear_time.py::test_foreign_text_takes_time_with_its_length_only":
        "texts long enough to measure",
    "test_webhook_notification.py::test_strange_values_of_known_keys": "a hundred invented events",
    "test_tour.py::test_every_pipeline_of_the_day_arrives": "a day of pipelines",
}  # fmt: skip
"""Tests that may take longer, by file and function, and why."""
SPENT = pytest.StashKey[float]()


def slowness() -> float:
    """How many times longer than `USUAL_S` a fixed sum takes at this moment, 1 at least. The longest counts."""
    return max(1.0, *(_sum_s() / USUAL_S for _ in range(SUMS)))


def _sum_s() -> float:
    began = time.process_time()
    sum(number * number for number in range(300_000))
    return time.process_time() - began


def kind(item: pytest.Item) -> str:
    """The folder that says what it may take, whatever folder a clone lies in; empty: all it wants."""
    return next((each for each in item.nodeid.partition("::")[0].split("/") if each in ALLOWED_S), "")


def is_in(listed: Iterable[str], item: pytest.Item) -> bool:
    """With any of its values."""
    name = item.nodeid.partition("[")[0].partition("@")[0]
    return any(name.endswith(f"/{each}") for each in listed)


class Budget:
    def __init__(self, listed: Mapping[str, str], allowed_s: Mapping[str, float] = ALLOWED_S) -> None:
        self.listed, self.allowed_s = listed, allowed_s
        self.collecting_s, self._collects_since = 0.0, 0.0
        gc.callbacks.append(self._collected)

    def _collected(self, phase: str, told: Mapping[str, int]) -> None:
        if told["generation"] < OLDEST:
            return
        if phase == "start":
            self._collects_since = time.process_time()
        else:
            self.collecting_s += time.process_time() - self._collects_since

    def _own_s(self) -> float:
        return time.process_time() - self.collecting_s

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Iterator[None]:
        began = self._own_s()
        try:
            return (yield)
        finally:
            item.stash[SPENT] = self._own_s() - began

    def pytest_runtest_protocol(self, item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
        if not self._counts(item):
            return None
        item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
        reports, tries = runtestprotocol(item, log=False, nextitem=nextitem), 1
        while (slow := self._too_slow(item, reports)) and tries <= MORE_TRIES:
            item._initrequest()
            reports, tries = runtestprotocol(item, log=False, nextitem=nextitem), tries + 1
        if slow:
            self._refuse(item, reports)
        for report in reports:
            item.ihook.pytest_runtest_logreport(report=report)
        item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
        return True

    def _counts(self, item: pytest.Item) -> bool:
        return kind(item) in self.allowed_s and not is_in(self.listed, item)

    def _too_slow(self, item: pytest.Item, reports: list[pytest.TestReport]) -> bool:
        spent, allowed_s = item.stash.get(SPENT, 0.0), self.allowed_s[kind(item)]
        return spent > allowed_s and spent > allowed_s * slowness() and all(each.passed for each in reports)

    def _refuse(self, item: pytest.Item, reports: list[pytest.TestReport]) -> None:
        call = next(each for each in reports if each.when == "call")
        call.outcome = "failed"
        its = kind(item)
        call.longrepr = (
            f"{item.stash[SPENT]:.2f} s of processor time, a {its} test has {self.allowed_s[its]} s: make it cheaper, "
            "move what is shared into a fixture, or list it with a reason in LISTED of tests/budget.py"
        )
