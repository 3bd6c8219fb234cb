"""Checks that somebody receives the alarms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from integration.clients.errors import RemoteError
from integration.operations.checking.verdict import Verdict, fail, ok, skip, warn
from integration.operations.deployment.deployed import deploying
from integration.operations.deployment.receivers import alarms, confirm_command

if TYPE_CHECKING:
    from collections.abc import Iterator

    from integration.operations.deployment.deployed import Deployed


def receivers(deployed: Deployed) -> Iterator[Verdict]:
    """Of a deployment that stands. An unconfirmed address fails, since its owner believes to be told."""
    subject, account, names = "alarms", deployed.account, deployed.names
    try:
        found = alarms(account, names)
    except RemoteError as error:
        yield skip(subject, f"{error} (sns:ListSubscriptionsByTopic, cloudwatch:DescribeAlarms)")
        return
    for address in found.pending:
        yield fail(
            subject, f"{address} has not confirmed, so no alarm reaches it", confirm_command(account, names, address)
        )
    if found.listening:
        yield ok(subject, f"told to {', '.join(found.listening)}")
    elif not found.pending:
        yield warn(subject, "nobody is told of alarms", deploying(deployed, "… --alarm-email ADDRESS"))
