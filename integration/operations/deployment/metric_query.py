"""Queries for CloudWatch's GetMetricData."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from integration.aws.errors import raising_ours

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def whole(reach: timedelta) -> int:
    """Seconds of a period that holds all of the last `reach`: CloudWatch begins with a whole minute, so that a period
    of exactly the reach would end before now does.
    """
    return int((reach + timedelta(minutes=1)).total_seconds())


def query(key: str, namespace: str, name: str, where: Mapping[str, str], stat: str, period_s: int) -> dict[str, Any]:
    """`where`: dimension → value; `key` begins with a small letter, then letters, digits and underscores."""
    dimensions = [{"Name": dimension, "Value": value} for dimension, value in where.items()]
    metric = {"Namespace": namespace, "MetricName": name, "Dimensions": dimensions}
    return {"Id": key, "MetricStat": {"Metric": metric, "Period": period_s, "Stat": stat}}


def newest(client: Any, wanted: Sequence[dict[str, Any]], reach: timedelta) -> dict[str, float]:
    """By id the newest value of the last `reach`, where there is one."""
    now = datetime.now(UTC)
    with raising_ours("get_metric_data"):
        results = client.get_metric_data(
            MetricDataQueries=wanted, StartTime=now - reach, EndTime=now, ScanBy="TimestampDescending"
        )["MetricDataResults"]
    return {result["Id"]: result["Values"][0] for result in results if result.get("Values")}
