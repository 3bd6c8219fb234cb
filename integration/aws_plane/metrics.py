"""CloudWatch's metrics: the embedded ones of what functions wrote, counted when they are asked for.

Source: CloudWatch API reference, GetMetricData and ListMetrics; user guide, "Statistics definitions". Periods begin
with the start that was asked for, rounded down to a minute; a percentile is a value that was written.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

from integration.aws_plane import error_shapes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from integration.aws_plane.calls import Call
    from integration.aws_plane.functions import Functions
    from integration.aws_plane.gateway import Caller, Handler
    from integration.aws_plane.http_server import Request, Response
    from integration.aws_plane.output import Datum

_STATISTICS: Mapping[str, Callable[[Sequence[float]], float]] = {
    "Sum": sum,
    "Minimum": min,
    "Maximum": max,
    "SampleCount": len,
    "Average": lambda values: sum(values) / len(values),
}
_PERCENTILE = re.compile(r"p(\d{1,2}(?:\.\d+)?|100)")


class Unanswered(ValueError):
    """Something of CloudWatch the plane does not know; the message says what."""


class Metrics:
    """Metrics of AWS's own (AWS/Lambda, AWS/SQS) have no values here."""

    def __init__(self, functions: Functions) -> None:
        self._functions = functions

    @property
    def handlers(self) -> dict[str, Handler]:
        return {
            "monitoring:GetMetricData": self._values,
            "monitoring:ListMetrics": self._names,
            "monitoring:GetMetricStatistics": self._refuse,
        }

    def _names(self, call: Call, _caller: Caller, _request: Request) -> Response:
        wanted = call.parameters.get("Namespace"), call.parameters.get("MetricName")
        found = {
            (datum.namespace, datum.name, tuple(sorted(datum.dimensions.items())))
            for datum in self._written()
            if all(word in (None, has) for word, has in zip(wanted, (datum.namespace, datum.name), strict=True))
        }
        told = [
            {"Namespace": space, "MetricName": name, "Dimensions": [{"Name": n, "Value": v} for n, v in where]}
            for space, name, where in sorted(found)
        ]
        return error_shapes.answer({"Metrics": told})

    def _values(self, call: Call, _caller: Caller, _request: Request) -> Response:
        """The latest period first, unless asked otherwise."""
        asked = call.parameters
        try:
            results = [self._result(query, asked) for query in asked.get("MetricDataQueries", ())]
        except Unanswered as error:
            return error_shapes.error("monitoring", 400, "ValidationError", f"the local plane knows no {error}")
        return error_shapes.answer({"MetricDataResults": results, "Messages": []})

    def _refuse(self, call: Call, _caller: Caller, _request: Request) -> Response:
        return error_shapes.error("monitoring", 501, "NotImplemented", f"the local plane does not answer {call}")

    def _result(self, query: Mapping[str, Any], asked: Mapping[str, Any]) -> dict[str, Any]:
        if "MetricStat" not in query:
            raise Unanswered(f"expressions ({query['Id']})")
        wanted = query["MetricStat"]
        statistic, period_s = _statistic(wanted["Stat"]), int(wanted["Period"])
        begin, end = asked["StartTime"] // 60 * 60, asked["EndTime"]
        periods: dict[float, list[float]] = {}
        for datum in self._of(wanted["Metric"]):
            if begin <= datum.at < end:
                periods.setdefault(begin + (datum.at - begin) // period_s * period_s, []).append(datum.value)
        times = sorted(periods, reverse=asked.get("ScanBy") != "TimestampAscending")
        return {
            "Id": query["Id"], "Label": query.get("Label", wanted["Metric"]["MetricName"]), "StatusCode": "Complete",
            "Timestamps": times, "Values": [statistic(periods[at]) for at in times],
        }  # fmt: skip

    def _of(self, metric: Mapping[str, Any]) -> list[Datum]:
        """Dimensions must be the same, all of them."""
        where = {each["Name"]: each["Value"] for each in metric.get("Dimensions", ())}
        wanted = (metric["Namespace"], metric["MetricName"], where)
        return [datum for datum in self._written() if (datum.namespace, datum.name, datum.dimensions) == wanted]

    def _written(self) -> list[Datum]:
        return [datum for function in self._functions for datum in list(function.output.metrics)]


def _statistic(name: str) -> Callable[[Sequence[float]], float]:
    if name in _STATISTICS:
        return _STATISTICS[name]
    match = _PERCENTILE.fullmatch(name)
    if match is None:
        raise Unanswered(f"statistic {name}")
    share = float(match[1]) / 100
    return lambda values: sorted(values)[max(0, math.ceil(len(values) * share) - 1)]
