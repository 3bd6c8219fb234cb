"""Embedded metrics on their way to CloudWatch: what a function writes can be asked for through the ordinary API."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from integration.local.plane.functions import Functions
    from integration.local.plane.output import Datum

EVERY_S = 1.0
LARGEST_BATCH = 500


class Shipping:
    """A thread between `start` and `stop`; `ship` is one round."""

    def __init__(self, functions: Functions, cloudwatch: Any) -> None:
        self._functions, self._cloudwatch = functions, cloudwatch
        self._shipped: dict[str, int] = {}
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="metrics", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._ended.wait(EVERY_S):
            self.ship()

    def ship(self) -> None:
        by_namespace: dict[str, list[Datum]] = {}
        for function in self._functions:
            done = self._shipped.get(function.name, 0)
            fresh = function.output.metrics[done:]
            self._shipped[function.name] = done + len(fresh)
            for datum in fresh:
                by_namespace.setdefault(datum.namespace, []).append(datum)
        for namespace, data in by_namespace.items():
            for begin in range(0, len(data), LARGEST_BATCH):
                batch = [_plain(datum) for datum in data[begin : begin + LARGEST_BATCH]]
                self._cloudwatch.put_metric_data(Namespace=namespace, MetricData=batch)


def _plain(datum: Datum) -> dict[str, Any]:
    return {
        "MetricName": datum.name,
        "Dimensions": [{"Name": name, "Value": value} for name, value in datum.dimensions.items()],
        "Timestamp": datetime.fromtimestamp(datum.at, UTC),
        "Value": datum.value,
        "Unit": datum.unit,
    }
