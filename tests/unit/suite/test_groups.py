"""How the tests are dealt out to workers."""

import fcntl
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from types import SimpleNamespace

import pytest
from xdist.remote import Producer

from integration.operations.waiting import until
from tests.conftest import COLLECTED
from tests.dealing import WAITING, Dealt, fills, in_turn, is_new, one_first, turn


@pytest.mark.xdist_group("groups")
def test_a_group_stays_in_one_worker(request):
    """pytest 9.2 names tests in a way pytest-xdist 3.8 cannot mark; each worker then starts every shared system."""
    grouped = request.config.getoption("dist", "no") == "loadgroup" or "PYTEST_XDIST_WORKER" in os.environ
    assert request.node.nodeid.endswith("@groups") or not grouped


def test_collecting_starts_no_node(request):
    """Each worker collects all tests: CDK is imported by the tests that need it, since jsii starts Node at once."""
    assert "jsii" not in request.config.stash[COLLECTED]


class Item:
    def __init__(self, group="", folder="unit"):
        self.group, self.nodeid = group, f"tests/{folder}/test_it.py::test_it"

    def get_closest_marker(self, _):
        return pytest.mark.xdist_group(self.group).mark if self.group else None


def test_what_waits_most_begins_first_and_what_computes_most_stands_at_the_end():
    quick, proof, page = Item(), Item(folder="proofs"), Item(folder="docs")
    last, first, other = Item(WAITING[-1]), Item(WAITING[0]), Item("test_gate_too", "e2e")
    synth = Item("synth", "stacks")
    ordered = [first, last, other, quick, page, proof, synth]
    assert sorted([quick, other, page, proof, synth, last, first], key=turn) == ordered


@pytest.mark.parametrize(
    ("folder", "kept"), [("unit", False), ("contract", False), ("e2e", True), ("browser", True), ("real", True)]
)
def test_in_random_order_a_story_keeps_its_own(monkeypatch, folder, kept):
    monkeypatch.setenv("SHUFFLE", "1")
    items = [Item(folder=folder) for _ in range(9)]
    for number, item in enumerate(items):
        item.nodeid += str(number)
    shuffled = list(items)
    in_turn(shuffled)
    assert (shuffled == items) == kept
    assert set(shuffled) == set(items)


class Worker:
    shutting_down = False

    def __init__(self, number):
        self.gateway, self.sent = SimpleNamespace(id=f"gw{number}"), []

    def send_runtest_some(self, tests):
        self.sent += tests

    def shutdown(self):
        self.shutting_down = True


def dealt(workers, names):
    """What each worker is told to run at first."""
    config = SimpleNamespace(
        getvalue=lambda _: ["popen"] * workers, option=SimpleNamespace(loadscopereorder=False)
    )  # fmt: skip
    scheduler, nodes = Dealt(config, Producer("test", enabled=False)), [Worker(each) for each in range(workers)]
    for node in nodes:
        scheduler.add_node(node)
    for node in nodes:
        scheduler.add_node_collection(node, names)
    scheduler.schedule()
    return [[names[each] for each in node.sent] for node in nodes]


NAMES = [f"tests/docs/test_it.py::test_{number}" for number in range(12)]


def test_two_workers_take_from_the_front():
    assert dealt(2, NAMES) == [[NAMES[0], NAMES[2]], [NAMES[1], NAMES[3]]]


def test_of_more_workers_one_takes_from_the_end():
    """It lets the others go first, so what a clock watches stays theirs."""
    *_, filler = dealt(3, NAMES)
    assert filler == [NAMES[-1], NAMES[-2]]


@pytest.mark.parametrize(
    ("workers", "filling"), [(1, []), (2, []), (3, ["gw2"]), (4, ["gw3"]), (5, ["gw3", "gw4"])]
)  # fmt: skip
def test_who_takes_from_the_end_lets_the_others_go_first(workers, filling):
    assert [each for each in map("gw{}".format, range(workers)) if fills(each, workers)] == filling


def test_a_file_of_quick_tests_goes_to_one_worker():
    quick = [f"tests/unit/test_{file}.py::test_{number}" for file in "ab" for number in range(3)]
    assert dealt(2, quick) == [quick[:3], quick[3:]]


def test_a_group_goes_to_one_worker_wherever_its_tests_stand():
    grouped = [
        "tests/unit/test_a.py::test_1@rhino",
        "tests/docs/test_b.py::test_2",
        "tests/unit/test_c.py::test_3@rhino",
    ]
    assert dealt(2, grouped) == [[grouped[0], grouped[2]], [grouped[1]]]


def test_one_worker_collects_alone_and_the_others_then_at_once(monkeypatch, tmp_path):
    """What the first has compiled is read by three; of four at once each would compile it."""
    lock, asked, order, together, flock = tmp_path / "lock", [], [], Barrier(2), fcntl.flock
    lock.touch()
    monkeypatch.setattr(fcntl, "flock", lambda file, how: (asked.append(how), flock(file, how)))

    def other():
        with one_first(lock):
            order.append("other")
            together.wait(10)

    with ThreadPoolExecutor(2) as pool:
        with one_first(lock):
            others = [pool.submit(other) for _ in range(2)]
            until(lambda: asked.count(fcntl.LOCK_SH) == len(others), 10, "both wait", 0.01)
            order.append("first")
        for each in others:
            each.result()
    assert order == ["first", "other", "other"]


def test_a_clone_is_new_until_this_python_has_compiled_what_is_collected_last(tmp_path):
    """Workers then collect at the same time; what another Python has compiled, or another tool, is no help."""
    (tmp_path / "unit/__pycache__").mkdir(parents=True)
    for name in ("test_it.py", "unit/test_it.py", "unit/test_other.py"):
        (tmp_path / name).touch()
    tag = sys.implementation.cache_tag
    for name in (f"test_it.{tag}-pytest-9.1.1.pyc", "test_other.cpython-27-pytest-4.6.pyc", f"test_other.{tag}.pyc"):
        (tmp_path / "unit/__pycache__" / name).touch()
    assert is_new(tmp_path)
    (tmp_path / f"unit/__pycache__/test_other.{tag}-pytest-9.1.1.pyc").touch()
    assert not is_new(tmp_path)
