"""The line of the last event is looked for in the log of notifications, whose policy no page of AWS vouches for."""

import time

import boto3
import pytest

from integration import names as n
from integration.names import Names
from integration.operations.checking.log_side import notifications_log
from integration.operations.deployment.deployed import find
from tests.contract.operations.test_cli_preflight import Denied

NAMES, HOUR_S, YEAR_S = Names(), 3600, 365 * 86_400


def heard(deployed, seconds_ago):
    deployed.table.put({"PK": n.HEARD, "SK": n.HEARD_EVENT, "at": time.time() - seconds_ago})


def written(seconds_ago):
    logs = boto3.client("logs")
    logs.create_log_stream(logGroupName=NAMES.notifications_log, logStreamName="s")
    moment = int((time.time() - seconds_ago) * 1000)
    logs.put_log_events(
        logGroupName=NAMES.notifications_log, logStreamName="s", logEvents=[{"timestamp": moment, "message": "{}"}]
    )


@pytest.mark.parametrize(("event", "line", "state"), [
    (None, None, "skip"), (10, None, "skip"), (YEAR_S, None, "skip"),
    (HOUR_S, HOUR_S - 2, "ok"), (HOUR_S, None, "warn"), (HOUR_S, 3 * HOUR_S, "warn"),
], ids=["no-event", "just-now", "kept-no-more", "written", "empty", "an-older-line"])  # fmt: skip
def test_the_line_of_the_last_event_is_looked_for(deployed, event, line, state):
    """Where there is none, the known way is named."""
    boto3.client("logs").create_log_group(logGroupName=NAMES.notifications_log)
    found = find(deployed, NAMES)
    if event:
        heard(found, event)
    if line:
        written(line)
    verdict = notifications_log(found)
    assert verdict.state == state
    assert ("--log-policy account" in verdict.fix) == (state == "warn")


def test_a_log_that_may_not_be_read_is_skipped(deployed):
    found = find(deployed, NAMES)
    heard(found, HOUR_S)
    found.connection.runtime._clients["logs"] = Denied()
    assert notifications_log(found).state == "skip"
