"""Fault rules are of calls or of events, switches refuse what they do not know, buckets refill."""

import jsonschema
import pytest

from integration.emulators.kit.faults import Faults
from integration.emulators.kit.switches import schema_of
from integration.emulators.security_ir.errors import ApiError
from integration.emulators.security_ir.faults import Fault
from integration.emulators.security_ir.switches import SWITCHES, Switches
from integration.emulators.security_ir.throttle import Throttle


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
