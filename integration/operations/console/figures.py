"""The numbers in the page's header, computed from what is shown below it."""

from __future__ import annotations

import math
import statistics
from collections import Counter
from typing import TYPE_CHECKING

from integration.operations.cases.overview import STANDINGS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from integration.operations.console.snapshot import LagPoint, LinkCard, QueueCard

RECENT = 200
"""Lags that percentiles are taken over."""


def figures(
    links: Iterable[LinkCard], queues: Iterable[QueueCard], lag: Sequence[LagPoint], sums: Mapping[str, float]
) -> dict[str, float]:
    """`sums` are metrics by name. A percentile over nothing is left out."""
    standing = Counter(link.standing for link in links)
    waiting = list(queues)
    found: dict[str, float] = {name: standing[name] for name in STANDINGS}
    found |= {
        "events waiting": sum(queue.waiting + queue.in_flight + queue.delayed for queue in waiting),
        "dead letters": sum(queue.dead for queue in waiting),
        "conflicts": sums.get("Conflicts", 0),
        "passes": sums.get("Passes", 0),
        "actions": sums.get("Actions", 0),
        "echoes": sums.get("Echoes", 0),
        "retries": sums.get("Retries", 0),
    }
    recent = sorted(point.seconds for point in lag[-RECENT:])
    if recent:
        found |= {"lag p50": round(statistics.median(recent), 3), "lag p95": round(percentile(recent, 0.95), 3)}
    return found


def percentile(ordered: Sequence[float], share: float) -> float:
    """The smallest value that at least this share of the values does not exceed."""
    return ordered[max(0, math.ceil(len(ordered) * share) - 1)]
