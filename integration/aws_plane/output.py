"""What a function writes: kept in a ring and a file, its metrics (EMF) read out as CloudWatch would.

Source: CloudWatch user guide, "Specification: Embedded metric format".
"""

from __future__ import annotations

import json
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

RING = 20_000


@dataclass(frozen=True)
class Datum:
    """One value of one metric; `properties` are the other members of the line."""

    at: float
    function: str
    namespace: str
    name: str
    value: float
    unit: str
    dimensions: dict[str, str]
    properties: dict[str, Any]


@dataclass
class Output:
    """One function's. Lines are whole; several environments write into it."""

    function: str
    path: Path
    lines: deque[tuple[int, int, str]] = field(default_factory=lambda: deque(maxlen=RING))
    """Number, time (ms since the epoch), line."""
    metrics: list[Datum] = field(default_factory=list)
    _written: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def write(self, line: str) -> None:
        found = list(embedded_metrics(line, self.function))
        with self._lock:
            self._written += 1
            self.lines.append((self._written, int(time.time() * 1000), line))
            self.metrics.extend(found)
            with self.path.open("a", encoding="utf-8") as file:
                file.write(line + "\n")

    def text(self) -> list[str]:
        return [line for _, _, line in self.told()]

    def told(self) -> list[tuple[int, int, str]]:
        """Each line with its number and its time in milliseconds."""
        with self._lock:
            return list(self.lines)


def embedded_metrics(line: str, function: str) -> Iterator[Datum]:
    """Nothing for a line that is no embedded metric."""
    if '"CloudWatchMetrics"' not in line:
        return
    try:
        plain = json.loads(line)
        directives = list(plain["_aws"]["CloudWatchMetrics"])
    except (ValueError, KeyError, TypeError):
        return
    at = plain["_aws"].get("Timestamp", time.time() * 1000) / 1000
    for directive in directives:
        keys = {key for group in directive.get("Dimensions", []) for key in group}
        names = {metric["Name"] for metric in directive["Metrics"]}
        dimensions = {key: str(plain[key]) for key in keys if key in plain}
        rest = {k: v for k, v in plain.items() if k != "_aws" and k not in keys and k not in names}
        for metric in directive["Metrics"]:
            values = plain[metric["Name"]]
            for value in values if isinstance(values, list) else [values]:
                unit = metric.get("Unit", "None")
                yield Datum(at, function, directive["Namespace"], metric["Name"], value, unit, dimensions, rest)
