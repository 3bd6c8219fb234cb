"""An alarm as data: what it means and what to type; and those that every integration has."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_sns as sns
from constructs import Construct

from integration import names as n
from integration import registry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from integration.declaration import Integration
    from integration.names import Names

FIVE_MINUTES = Duration.minutes(5)


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


def total(metrics: Iterable[cloudwatch.Metric], function: str = "SUM") -> cloudwatch.MathExpression:
    """Missing counts as nothing: SQS and Lambda stop reporting what is idle."""
    using = {f"m{i}": metric for i, metric in enumerate(metrics)}
    filled = ", ".join(f"FILL({key}, 0)" for key in using)
    return cloudwatch.MathExpression(
        expression=f"{function}([{filled}])", using_metrics=dict(using), period=FIVE_MINUTES, label=function.lower()
    )


def common(integrations: Sequence[Integration], prefix: str = "") -> tuple[Alarm, ...]:
    """What is watched of every integration; `prefix` tells those of one stack from another's."""

    def functions(names: Names, metric: str) -> cloudwatch.MathExpression:
        watched = [each.owner for one in integrations for each in one.functions if metric in each.alarms]
        return total(function_metric(names.of(owner), metric) for owner in watched)

    alarms = (
        Alarm(
            "DeadLetters",
            "An event failed unexpectedly five times or could not be delivered. See `status`, mend, then `replay`.",
            lambda names: total(
                queue_metric(queue, "ApproximateNumberOfMessagesVisible")
                for queue in registry.dead_letter_queues(names, integrations)
            ),
        ),
        Alarm(
            "FunctionErrors",
            "A function raised in two of three periods. Its log names the pass; `status` shows what waits.",
            lambda names: functions(names, "Errors"),
            periods=2,
            of=3,
        ),
        Alarm(
            "Throttles",
            "The account's concurrency is used up for a quarter of an hour; passes are late. Ask for a higher quota.",
            lambda names: functions(names, "Throttles"),
            periods=3,
            of=3,
        ),
    )
    return tuple(replace(each, key=prefix + each.key) for each in alarms)


class Alarms(Construct):
    """To the topic (and to `other`, the ARN of somebody's), when they start and when they end."""

    def __init__(
        self, scope: Construct, names: Names, alarms: Iterable[Alarm], topic: sns.ITopic, other: str = ""
    ) -> None:
        super().__init__(scope, "Alarms")
        topics = [topic, *([sns.Topic.from_topic_arn(self, "Other", other)] if other else [])]
        told = [actions.SnsAction(each) for each in topics]
        for alarm in alarms:
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
