"""Alarms of cases and incidents in step; docs/operations.md has a section for each key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch

from integration import names as n
from integration.operations.stacks.alarms import FIVE_MINUTES, Alarm, function_metric, own_metric, queue_metric, total

if TYPE_CHECKING:
    from integration.names import Names

LONGEST_WAIT_S = 1800
"""A message older than this waits for an instance that is down or refuses us: ten minutes is the first day's pause."""


def _unheard(names: Names) -> cloudwatch.MathExpression:
    """By the hour: changes that the poll found while the webhook was not called once with a good token."""
    return cloudwatch.MathExpression(
        expression="IF(FILL(heard, 0) < 1, FILL(found, 0), 0)",
        using_metrics={
            "found": own_metric(names, n.METRIC_FOUND_BY_POLL),
            "heard": function_metric(names.notifications_handler, "Invocations"),
        },
        period=Duration.hours(1),
    )


def _good_polls(names: Names) -> cloudwatch.MathExpression:
    polls = {"started": "Invocations", "failed": "Errors"}
    return cloudwatch.MathExpression(
        expression="started - failed",
        using_metrics={key: function_metric(names.poller, metric) for key, metric in polls.items()},
        period=FIVE_MINUTES,
    )


ALARMS = (
    Alarm(
        "QueueAge",
        "Events have waited over half an hour: the instance is down, or refuses us. `check` tells which.",
        lambda names: total(
            (
                queue_metric(queue, "ApproximateAgeOfOldestMessage")
                for queue in (names.cases_queue, names.incidents_queue)
            ),
            "MAX",
        ),
        threshold=LONGEST_WAIT_S,
    ),
    Alarm(
        "PollerSilent",
        "No poll succeeded for ten minutes: what events and webhooks miss stays missed. See the poller's log.",
        _good_polls,
        periods=2,
        of=2,
        below=True,
        missing=cloudwatch.TreatMissingData.BREACHING,
    ),
    Alarm(
        "EventsMissing",
        "In three of six hours the poll found changes and the instance told of none. Run `check`.",
        _unheard,
        periods=3,
        of=6,
    ),
    Alarm(
        "CreationStopped",
        "More cases than allowed were due within an hour, in all or of one opener; they wait an hour, or for `resume`.",
        lambda names: own_metric(names, n.METRIC_CREATION_STOPPED),
    ),
    Alarm(
        "LinkSuspended",
        "A link was suspended: its incident cannot be read, or two records claim one case. See `status`.",
        lambda names: own_metric(names, n.METRIC_SUSPENDED),
    ),
)
