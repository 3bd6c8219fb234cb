"""How the tests are dealt out to workers."""

import os
import sys

import pytest

from tests import everything
from tests.conftest import LONGEST, _turn


@pytest.mark.xdist_group("groups")
def test_a_group_stays_in_one_worker(request):
    """pytest 9.2 names tests in a way pytest-xdist 3.8 cannot mark; each worker then starts every shared system."""
    grouped = request.config.getoption("dist", "no") == "loadgroup" or "PYTEST_XDIST_WORKER" in os.environ
    assert request.node.nodeid.endswith("@groups") or not grouped


class Item:
    def __init__(self, group="", folder="unit"):
        self.group, self.nodeid = group, f"tests/{folder}/test_it.py::test_it"

    def get_closest_marker(self, _):
        return pytest.mark.xdist_group(self.group).mark if self.group else None


def test_what_waits_most_begins_first_and_quick_tests_fill_the_rest():
    quick, proof = Item(), Item(folder="proofs")
    last, first, other = Item(LONGEST[-1]), Item(LONGEST[0]), Item("groups")
    assert sorted([quick, other, proof, last, first], key=_turn) == [first, last, other, proof, quick]


def test_what_runs_beside_the_tests_says_its_word_and_fails_the_run(capsys):
    """The next is tried whether or not one has failed."""
    commands = tuple((sys.executable, "-c", f"print('said {code}'); raise SystemExit({code})") for code in (1, 0, 2))
    failed = everything.run(commands)
    assert [name[-2] for name in failed] == ["1", "2"]
    out = capsys.readouterr().out
    assert all(f"said {code}\n" in out for code in (0, 1, 2))
