"""Parts every emulator has: rules of faults, delayed jobs, a clock, switches."""

from __future__ import annotations

import threading

import jsonschema
import pytest

from integration.emulators.kit.clock import Clock
from integration.emulators.kit.faults import Faults
from integration.emulators.kit.jobs import Jobs
from integration.emulators.kit.line import LineFault
from integration.emulators.kit.switches import Switches

RULES = {
    "a rule skips, strikes and is spent": (
        [{"operation": "Get*", "kind": "timeout", "skip": 1, "times": 2}],
        ["", "", "timeout", "timeout", ""],
    ),
    "the first that strikes decides": (
        [{"operation": "GetCase", "kind": "timeout"}, {"operation": "*", "kind": "latency", "times": None}],
        ["timeout", "latency", "latency", "latency", "latency"],
    ),
    "what names nothing strikes nothing": ([{"kind": "timeout"}], [""] * 5),
}
CALLS = ("GetCase", "ListCases", "GetCase", "GetCase", "GetCase")


@pytest.mark.parametrize(("rules", "struck"), RULES.values(), ids=RULES)
def test_rules_strike_in_their_order_as_often_as_told(rules, struck):
    faults = Faults(LineFault)
    for rule in rules:
        faults.add(rule)
    taken = [faults.take(operation=name) for name in CALLS]
    assert [fault.kind if fault else "" for fault in taken] == struck
    faults.clear()
    assert faults.take(operation="GetCase") is None


def test_what_is_spent_is_told_no_more():
    faults = Faults(LineFault)
    faults.add({"operation": "*", "kind": "timeout"})
    faults.take(operation="GetCase")
    assert faults.as_json() == []


MEANINGLESS = [
    {}, {"kind": "gremlins"}, {"kind": "timeout", "colour": "red"}, {"kind": "timeout", "times": 0},
    {"kind": "timeout", "skip": -1},
]  # fmt: skip


@pytest.mark.parametrize("rule", MEANINGLESS)
def test_a_rule_that_means_nothing_is_refused(rule):
    with pytest.raises(jsonschema.ValidationError):
        Faults(LineFault).add(rule)


def test_jobs_run_in_the_order_they_fall_due_and_a_failing_one_ends_nothing(caplog):
    jobs, done = Jobs(), []
    gate = threading.Event()

    def fail() -> None:
        raise RuntimeError("on purpose")

    jobs.later(0.05, lambda: done.append("later"))
    jobs.later(0, fail)
    jobs.later(0.01, lambda: done.append("sooner"))
    assert jobs.settle(5)
    assert done == ["sooner", "later"]
    assert "on purpose" in caplog.text
    jobs.later(0, lambda: gate.wait(5))
    assert not jobs.settle(0.01)
    gate.set()
    assert jobs.settle(5)
    jobs.stop()


def test_a_clock_moves_forward_only():
    clock = Clock(at=0.9)
    clock.advance(1.5)
    assert clock() == pytest.approx(2.4)
    with pytest.raises(ValueError, match="backwards"):
        clock.advance(-1)


def test_of_switches_with_one_that_is_wrong_none_is_set():
    switches = Switches()
    for wrong in ({"colour": "red"}, {"latency_s": "much"}):
        with pytest.raises(jsonschema.ValidationError):
            switches.update({"latency_s": 1.0} | wrong)
    assert switches == Switches()


def test_whether_a_schema_is_one_is_looked_at_once(monkeypatch):
    class Own(Switches):
        pass

    looked = []
    monkeypatch.setattr(jsonschema.Draft202012Validator, "check_schema", looked.append)
    for _ in range(3):
        Own().update({"latency_s": 1.0})
    assert len(looked) == 1
