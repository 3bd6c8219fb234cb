"""Alarms of workspaces; docs/workspaces/DEPLOYMENT-GUIDE.md has a row for each key."""

from __future__ import annotations

from aws_cdk import Duration

from integration.operations.stacks.alarms import Alarm, own_metric
from integration.workspaces import names as w

LATEST_S, SLOWEST_S = 900, 60

ALARMS = (
    Alarm(
        "WorkspaceLate",
        "A workspace or an order is a quarter of an hour late. `status` names it; the log of the worker says why.",
        lambda names: own_metric(names, w.WAITING, "Maximum"),
        threshold=LATEST_S,
    ),
    Alarm(
        "WorkspaceBlocked",
        "A workspace cannot be made, or archived, for a reason that somebody has to change: `workspace list` says it.",
        lambda names: own_metric(names, w.BLOCKED),
    ),
    Alarm(
        "WorkspaceSlow",
        "A workspace was delivered a minute after it was ordered. The worker's log says what it waited for.",
        lambda names: own_metric(names, w.DELIVERY, "Maximum").with_(period=Duration.minutes(15)),
        threshold=SLOWEST_S,
    ),
)
