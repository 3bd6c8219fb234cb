"""The CloudWatch dashboard: is it in step, what waits, what fails."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from integration import names as n
from integration import registry
from integration.operations.stacks.alarms import (
    api_metric,
    function_metric,
    own_metric,
    queue_metric,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from integration.declaration import Integration
    from integration.names import Names

HALF = 12
"""Columns of the 24 a dashboard has."""


class Dashboard(Construct):
    """Of all integrations that a deployment has."""

    def __init__(self, scope: Construct, names: Names, integrations: Sequence[Integration]) -> None:
        super().__init__(scope, "Dashboard")
        queues = registry.queues(names, integrations)
        made = cloudwatch.Dashboard(self, "Dashboard", dashboard_name=names.dashboard)
        made.add_widgets(
            _graph("Lag, ms (change to applied)", [own_metric(names, n.METRIC_LAG, s) for s in ("p50", "p95")]),
            _graph("Passes, actions, echoes", [own_metric(names, m) for m in n.METRICS_OF_WORK]),
        )
        made.add_widgets(
            _graph("Oldest event, s", [queue_metric(q, "ApproximateAgeOfOldestMessage") for q in queues]),
            _graph("Waiting", [queue_metric(q, "ApproximateNumberOfMessagesVisible") for q in queues]),
        )
        made.add_widgets(
            _graph(
                "Dead letters",
                [
                    queue_metric(q, "ApproximateNumberOfMessagesVisible")
                    for q in registry.dead_letter_queues(names, integrations)
                ],
            ),
            _graph("Trouble", [own_metric(names, m) for m in n.METRICS_OF_TROUBLE]),
        )
        every_function = [names.of(each.owner) for one in integrations for each in one.functions]
        made.add_widgets(
            _graph("Function errors", [function_metric(f, "Errors") for f in every_function]),
            _graph("Function duration p95, ms", [function_metric(f, "Duration", "p95") for f in every_function]),
        )
        made.add_widgets(_graph("Webhook", [api_metric(names, m) for m in ("Count", "4XXError", "5XXError")]))


def _graph(title: str, metrics: list[cloudwatch.Metric]) -> cloudwatch.GraphWidget:
    return cloudwatch.GraphWidget(title=title, left=list(metrics), width=HALF)
