"""Alarms of workspaces; docs/workspaces/OPERATIONS.md has a row for each, docs/operations.md the steps."""

from __future__ import annotations

from aws_cdk import Duration

from integration.operations.stacks.alarms import Alarm, own_metric
from integration.workspaces import names as w

LATEST_S, SLOWEST_S = 900, 60

ALARMS = (
    Alarm(
        "WorkspaceLate",
        "A workspace or an order is a quarter of an hour late. `status` names it; docs/operations.md#workspacelate.",
        lambda names: own_metric(names, w.WAITING, "Maximum"),
        threshold=LATEST_S,
    ),
    Alarm(
        "WorkspaceBlocked",
        "A workspace waits until somebody acts: `workspace list` says why; docs/operations.md#workspaceblocked.",
        lambda names: own_metric(names, w.BLOCKED),
    ),
    Alarm(
        "WorkspaceSlow",
        "A delivery took a minute. The worker's log says what it waited for; docs/operations.md#workspaceslow.",
        lambda names: own_metric(names, w.DELIVERY, "Maximum").with_(period=Duration.minutes(15)),
        threshold=SLOWEST_S,
    ),
)
