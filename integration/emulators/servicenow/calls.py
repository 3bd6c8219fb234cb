"""How many calls arrived, by method and table: what a client's economy is measured by."""

from __future__ import annotations

import threading
from collections import Counter
from typing import Any


class Calls:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()
        self._statuses: Counter[str] = Counter()
        self._with_cookie = 0
        self._running = 0

    def arrived(self, name: str, *, has_cookie: bool) -> int:
        """Count a call named `<method> <table or api>`; returns how many are running now."""
        with self._lock:
            self._counts[name] += 1
            self._with_cookie += has_cookie
            self._running += 1
            return self._running

    def inner(self, name: str) -> None:
        """Count one request of a batch."""
        with self._lock:
            self._counts[f"batch {name}"] += 1

    def answered(self, status: int) -> None:
        """`status` 0: nothing was answered."""
        with self._lock:
            self._running -= 1
            self._statuses[str(status)] += 1

    def clear(self) -> None:
        with self._lock:
            self._counts.clear()
            self._statuses.clear()
            self._with_cookie = 0

    def as_json(self) -> dict[str, Any]:
        with self._lock:
            total = sum(count for name, count in self._counts.items() if not name.startswith("batch "))
            return {
                "total": total, "calls": dict(self._counts), "statuses": dict(self._statuses),
                "with_session_cookie": self._with_cookie,
            }  # fmt: skip
