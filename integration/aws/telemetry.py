"""What a function tells: log lines, and one JSON line per pass that CloudWatch also reads as metrics (EMF).

`LOG_LEVEL` (`info`, `debug`, `error`) chooses how much is said about what went well; warnings and the line per pass
appear at every level.
"""

from __future__ import annotations

import itertools
import json
import logging
import sys
import threading
from collections import Counter
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

from integration import names as n
from integration.aws.redaction import ExceptionGuard, RedactingFormatter, redacted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "error": logging.WARNING}
CALLS = {"servicenow": "ServiceNowCalls", "security_ir": "SecurityIrCalls"}
"""Metric per system; with `Failed` behind it, of calls that did not end well. How is in the line, not a dimension."""
METRICS = frozenset({n.METRIC_LAG, *n.METRICS_OF_WORK, *n.METRICS_OF_TROUBLE, *n.METRICS_OF_CALLS})
_UNITS = {n.METRIC_LAG: MetricUnit.Milliseconds}
_ANSWERED = ("ok", "missing")
"""How a call ends well: `missing` is what a look for a record may find."""
_number = itertools.count()


class Telemetry:
    """One per function. `service` is `Names.telemetry_service`, the only dimension, so that the number of metrics
    does not grow with what happens. `metrics` and `log_keys` are an integration's own, beside those of all.
    """

    def __init__(
        self,
        function: str,
        service: str,
        level: str = "error",
        stream: IO[str] | None = None,
        *,
        metrics: frozenset[str] = frozenset(),
        log_keys: frozenset[str] = frozenset(),
    ) -> None:
        if level not in LEVELS:
            raise ValueError(f"{n.ENV_LOG_LEVEL} is one of {', '.join(LEVELS)}")
        self._service, self._stream = service, stream or sys.stdout
        self._lock, self._calls = threading.Lock(), Counter[tuple[str, str]]()
        self._here = threading.local()
        self._metrics, self._keys = METRICS | metrics, log_keys
        self.log = _logger(function, service, LEVELS[level], self._stream, log_keys)

    def on_call(self, system: str, method: str, table: str, outcome: str, seconds: float) -> None:
        """The clients' hook. Calls are summed until the next `emit`; at `debug` each is a line."""
        with self._lock:
            getattr(self._here, "calls", self._calls)[system, outcome] += 1
        facts = {"system": system, "method": method, "table": table, "outcome": outcome, "seconds": round(seconds, 3)}
        self.log.debug("call", extra=facts)

    @contextmanager
    def apart(self) -> Iterator[None]:
        """This thread's calls are told by its own `emit`, and by none of a pass beside it."""
        self._here.calls = Counter()
        try:
            yield
        finally:
            del self._here.calls

    def emit(self, metrics: Mapping[str, float], facts: Mapping[str, Any]) -> None:
        """One line, and a point per metric, each of them declared; `facts` are ids and bounded words."""
        unknown = set(metrics) - self._metrics
        if unknown:
            raise ValueError(f"no metric is called {', '.join(sorted(unknown))}")
        calls = self._taken()
        points = dict(metrics) | _sums(calls)
        ends = {f"{system}:{outcome}": count for (system, outcome), count in sorted(calls.items())}
        line = _emf(self._service, points) if points else {"service": self._service}
        shown = redacted(facts, self._keys) | ({"calls": ends} if ends else {})
        text = json.dumps(shown | line, separators=(",", ":"), default=str)
        self._stream.write(f"{text}\n")  # at once: print writes the line end apart, and a pass beside may come between
        self._stream.flush()

    def _taken(self) -> Counter[tuple[str, str]]:
        """The calls since the last time: this thread's where it works apart, else everybody's."""
        with self._lock:
            if hasattr(self._here, "calls"):
                taken, self._here.calls = self._here.calls, Counter()
            else:
                taken, self._calls = self._calls, Counter()
        found: Counter[tuple[str, str]] = taken
        return found


def _sums(calls: Mapping[tuple[str, str], int]) -> dict[str, float]:
    sums = Counter[str]()
    for (system, outcome), count in calls.items():
        if system in CALLS:
            sums[CALLS[system]] += count
            sums[CALLS[system] + "Failed"] += count * (outcome not in _ANSWERED)
    return dict(+sums)


def _emf(service: str, points: Mapping[str, float]) -> dict[str, Any]:
    metrics = EphemeralMetrics(namespace=n.METRIC_NAMESPACE, service=service)
    for name, value in points.items():
        metrics.add_metric(name=name, unit=_UNITS.get(name, MetricUnit.Count), value=value)
    return dict(metrics.serialize_metric_set())


def _logger(function: str, service: str, level: int, stream: IO[str], keys: frozenset[str]) -> Logger:
    handler = logging.StreamHandler(stream)
    handler.addFilter(ExceptionGuard())
    formatter = RedactingFormatter(keys, utc=True, use_rfc3339=True)
    # powertools names the logger by the service, and configures a name once: each of ours has its own
    name = f"{service}/{function}/{next(_number)}"
    logger = Logger(service=name, level=level, logger_handler=handler, logger_formatter=formatter)
    logger.append_keys(service=service, function=function)
    return logger
