"""Reads the metrics of a deployment from CloudWatch in one call: those of dashboard and alarms."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from integration import names as n
from integration.operations.console.snapshot import FunctionCard, LagPoint
from integration.operations.deployment.metric_query import query, whole

if TYPE_CHECKING:
    from collections.abc import Mapping

    from integration.names import Names

REACH = timedelta(hours=3)
WHOLE_S = whole(REACH)
STEP_S = 300
SUMMED = ("Passes", "Actions", "Echoes", "Conflicts", "Retries")


@dataclass(frozen=True)
class Measured:
    """`percentiles` of the lag in seconds, `oldest` the age of a queue's oldest message by its place on the map."""

    lag: tuple[LagPoint, ...] = ()
    sums: Mapping[str, float] = field(default_factory=dict)
    percentiles: dict[str, float] = field(default_factory=dict)
    functions: tuple[FunctionCard, ...] = ()
    oldest: Mapping[str, float] = field(default_factory=dict)


def measured(cloudwatch: Any, names: Names) -> Measured:
    """Raises what boto3 raises."""
    now = datetime.now(UTC)
    answer = cloudwatch.get_metric_data(MetricDataQueries=_queries(names), StartTime=now - REACH, EndTime=now)
    found = {each["Id"]: each for each in answer["MetricDataResults"]}
    sums = {key: sum(each["Values"]) for key, each in found.items()}
    nodes = _nodes(names)
    return Measured(
        lag=_lag(found),
        sums={name: sums.get(_id("sum", name), 0) for name in SUMMED},
        percentiles={
            f"lag {stat}": found[_id("whole", stat)]["Values"][0] / 1000
            for stat in ("p50", "p95")
            if found.get(_id("whole", stat), {}).get("Values")
        },
        functions=tuple(
            FunctionCard(key, name, int(sums.get(_id("runs", key), 0)), int(sums.get(_id("errors", key), 0)))
            for key, name in nodes.items()
        ),
        oldest={key: max(found[_id("age", key)]["Values"], default=-1) for key in _waiting(names)},
    )


def _lag(found: Mapping[str, Any]) -> tuple[LagPoint, ...]:
    middle = found[_id("lag", "p50")]
    most = dict(zip(found[_id("lag", "Maximum")]["Timestamps"], found[_id("lag", "Maximum")]["Values"], strict=True))
    points = [
        LagPoint(at.timestamp(), value / 1000, most=most.get(at, value) / 1000)
        for at, value in zip(middle["Timestamps"], middle["Values"], strict=True)
    ]
    return tuple(sorted(points, key=lambda point: point.at))


def _nodes(names: Names) -> dict[str, str]:
    return {
        "servicenow_client": names.servicenow_client,
        "security_ir_client": names.security_ir_client,
        "poller": names.poller,
        "webhook": names.notifications_handler,
    }


def _waiting(names: Names) -> dict[str, str]:
    return {"cases_queue": names.cases_queue, "incidents_queue": names.incidents_queue}


def _queries(names: Names) -> list[dict[str, Any]]:
    ours = {"service": names.telemetry_service}
    queries = [query(_id("sum", name), n.METRIC_NAMESPACE, name, ours, "Sum", WHOLE_S) for name in SUMMED]
    for word, stat, period_s in (
        ("lag", "p50", STEP_S), ("lag", "Maximum", STEP_S), ("whole", "p50", WHOLE_S), ("whole", "p95", WHOLE_S),
    ):  # fmt: skip
        queries += [query(_id(word, stat), n.METRIC_NAMESPACE, n.METRIC_LAG, ours, stat, period_s)]
    for key, function in _nodes(names).items():
        where = {"FunctionName": function}
        queries.append(query(_id("runs", key), "AWS/Lambda", "Invocations", where, "Sum", WHOLE_S))
        queries.append(query(_id("errors", key), "AWS/Lambda", "Errors", where, "Sum", WHOLE_S))
    for key, queue in _waiting(names).items():
        where = {"QueueName": queue}
        age = query(_id("age", key), "AWS/SQS", "ApproximateAgeOfOldestMessage", where, "Maximum", STEP_S)
        queries.append(age)
    return queries


def _id(*words: str) -> str:
    """CloudWatch wants a small letter first, then letters, digits and underscores."""
    return "_".join(words)
