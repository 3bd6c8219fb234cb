"""Fault rules strike as often as told, switches refuse what they do not know, buckets refill."""

import jsonschema
import pytest

from integration.emulators.kit.faults import Faults
from integration.emulators.kit.switches import schema_of
from integration.emulators.security_ir.errors import ApiError
from integration.emulators.security_ir.faults import Fault
from integration.emulators.security_ir.switches import SWITCHES, Switches
from integration.emulators.security_ir.throttle import Throttle


def test_a_rule_skips_strikes_and_is_spent():
    faults = Faults(Fault)
    faults.add({"operation": "Get*", "kind": "500", "skip": 1, "times": 2})
    struck = [
        faults.take(operation=name) is not None for name in ("GetCase", "ListCases", "GetCase", "GetCase", "GetCase")
    ]
    assert struck == [False, False, True, True, False]


def test_the_first_rule_that_strikes_decides():
    faults = Faults(Fault)
    faults.add({"operation": "GetCase", "kind": "409"})
    faults.add({"operation": "*", "kind": "latency", "times": None})
    assert [faults.take(operation="GetCase").kind for _ in range(3)] == ["409", "latency", "latency"]


def test_rules_of_calls_and_of_events_do_not_meet():
    faults = Faults(Fault)
    faults.add({"event": "*", "kind": "lost"})
    assert faults.take(operation="GetCase") is None
    assert faults.take(event="Case Created").kind == "lost"


@pytest.mark.parametrize(
    "rule",
    [
        {},
        {"kind": "500"},
        {"operation": "*", "kind": "lost"},
        {"event": "*", "kind": "500"},
        {"operation": "*", "event": "*", "kind": "500"},
        {"operation": "*", "kind": "500", "times": 0},
        {"operation": "*", "kind": "500", "colour": "red"},
    ],
)
def test_a_rule_that_means_nothing_is_refused(rule):
    with pytest.raises(jsonschema.ValidationError):
        Faults(Fault).add(rule)


def test_every_switch_has_a_schema_and_its_default_fits():
    assert set(schema_of(Switches)["properties"]) == set(SWITCHES)
    Switches().update(Switches().as_json())


@pytest.mark.parametrize(
    "values", [{"colour": "red"}, {"list_order": "sorted"}, {"latency_s": -1}, {"emissions": {"X": []}}]
)
def test_a_switch_that_is_none_is_refused_and_sets_nothing(values):
    switches = Switches()
    with pytest.raises(jsonschema.ValidationError):
        switches.update({"event_delay_s": 9} | values)
    assert switches == Switches()


def test_a_bucket_is_per_principal_and_operation_and_refills():
    throttle = Throttle()
    throttle.take("ann", "GetCase", 0.0, 1)
    throttle.take("bob", "GetCase", 0.0, 1)
    throttle.take("ann", "ListCases", 0.0, 1)
    with pytest.raises(ApiError) as refused:
        throttle.take("ann", "GetCase", 0.5, 0.25)
    assert refused.value.headers["Retry-After"] == "4"
    throttle.take("ann", "GetCase", 1.5, 1)
