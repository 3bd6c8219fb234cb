"""Following one changed title: counted as it is read, and no more than it was."""

import re
from collections import Counter

import pytest

from bench.crossings import PORTS, ROOT, calls_of, crossings_of, of_a_title
from tests.fakes.running import Running

MOST, FEWEST_FILES = 54, 10
"""Crossings, and the files they are between: fewer crossings by merging files are no gain."""


@pytest.fixture(scope="module")
def counted():
    return of_a_title()


def test_a_changed_title_crosses_no_more_files_than_before(counted):
    assert counted.crossings <= MOST
    assert counted.passed >= FEWEST_FILES


def test_the_same_title_is_counted_the_same(counted):
    assert of_a_title() == counted


def test_the_walk_for_readers_names_every_file_of_the_pass(counted):
    """`docs/architecture.md` leads from an event to a write through the very files that are counted."""
    page = (ROOT / "docs" / "architecture.md").read_text()
    walk = page.partition("\n## From an event to a write\n")[2].partition("\n## ")[0]
    named = tuple(f"/{name}" for name in re.findall(r"`([\w/]+\.py)`", walk))
    files = {file for trip in counted.trips for file in trip} - PORTS
    assert {file for file in files if not f"/{file}".endswith(named)} == set()


HEART = "integration/cases/"
PASS = [f"{HEART}step.py", f"{HEART}fields.py"]
EDGES = [
    ("from one file of the pass to another", PASS, 2),
    ("to the kernel", [PASS[0], "integration/reconcile/create_once.py"], 2),
    ("to a port", [PASS[0], "tests/fakes/links.py"], 2),
    ("within a file", [PASS[0], PASS[0]], 0),
    ("to a value", [PASS[0], f"{HEART}link.py"], 0),
    ("to a mapper", [PASS[0], "mappers/statuses.py"], 0),
    ("a twin's own business", ["tests/fakes/links.py", PASS[0]], 0),
]


@pytest.mark.parametrize(("edge", "crossings"), [row[1:] for row in EDGES], ids=[row[0] for row in EDGES])
def test_a_crossing_is_there_and_back_between_files_that_do_something(edge, crossings):
    found = crossings_of(Counter({tuple(edge): 1}), HEART)
    assert (found.calls, found.crossings) == (1, crossings)


def test_what_lies_between_two_of_our_calls_is_left_out():
    """`sorted` calls back: the caller is who sorted."""
    world, here = Running().world, "tests/unit/bench/test_crossings.py"
    edges = calls_of(lambda: sorted("ab", key=lambda _: world.clock()))
    assert edges[here, "tests/fakes/world.py"] == len("ab")
    assert {called for _, called in edges} == {here, "tests/fakes/world.py"}


def test_what_others_left_behind_is_not_counted():
    """It ends whenever Python looks for it, and that may be in the middle of the pass."""

    class Left:
        def __init__(self):
            self.me = self

        def __del__(self):
            self.me = None

    Left()
    assert calls_of(lambda: [*map(list, [()] * 10_000)]).total() == 1
