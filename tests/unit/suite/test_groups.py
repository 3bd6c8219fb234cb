"""How the tests are dealt out to workers."""

import os

import pytest

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
