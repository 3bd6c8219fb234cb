"""Checks that EventBridge writes the log of notifications; no AWS page names the policy this needs."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from integration import names as n
from integration.aws.errors import raising_ours
from integration.clients.errors import RemoteError
from integration.constants import LOG_RETENTION_DAYS
from integration.operations.checking.verdict import Verdict, ok, skip, warn
from integration.operations.deployment.deployed import deploying

if TYPE_CHECKING:
    from integration.operations.deployment.deployed import Deployed

SUBJECT = "notifications log"
SLACK_S = 300
"""Between the receiver's moment of an event and that of its line; Logs shows a line within seconds."""
_DAY_S = 86_400


def notifications_log(deployed: Deployed) -> Verdict:
    """Asks for the line of the last event that the receiver published; before the first there is none to ask for."""
    try:
        heard = deployed.table.get(n.HEARD, n.HEARD_EVENT)
        age_s = time.time() - float(heard["at"]) if heard else None
        if age_s is None or not SLACK_S < age_s < LOG_RETENTION_DAYS * _DAY_S:
            return skip(SUBJECT, "no event of the instance yet whose line could be looked for")
        if _has_line(deployed, time.time() - age_s):
            return ok(SUBJECT, "EventBridge writes it")
    except RemoteError as error:
        return skip(SUBJECT, f"could not be looked at: {error}")
    again = deploying(deployed, "… --log-policy account")
    return warn(SUBJECT, f"{deployed.names.notifications_log} has no line of the last event: it is not written", again)


def _has_line(deployed: Deployed, at: float) -> bool:
    """A page may be empty with more to come (CloudWatch Logs API, FilterLogEvents). Raises `RemoteError`."""
    asked = {"startTime": int((at - SLACK_S) * 1000), "endTime": int((at + SLACK_S) * 1000)}
    with raising_ours("filter_log_events"):
        pages = deployed.client("logs").get_paginator("filter_log_events")
        found = pages.paginate(logGroupName=deployed.names.notifications_log, **asked)
        return any(page["events"] for page in found)
