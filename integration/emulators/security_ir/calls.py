"""How often each operation was called and how it went; tests bound it, the console shows it."""

from __future__ import annotations

from collections import Counter, deque
from typing import Any

KEPT = 1000


class Calls:
    """Counts by operation, and by operation and outcome (HTTP status, or the fault that cut the line)."""

    def __init__(self) -> None:
        self._outcomes: Counter[tuple[str, str]] = Counter()
        self._recent: deque[dict[str, Any]] = deque(maxlen=KEPT)

    def add(self, operation: str, outcome: str, at: float, **ids: str) -> None:
        self._outcomes[operation, outcome] += 1
        self._recent.append({"at": at, "operation": operation, "outcome": outcome, **ids})

    def as_json(self) -> dict[str, Any]:
        counts: Counter[str] = Counter()
        outcomes: dict[str, dict[str, int]] = {}
        for (operation, outcome), count in self._outcomes.items():
            counts[operation] += count
            outcomes.setdefault(operation, {})[outcome] = count
        return {"counts": counts, "total": counts.total(), "outcomes": outcomes, "recent": list(self._recent)}
