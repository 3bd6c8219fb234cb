"""The small parts of the plane: calls, faults, output, batch answers, schedules, keys of resources."""

import json
import time
from pathlib import Path

import pytest

from integration.aws_plane.api import Bucket
from integration.aws_plane.call_log import CallLog, LoggedCall, Unused
from integration.aws_plane.custom_resource import as_text
from integration.aws_plane.environment import Outcome
from integration.aws_plane.event_sources import failures
from integration.aws_plane.faults import Effect, Fault, Faults
from integration.aws_plane.iam import Role, statements
from integration.aws_plane.output import Output, embedded_metrics
from integration.aws_plane.schedules import Clock, Schedule, UnknownSchedule, seconds_between
from integration.aws_plane.world import key_of, policy_of
from integration.operations.waiting import until


def record(at, **more):
    return LoggedCall(at, "f", "r", "s3", "GetObject", ("arn",), 200, 1.0, **more)


def test_calls_are_listed_from_a_moment_on_and_implicit_ones_only_when_asked():
    log = CallLog()
    for each in (record(1), record(2, implicit=True), record(3)):
        log.add(each)
    assert [r.at for r in log.calls()] == [1, 3]
    assert [r.at for r in log.calls(since=2, implicit=True)] == [2, 3]


def test_a_grant_is_used_when_its_action_met_its_resource():
    role = Role("r", "arn", [], statements({"Statement": [
        {"Effect": "Allow", "Action": ["s3:Get*", "s3:PutObject"], "Resource": ["a/*", "b"]},
        {"Effect": "Deny", "Action": "*", "Resource": "*"},
    ]}, "r/p"))  # fmt: skip
    log = CallLog()
    log.use("r", "r/p/0", "s3:GetObject", "a/1")
    log.use("r", "r/q/0", "s3:PutObject", "b")  # allowed by another statement
    log.use("other", "r/p/0", "s3:PutObject", "b")
    assert log.unused([role]) == [
        Unused("r", "r/p/0", "resource", "b"),
        Unused("r", "r/p/0", "action", "s3:PutObject"),
    ]


def test_a_fault_hits_the_calls_it_names_after_those_it_skips():
    faults = Faults()
    faults.add(Fault("s3:Get*", Effect.ERROR, function="a*", skip=1, times=2))
    hit = [faults.next_for(*call) is not None for call in
           (("s3:GetObject", "ab"), ("s3:PutObject", "ab"), ("s3:GetObject", "b"), ("s3:GetObject", "ab"),
            ("s3:GetObject", "ab"), ("s3:GetObject", "ab"))]  # fmt: skip
    assert hit == [False, False, False, True, True, False]


EMF = {
    "_aws": {"Timestamp": 5000, "CloudWatchMetrics": [
        {"Namespace": "N", "Dimensions": [["service"]], "Metrics": [{"Name": "Lag", "Unit": "Seconds"}, {"Name": "N"}]},
    ]},
    "service": "s", "Lag": [1.5, 2.5], "N": 3, "case_id": "7",
}  # fmt: skip


def test_embedded_metrics_are_read_as_cloudwatch_reads_them():
    found = list(embedded_metrics(json.dumps(EMF), "f"))
    assert [(d.name, d.value, d.unit, d.at) for d in found] == [
        ("Lag", 1.5, "Seconds", 5.0), ("Lag", 2.5, "Seconds", 5.0), ("N", 3, "None", 5.0),
    ]  # fmt: skip
    assert found[0].dimensions == {"service": "s"}
    assert found[0].properties == {"case_id": "7"}


OTHER = ("", "plain", '{"a": 1}', '{"CloudWatchMetrics"', '{"_aws": {"CloudWatchMetrics": 3}}')


@pytest.mark.parametrize("line", OTHER)
def test_other_lines_are_no_metrics(line):
    assert list(embedded_metrics(line, "f")) == []


def test_output_is_kept_in_memory_and_in_a_file(tmp_path: Path):
    output = Output("f", tmp_path / "log.txt")
    output.write("one")
    output.write(json.dumps(EMF))
    assert output.text()[0] == "one"
    assert (tmp_path / "log.txt").read_text().startswith("one\n")
    assert len(output.metrics) == 3


@pytest.mark.parametrize(
    ("answer", "failed"),
    [
        (None, set()),
        ({}, set()),
        ({"batchItemFailures": []}, set()),
        ({"batchItemFailures": None}, set()),
        ({"batchItemFailures": [{"itemIdentifier": "a"}]}, {"a"}),
        ({"batchItemFailures": [{"itemIdentifier": "unknown"}]}, {"a", "b"}),
        ({"batchItemFailures": [{"itemIdentifier": ""}]}, {"a", "b"}),
        ({"batchItemFailures": [{"other": "a"}]}, {"a", "b"}),
        ({"batchItemFailures": "a"}, {"a", "b"}),
        ("text", {"a", "b"}),
    ],
)
def test_what_a_batch_answer_says_failed(answer, failed):
    """Lambda developer guide, "Success and failure conditions"."""
    assert failures(Outcome(json.dumps(answer).encode()), ["a", "b"]) == failed


@pytest.mark.parametrize(
    ("expression", "seconds"), [("rate(1 minute)", 60), ("rate(5 minutes)", 300), ("rate(30 days)", 2_592_000)]
)
def test_a_rate_in_seconds(expression, seconds):
    assert seconds_between(expression) == seconds


@pytest.mark.parametrize("expression", ["cron(0 3 * * ? *)", "at(2026-01-01T00:00:00)", "rate(5 weeks)"])
def test_other_schedules_are_refused(expression):
    with pytest.raises(UnknownSchedule):
        seconds_between(expression)


def test_a_stopped_clock_fires_nothing_and_a_running_one_in_scaled_time():
    fired = []
    clock = Clock(scale=60_000, running=False)
    clock.start()
    clock.add(Schedule("x", 60, lambda: fired.append(time.monotonic())))
    clock.run(running=True)
    until(lambda: len(fired) >= 3, 5, look_s=0.005)
    clock.stop()


def test_scalars_of_custom_resources_become_text():
    assert as_text({"a": True, "b": [1, {"c": None}], "d": "x"}) == {"a": "true", "b": ["1", {"c": "None"}], "d": "x"}


def test_a_bucket_lets_its_burst_through_and_then_its_rate():
    bucket = Bucket(rate=0.0, burst=2)
    assert [bucket.take() for _ in range(3)] == [True, True, False]


def test_policy_and_key_of_an_object_an_index_and_a_path_are_those_of_what_holds_them():
    keys = {"arn:aws:s3:::b": "k1", "arn:t": "k2", "arn:aws:ssm:r:1:parameter/A/secret": "k3"}
    assert key_of(keys, "arn:aws:s3:::b/x/y") == "k1"
    assert key_of(keys, "arn:t/index/due") == "k2"
    assert key_of(keys, "arn:aws:ssm:r:1:parameter/A") == "k3"
    assert key_of(keys, "arn:aws:ssm:r:1:parameter/A/") == "k3"
    assert key_of(keys, "arn:aws:ssm:r:1:parameter/AB") is None
    policies = {"arn:aws:s3:::b": [1], "logs": [2]}
    assert policy_of(policies, "arn:aws:s3:::b/x") == [1]
    assert policy_of(policies, "arn:aws:logs:r:1:log-group:g:*") == [2]
    assert policy_of(policies, "arn:other") == []
