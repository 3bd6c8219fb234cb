"""Queries for CloudWatch's GetMetricData."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


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
