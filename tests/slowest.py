"""A pytest plugin (`make slowest`): which fixtures and tests take the most processor time.

Processor time of this process, all threads, and of the processes it waited for: what else runs on the machine
lengthens the wall's time only. Under pytest-xdist the workers' times are not seen.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from tests.docs.pages import ROOT, put_between

if TYPE_CHECKING:
    from collections.abc import Iterator

SHOWN, WRITTEN = 25, 10


def spent_s() -> float:
    waited_for = os.times()
    return time.process_time() + waited_for.children_user + waited_for.children_system


class Times:
    """A fixture's time is its own setup, without that of the fixtures it asks for; a test's is all of it."""

    def __init__(self) -> None:
        self.tests: Counter[str] = Counter()
        self.fixtures: Counter[str] = Counter()
        self.setups: Counter[str] = Counter()
        self.collecting = 0.0
        self._inner: list[float] = []

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_collection(self) -> Iterator[None]:
        began = spent_s()
        answer = yield
        self.collecting = spent_s() - began
        return answer

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        began = spent_s()
        answer = yield
        self.tests[item.nodeid] += spent_s() - began
        return answer

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef) -> Iterator[None]:
        name, began = f"{fixturedef.argname} ({fixturedef.scope}, {fixturedef.baseid or 'pytest'})", spent_s()
        self._inner.append(0.0)
        try:
            return (yield)
        finally:
            took = spent_s() - began
            self.fixtures[name] += took - self._inner.pop()
            self.setups[name] += 1
            if self._inner:
                self._inner[-1] += took

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        say = terminalreporter
        say.section(f"processor time: {sum(self.tests.values()):.1f} s in {len(self.tests)} tests")
        for name, took in self.fixtures.most_common(SHOWN):
            say.line(f"{took:8.2f} s  {self.setups[name]:5} times  {name}")
        say.line("")
        for name, took in self.tests.most_common(SHOWN):
            say.line(f"{took:8.2f} s  {name}")
        if say.config.getoption("--write-slowest"):
            put_between(ROOT / "CONTRIBUTING.md", "slowest", table(self))


def table(times: Times) -> str:
    """The whole, by folder, and what takes most of it, for CONTRIBUTING.md."""
    whole = (f"{sum(times.tests.values()):.0f}", f"all {len(times.tests)} unit tests")
    once = (f"{times.collecting:.0f}", "collecting them, in each worker")
    setups = [(f"{took:.1f}", f"fixture `{name}`, {times.setups[name]} times") for name, took in _most(times.fixtures)]
    tests = [(f"{took:.1f}", f"`{name}`") for name, took in _most(times.tests)]
    rows = [whole, once, *_folders(times), *setups, *tests]
    return "".join(f"| {' | '.join(row)} |\n" for row in [("seconds", "of"), ("--:", "---"), *rows])


def _folders(times: Times) -> list[tuple[str, str]]:
    took: Counter[str] = Counter()
    for name, seconds in times.tests.items():
        took["/".join(name.split("/")[:3])] += seconds
    counts = Counter("/".join(name.split("/")[:3]) for name in times.tests)
    return [(f"{seconds:.1f}", f"{counts[name]} tests of `{name}`") for name, seconds in took.most_common()]


def _most(spent: Counter[str]) -> list[tuple[str, float]]:
    """Parameters do not matter: what one function takes in all."""
    whole: Counter[str] = Counter()
    for name, took in spent.items():
        whole[name.partition("[")[0]] += took
    return whole.most_common(WRITTEN)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--write-slowest", action="store_true", help="write the table of CONTRIBUTING.md anew")


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Times(), "processor-times")
