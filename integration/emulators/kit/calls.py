"""How often each operation was called and how it went; tests bound it, the console shows it."""

from __future__ import annotations

import threading
from collections import Counter, deque
from typing import Any

KEPT = 1000


class Calls:
    """Counts by name, by name and outcome (HTTP status, or the fault that cut the line), and by mark of the request."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running = 0
        self.clear()

    def clear(self) -> None:
        with self._lock:
            self._total = 0
            self._counts: Counter[str] = Counter()
            self._outcomes: Counter[tuple[str, str]] = Counter()
            self._marks: Counter[str] = Counter()
            self._recent: deque[dict[str, Any]] = deque(maxlen=KEPT)

    def arrived(self, name: str, *marks: str) -> int:
        """How many calls are running now."""
        with self._lock:
            self._total += 1
            self._counts[name] += 1
            self._marks.update(marks)
            self._running += 1
            return self._running

    def inner(self, name: str) -> None:
        """One request of several that came in one call: counted, not part of the total."""
        with self._lock:
            self._counts[name] += 1

    def answered(self, name: str, outcome: str, at: float, **ids: str) -> None:
        with self._lock:
            self._running -= 1
            self._outcomes[name, outcome] += 1
            self._recent.append({"at": at, "operation": name, "outcome": outcome, **ids})

    def as_json(self, recent: int = KEPT) -> dict[str, Any]:
        with self._lock:
            outcomes: dict[str, dict[str, int]] = {}
            for (name, outcome), count in self._outcomes.items():
                outcomes.setdefault(name, {})[outcome] = count
            return {
                "total": self._total, "counts": dict(self._counts), "outcomes": outcomes, "marks": dict(self._marks),
                "recent": list(self._recent)[-recent:] if recent > 0 else [],
            }  # fmt: skip
