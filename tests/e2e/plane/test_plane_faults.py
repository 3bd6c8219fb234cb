"""What tests may break between a function and AWS."""

import time

import pytest

from integration.aws_plane.faults import Effect, Fault
from integration.aws_plane.function import FunctionFailed

TABLE = "TinyTable"


def put(plane, key):
    item = {"PK": {"S": key}, "SK": {"S": "b"}}
    return plane.invoke("tiny-calling", {"calls": [["dynamodb", "put_item", {"TableName": TABLE, "Item": item}]]})


def stored(plane, key):
    return "Item" in plane.boto3_client("dynamodb").get_item(TableName=TABLE, Key={"PK": {"S": key}, "SK": {"S": "b"}})


def test_an_error_is_answered_and_nothing_happens(plane):
    plane.faults.add(Fault("dynamodb:Put*", Effect.ERROR, code="ThrottlingException", status=400))
    assert put(plane, "error") == ["ThrottlingException"]
    assert not stored(plane, "error")
    assert plane.faults.active() == {}


@pytest.mark.parametrize(("effect", "happened"), [(Effect.RESET_BEFORE, False), (Effect.RESET_AFTER, True)])
def test_a_broken_connection_leaves_the_effect_unknown_to_the_function(plane, effect, happened):
    plane.faults.add(Fault("dynamodb:PutItem", effect))
    with pytest.raises(FunctionFailed, match="Connection"):
        put(plane, effect)
    assert stored(plane, effect) == happened


@pytest.mark.parametrize(("effect", "happened"), [(Effect.KILL_BEFORE, False), (Effect.KILL_AFTER, True)])
def test_a_function_can_be_killed_at_any_call_before_or_after_its_effect(plane, effect, happened):
    plane.faults.add(Fault("dynamodb:PutItem", effect, function="tiny-calling"))
    with pytest.raises(FunctionFailed, match="SIGKILL"):
        put(plane, effect)
    assert stored(plane, effect) == happened


def test_the_nth_call_of_a_kind_is_hit(plane):
    plane.faults.add(Fault("dynamodb:PutItem", Effect.ERROR, skip=1))
    assert [put(plane, key)[0] == {} for key in ("1st", "2nd", "3rd")] == [True, False, True]


def test_the_operator_and_other_functions_meet_no_fault(plane):
    plane.faults.add(Fault("*", Effect.ERROR, function="tiny-consuming", times=100))
    assert put(plane, "other") == [{}]
    assert stored(plane, "other")


def test_latency_is_added_to_every_call_of_a_function(plane):
    put(plane, "warm")
    plane.faults.latency_s = 0.2
    began = time.monotonic()
    put(plane, "slow")
    assert time.monotonic() - began >= 0.2


def test_a_watch_sees_each_call_of_a_function_with_the_event_it_works_on(plane):
    """And may strike this one call."""
    seen = []

    def watch(operation, caller):
        seen.append((operation, caller.function, b"put_item" in caller.environment().event))
        return Fault("*", Effect.KILL_BEFORE)

    plane.gateway.watch = watch
    try:
        with pytest.raises(FunctionFailed, match="SIGKILL"):
            put(plane, "watched")
    finally:
        plane.gateway.watch = lambda _operation, _caller: None
    assert seen == [("dynamodb:PutItem", "tiny-calling", True)]
    assert not stored(plane, "watched")
