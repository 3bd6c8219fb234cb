"""Functions run as on AWS: own process, own environment, timeout, crash, memory told, output kept."""

import os
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from integration.aws_plane.function import FunctionFailed


def test_an_event_goes_in_and_an_answer_comes_out(plane):
    answer = plane.invoke("tiny-echo", {"a": "ä"})
    assert answer["event"] == {"a": "ä"}
    assert answer["name"] == "tiny-echo"
    assert 0 < answer["left_ms"] <= 20_000


def test_the_environment_is_the_templates_and_nothing_of_ours(plane, monkeypatch):
    """A secret of the shell that started the plane must not reach a function."""
    monkeypatch.setenv("MY_SECRET", "x")
    names = ["INSTANCE", "MY_SECRET", "AWS_LAMBDA_FUNCTION_NAME", "AWS_REGION", "AWS_ENDPOINT_URL"]
    got = plane.invoke("tiny-environment", {"names": names})
    assert got == {
        "INSTANCE": "dev12345",
        "MY_SECRET": "",
        "AWS_LAMBDA_FUNCTION_NAME": "tiny-environment",
        "AWS_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": plane.aws_url,
    }


@pytest.mark.parametrize(
    ("name", "event", "kind", "text"),
    [
        ("tiny-raising", {}, "ValueError", "as asked"),
        ("tiny-exiting", {}, "Runtime.ExitError", "exit status 7"),
        ("tiny-sleeping", {"seconds": 30}, "Sandbox.Timedout", "timed out after 1.00 seconds"),
    ],
)
def test_a_failure_is_told_as_lambda_tells_it(plane, name, event, kind, text):
    with pytest.raises(FunctionFailed, match=text) as failed:
        plane.invoke(name, event)
    assert failed.value.kind == kind


def test_after_a_crash_the_next_event_gets_a_new_process(plane):
    for _ in range(2):
        with pytest.raises(FunctionFailed, match="exit status 7"):
            plane.invoke("tiny-exiting", {})


def test_a_timed_out_process_is_gone(plane):
    with pytest.raises(FunctionFailed):
        plane.invoke("tiny-sleeping", {"seconds": 30})
    assert plane.functions["tiny-sleeping"].processes == []


def test_events_at_once_run_beside_each_other_and_processes_are_used_again(fresh, stacks):
    fresh.deploy([stacks.STATE, stacks.application()], {"TinyApplication": {"instance": "x"}})
    function = fresh.functions["tiny-echo"]
    threads = [threading.Thread(target=fresh.invoke, args=("tiny-echo", {})) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    started = function.cold_starts
    assert 1 <= started <= 3
    fresh.invoke("tiny-echo", {})
    assert function.cold_starts == started


def test_metrics_are_read_out_of_the_output(plane, until):
    plane.invoke("tiny-metric", {})
    datum = until(lambda: plane.metrics("Passes"))[-1]
    assert (datum.namespace, datum.value, datum.unit, datum.dimensions) == ("Tiny", 3, "Count", {"service": "tiny"})
    assert datum.properties == {"case_id": "1"}
    assert datum.function == "tiny-metric"


def test_metrics_can_be_asked_for_through_cloudwatch(plane, until):
    """Sums, percentiles and the names there are; a metric nobody wrote has no values, which is no error."""
    plane.invoke("tiny-metric", {})
    until(lambda: plane.metrics("Passes"))
    client, now = plane.boto3_client("cloudwatch"), datetime.now(UTC)
    (metric,) = client.list_metrics(Namespace="Tiny")["Metrics"]
    assert (metric["MetricName"], metric["Dimensions"]) == ("Passes", [{"Name": "service", "Value": "tiny"}])
    queries = [
        {"Id": f"q{i}", "MetricStat": {"Metric": {**metric, **other}, "Period": 86_460, "Stat": stat}}
        for i, (stat, other) in enumerate([("p50", {}), ("p95", {}), ("Maximum", {}), ("Sum", {"MetricName": "None"})])
    ]
    asked = {"StartTime": now - timedelta(days=1), "EndTime": now + timedelta(minutes=1)}
    told = client.get_metric_data(MetricDataQueries=queries, **asked)["MetricDataResults"]
    assert [result["Values"] for result in told] == [[3.0], [3.0], [3.0], []]
    assert told[0]["Timestamps"][0] <= now


@pytest.mark.parametrize("unknown", [{"Stat": "tm90"}, {"Stat": "IQR"}])
def test_a_statistic_the_plane_does_not_know_is_refused(plane, unknown):
    client, now = plane.boto3_client("cloudwatch"), datetime.now(UTC)
    stat = {"Metric": {"Namespace": "Tiny", "MetricName": "Passes"}, "Period": 60, **unknown}
    with pytest.raises(client.exceptions.ClientError, match="knows no statistic"):
        client.get_metric_data(MetricDataQueries=[{"Id": "q", "MetricStat": stat}], StartTime=now, EndTime=now)


def test_peak_memory_is_measured(plane):
    plane.invoke("tiny-echo", {})
    assert 5 < plane.functions["tiny-echo"].peak_mib < 256


def test_the_lambda_api_invokes_too(plane):
    client = plane.boto3_client("lambda")
    assert b'"a": 1' in client.invoke(FunctionName="tiny-echo", Payload=b'{"a": 1}')["Payload"].read()
    failed = client.invoke(FunctionName="tiny-raising", Payload=b"{}")
    assert failed["FunctionError"] == "Unhandled"


def test_leaving_the_plane_leaves_no_process(stacks):
    from integration.aws_plane.plane import Plane

    with Plane(source_paths=[Path(__file__).parent]) as plane:
        plane.deploy([stacks.STATE, stacks.application()], {"TinyApplication": {"instance": "x"}})
        plane.warm()
        pids = [pid for function in plane.functions for pid in function.processes]
        assert len(pids) == len(list(plane.functions))
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
