"""Every alarm as data: what it means and what to type; docs/operations.md has one section for each key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_sns as sns
from constructs import Construct

from integration import names as n
from integration import registry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from integration.names import Names

FIVE_MINUTES = Duration.minutes(5)
LONGEST_WAIT_S = 1800
"""A message older than this waits for an instance that is down or refuses us: ten minutes is the first day's pause."""
REFUSED_CALLS = 10
"""Webhook calls turned away within a quarter of an hour: the instance sends an old token, or somebody guesses."""


@dataclass(frozen=True)
class Alarm:
    """Rings when `metric` is at least `threshold` (`below`: under it) in `periods` of its periods, `of` the last. A
    period is five minutes where the metric names none.
    """

    key: str
    meaning: str
    metric: Callable[[Names], cloudwatch.IMetric]
    threshold: float = 1
    periods: int = 1
    of: int = 1
    below: bool = False
    missing: cloudwatch.TreatMissingData = cloudwatch.TreatMissingData.NOT_BREACHING


def queue_metric(queue: str, name: str, statistic: str = "Maximum") -> cloudwatch.Metric:
    return _metric("AWS/SQS", name, {"QueueName": queue}, statistic)


def function_metric(function: str, name: str, statistic: str = "Sum") -> cloudwatch.Metric:
    return _metric("AWS/Lambda", name, {"FunctionName": function}, statistic)


def own_metric(names: Names, name: str, statistic: str = "Sum") -> cloudwatch.Metric:
    """One of ours, over all functions of the deployment."""
    return _metric(n.METRIC_NAMESPACE, name, {"service": names.telemetry_service}, statistic)


def api_metric(names: Names, name: str) -> cloudwatch.Metric:
    return _metric("AWS/ApiGateway", name, {"ApiName": names.webhook_api, "Stage": n.WEBHOOK_STAGE}, "Sum")


def _metric(namespace: str, name: str, dimensions: dict[str, str], statistic: str) -> cloudwatch.Metric:
    return cloudwatch.Metric(
        namespace=namespace, metric_name=name, dimensions_map=dimensions, statistic=statistic, period=FIVE_MINUTES
    )


def functions(names: Names) -> list[str]:
    """All functions but the rotation, which has an alarm of its own."""
    every = (getattr(names, function.owner) for function in registry.FUNCTIONS)
    return [name for name in every if name != names.token_rotation]


def failing(names: Names) -> list[str]:
    """Those whose errors are trouble: the authorizer refuses by raising, and what it cannot do is the webhook's 5xx."""
    return [function for function in functions(names) if function != names.authorizer]


def _total(metrics: Iterable[cloudwatch.Metric], function: str = "SUM") -> cloudwatch.MathExpression:
    """Missing counts as nothing: SQS and Lambda stop reporting what is idle."""
    using = {f"m{i}": metric for i, metric in enumerate(metrics)}
    filled = ", ".join(f"FILL({key}, 0)" for key in using)
    return cloudwatch.MathExpression(
        expression=f"{function}([{filled}])", using_metrics=dict(using), period=FIVE_MINUTES, label=function.lower()
    )


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
        "DeadLetters",
        "An event failed unexpectedly five times or could not be delivered. See `status`, mend, then `replay`.",
        lambda names: _total(
            queue_metric(queue, "ApproximateNumberOfMessagesVisible") for queue in registry.dead_letter_queues(names)
        ),
    ),
    Alarm(
        "QueueAge",
        "Events have waited over half an hour: the instance is down, or refuses us. `check` tells which.",
        lambda names: _total(
            (
                queue_metric(queue, "ApproximateAgeOfOldestMessage")
                for queue in (names.cases_queue, names.incidents_queue)
            ),
            "MAX",
        ),
        threshold=LONGEST_WAIT_S,
    ),
    Alarm(
        "FunctionErrors",
        "A function raised in two of three periods. Its log names the pass; `status` shows what waits.",
        lambda names: _total(function_metric(function, "Errors") for function in failing(names)),
        periods=2,
        of=3,
    ),
    Alarm(
        "Throttles",
        "The account's concurrency is used up for a quarter of an hour; passes are late. Ask for a higher quota.",
        lambda names: _total(function_metric(function, "Throttles") for function in functions(names)),
        periods=3,
        of=3,
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
        "RotationFailed",
        "The webhook token could not be rotated; the old one goes on working. Run `check`, then `rotate`.",
        lambda names: function_metric(names.token_rotation, "Errors"),
    ),
    Alarm(
        "WebhookFailed",
        "The webhook answered 5xx in two of three periods; the sweep carries what it lost. See the handler's log.",
        lambda names: api_metric(names, "5XXError"),
        periods=2,
        of=3,
    ),
    Alarm(
        "WebhookRefused",
        "Many webhook calls were turned away: the instance sends an old token (`check`), or somebody guesses.",
        lambda names: api_metric(names, "4XXError"),
        threshold=REFUSED_CALLS,
        periods=3,
        of=3,
    ),
    Alarm(
        "EventsMissing",
        "In three of six hours the poll found changes and the instance told of none. Run `check`.",
        _unheard,
        periods=3,
        of=6,
    ),
    Alarm(
        "Misconfigured",
        "Credentials, scope, role or table are refused; nothing is synced and everything waits. Run `check`.",
        lambda names: own_metric(names, n.METRIC_MISCONFIGURED),
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


class Alarms(Construct):
    """All of them, to the topic (and to `other`, the ARN of somebody's), when they start and when they end."""

    def __init__(self, scope: Construct, names: Names, topic: sns.ITopic, other: str = "") -> None:
        super().__init__(scope, "Alarms")
        topics = [topic, *([sns.Topic.from_topic_arn(self, "Other", other)] if other else [])]
        told = [actions.SnsAction(each) for each in topics]
        for alarm in ALARMS:
            made = self._make(names, alarm)
            made.add_alarm_action(*told)
            made.add_ok_action(*told)

    def _make(self, names: Names, alarm: Alarm) -> cloudwatch.Alarm:
        operator = cloudwatch.ComparisonOperator
        return cloudwatch.Alarm(
            self,
            alarm.key,
            alarm_name=names.alarm_prefix + alarm.key,
            alarm_description=alarm.meaning,
            metric=alarm.metric(names),
            threshold=alarm.threshold,
            evaluation_periods=alarm.of,
            datapoints_to_alarm=alarm.periods,
            comparison_operator=(
                operator.LESS_THAN_THRESHOLD if alarm.below else operator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD
            ),
            treat_missing_data=alarm.missing,
        )
