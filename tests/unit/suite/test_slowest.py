"""The table of `make slowest`."""

import re
from types import SimpleNamespace

from tests.slowest import Times, spent_s, table


class Item:
    nodeid = "test_of_it"


class Fixture:
    scope, baseid = "function", "tests"

    def __init__(self, argname):
        self.argname = argname


class Lines(list):
    config = SimpleNamespace(getoption=lambda _: False)

    def section(self, title):
        self.append(title)

    line = list.append


def burn(seconds):
    until = spent_s() + seconds
    while spent_s() < until:
        pass


def run(hook, during):
    next(hook)
    during()
    try:
        hook.send("answered")
    except StopIteration as ended:
        return ended.value


def test_a_fixture_is_charged_with_its_own_time_and_a_test_with_all():
    times = Times()

    def setup_of_outer():
        burn(0.02)
        run(times.pytest_fixture_setup(Fixture("inner")), lambda: burn(0.06))

    def whole_test():
        run(times.pytest_fixture_setup(Fixture("outer")), setup_of_outer)

    assert run(times.pytest_runtest_protocol(Item()), whole_test) == "answered"
    inner, outer = times.fixtures["inner (function, tests)"], times.fixtures["outer (function, tests)"]
    assert outer < inner
    assert times.tests["test_of_it"] >= inner + outer


def test_the_slowest_come_first_and_setups_are_counted():
    times, lines = Times(), Lines()
    times.tests.update({"quick": 1, "slow": 2})
    times.fixtures["made"], times.setups["made"] = 3, 7
    times.pytest_terminal_summary(lines)
    told = re.sub(r"\s+", " ", "\n".join(lines))
    assert told == "processor time: 3.0 s in 2 tests 3.00 s 7 times made 2.00 s slow 1.00 s quick"


def test_the_page_has_folders_and_functions_with_all_their_parameters():
    times = Times()
    run(times.pytest_collection(), lambda: burn(0.02))
    assert times.collecting >= 0.02
    times.collecting = 1
    times.tests.update({"tests/unit/a/x.py::one[a]": 1, "tests/unit/a/x.py::one[b]": 1.5, "tests/unit/b/y.py::two": 2})
    times.fixtures["made"], times.setups["made"] = 3, 7
    assert table(times).splitlines()[2:] == [
        "| 4 | all 3 unit tests |", "| 1 | collecting them, in each worker |", "| 2.5 | 2 tests of `tests/unit/a` |",
        "| 2.0 | 1 tests of `tests/unit/b` |", "| 3.0 | fixture `made`, 7 times |",
        "| 2.5 | `tests/unit/a/x.py::one` |", "| 2.0 | `tests/unit/b/y.py::two` |",
    ]  # fmt: skip
