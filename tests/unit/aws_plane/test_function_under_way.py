"""A function is under way from when it is called until its last line is written."""

from __future__ import annotations

import threading
from types import SimpleNamespace

import pytest

from integration.aws_plane.concurrency import Throttled
from integration.aws_plane.environment import Outcome
from integration.aws_plane.function import Definition, Function
from integration.operations.waiting import until

DEFINITION = Definition("one", "arn", "module.handler", SimpleNamespace(), {}, timeout_s=1, memory_mib=128)


class Gate:
    """`pass_through` is held until it is opened."""

    def __init__(self):
        self.reached, self.open = threading.Event(), threading.Event()

    def pass_through(self):
        self.reached.set()
        assert self.open.wait(10)


@pytest.fixture
def gate():
    made = Gate()
    yield made
    made.open.set()


class Environment:
    alive = True

    def invoke(self, *_):
        return Outcome(b"null")

    def kill(self):
        self.alive = False


def function(start=lambda _: Environment(), write=lambda _line: None):
    return Function(DEFINITION, SimpleNamespace(write=write), None, start)


def beside(work, *given):
    thread = threading.Thread(target=work, args=given)
    thread.start()
    return thread


def test_a_function_runs_while_its_process_starts(gate):
    """Whoever waits for silence would begin before it."""

    def start(_function):
        gate.pass_through()
        return Environment()

    one = function(start)
    calling = beside(one.invoke, {})
    assert gate.reached.wait(10)
    assert one.running == 1
    gate.open.set()
    calling.join()
    assert one.running == 0


def test_one_that_finds_no_place_runs_no_more():
    one = function()
    one.close()
    with pytest.raises(Throttled):
        one.invoke({})
    assert (one.running, one.started) == (0, 0)


def test_a_function_is_at_rest_once_its_last_line_is_written(gate):
    """The folder of its log is removed then."""
    one = function(write=lambda _line: gate.pass_through())
    calling = beside(one.invoke, {})
    assert gate.reached.wait(10)
    one.close()
    resting = beside(one.rest)
    until(lambda: one._changed._waiters)
    assert resting.is_alive()
    gate.open.set()
    for each in (resting, calling):
        each.join()
    assert one.running == 0
