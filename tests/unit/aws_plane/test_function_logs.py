"""What functions wrote, as FilterLogEvents finds it."""

import json
from types import SimpleNamespace

import pytest

from integration.aws_plane.calls import Call
from integration.aws_plane.function_logs import FunctionLogs
from integration.aws_plane.http_server import Response
from integration.aws_plane.output import Output

GROUP = "/aws/lambda/one"
MOTO = Response(400, b'{"__type": "ResourceNotFoundException"}')
LINES = ["START", 'REPORT "a" b', '{"case_id": "45", "calls": {"aws": 2}}', '{"case_id": "46", "ok": true}', "[1]"]
FOUND = [
    ("", range(5)),
    ("REPORT", [1]),
    ("REPORT b", [1]),
    ("START REPORT", []),
    ('"a\\" b"', None),
    ("-START -case_id", [1, 4]),
    ('"case_id"', [2, 3]),
    ('{ $.case_id = "45" }', [2]),
    ('{ $.case_id = "4*" && $.calls.aws = 2 }', [2]),
    ('{$.case_id="4*"}', [2, 3]),
    ("{ $.ok = true }", []),
    ('{ $.case_id = "45" || $.ok IS TRUE }', None),
    ("[a, b]", None),
    ("?a ?b", None),
]


@pytest.fixture
def ask(tmp_path):
    output = Output("one", tmp_path / "log.txt")
    for line in LINES:
        output.write(line)
    logs = FunctionLogs([SimpleNamespace(definition=SimpleNamespace(log_name=GROUP), output=output)])

    def asked(**parameters):
        answer = logs.after_filter(Call("logs", "FilterLogEvents", parameters), None, MOTO)
        return answer if answer is MOTO else json.loads(answer.body)

    return asked


@pytest.mark.parametrize(("pattern", "numbers"), FOUND, ids=[pattern for pattern, _ in FOUND])
def test_a_pattern_finds_its_lines_or_is_refused(ask, pattern, numbers):
    """One that is not read is never taken for one that matches everything, or nothing."""
    told = ask(logGroupName=GROUP, filterPattern=pattern)
    if numbers is None:
        assert told["__type"] == "InvalidParameterException"
    else:
        assert [each["message"] for each in told["events"]] == [LINES[number] for number in numbers]


def test_pages_and_times_leave_nothing_out(ask):
    first = ask(logGroupIdentifier=f"arn:aws:logs:us-east-1:123456789012:log-group:{GROUP}", limit=3)
    second = ask(logGroupName=GROUP, nextToken=first["nextToken"], limit=3)
    assert [each["message"] for each in first["events"] + second["events"]] == LINES
    assert "nextToken" not in second
    at = first["events"][0]["timestamp"]
    assert ask(logGroupName=GROUP, endTime=at - 1)["events"] == []
    assert len(ask(logGroupName=GROUP, startTime=at)["events"]) == len(LINES)


def test_another_log_is_moto_s(ask):
    assert ask(logGroupName="/aws/events/bus") is MOTO
