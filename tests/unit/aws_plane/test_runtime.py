"""A function's process answers alike under awslambdaric and, where that has no native client, under our own loop."""

import json
import re
import subprocess
import sys

import pytest

from integration.aws_plane.environment import Environment
from integration.aws_plane.fork_server import forks
from integration.aws_plane.hours import Hours
from integration.aws_plane.signing import moment
from integration.operations.waiting import until

HANDLERS = """
import sys

def echo(event, context):
    left = context.get_remaining_time_in_millis()
    return {"event": event, "id": context.aws_request_id, "name": context.function_name, "left": 0 < left <= 20000,
            "arn": context.invoked_function_arn, "beside": [p for p in sys.path if p.endswith("plane")]}

def raising(event, context):
    raise ValueError("as asked")

def signing(event, context):
    import boto3
    s3 = boto3.client("s3", "us-east-1", config=boto3.session.Config(signature_version="s3v4"))
    return s3.generate_presigned_url("get_object", {"Bucket": "b", "Key": "k"}, 60)

def odd(event, context):
    return {1, 2}
"""
ARN = "arn:aws:lambda:us-east-1:123456789012:function:tiny"


@pytest.fixture(params=["awslambdaric", "ours"])
def invoke(request, tmp_path, monkeypatch):
    """Runs a handler of the file; the outcome and what was logged."""
    if request.param == "ours":
        monkeypatch.setitem(sys.modules, "runtime_client", None)
    elif not forks():
        pytest.skip("awslambdaric has no native client here")
    (tmp_path / "tiny_handlers.py").write_text(HANDLERS)
    started, lines = [], []

    def call(name, event, after_the_end=False, **more):
        variables = {"PYTHONPATH": str(tmp_path), "AWS_LAMBDA_FUNCTION_NAME": "tiny", **more}
        started.append(Environment(f"tiny_handlers.{name}", variables, tmp_path, lines.append))
        assert isinstance(started[-1].process, subprocess.Popen) == (request.param == "ours")
        assert not after_the_end or started[-1].ended.wait(20)
        return started[-1].invoke(json.dumps(event).encode(), ARN, 20), lines

    yield call
    for each in started:
        each.kill()


def test_an_initialisation_that_failed_before_the_event_came_is_told(invoke):
    outcome, _ = invoke("nowhere", {}, after_the_end=True)
    assert outcome.answer["errorType"] == "Runtime.HandlerNotFound"


def test_an_event_goes_in_and_an_answer_comes_out(invoke):
    outcome, _ = invoke("echo", {"a": "ä"})
    assert outcome.answer == {
        "event": {"a": "ä"}, "id": outcome.request_id, "name": "tiny", "left": True, "arn": ARN, "beside": [],
    }  # fmt: skip


def test_what_a_function_signs_is_dated_by_the_planes_clock(invoke, tmp_path):
    """Else an address would be over before it is used, an hour forward."""
    hours = Hours(tmp_path / "clock")
    keys = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}
    hours.forward(36 * 3600)
    outcome, _ = invoke("signing", {}, **keys, **hours.environment(str(tmp_path)))
    (date,) = re.findall(r"X-Amz-Date=(\w+)", outcome.answer)
    assert hours.now() - moment(date) == pytest.approx(0, abs=60)


@pytest.mark.parametrize(
    ("handler", "kind", "said"),
    [
        ("raising", "ValueError", "as asked"),
        ("nowhere", "Runtime.HandlerNotFound", "nowhere"),
        ("odd", "Runtime.MarshalError", "not JSON serializable"),
    ],
)
def test_a_failure_is_told_as_lambda_tells_it(invoke, handler, kind, said):
    """A handler's own, one that does not exist, an answer that is no JSON; each is in the log, too."""
    outcome, lines = invoke(handler, {})
    assert outcome.error == "Unhandled"
    assert outcome.answer["errorType"] == kind
    assert said in outcome.answer["errorMessage"]
    until(lambda: any("[ERROR]" in line and said in line for line in lines), 20, "the log")
