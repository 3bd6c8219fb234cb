"""The numbered feed of what happened, for a console: ids and actors, never a text."""

from __future__ import annotations

import threading
from collections import deque
from typing import Any

KEPT = 20_000


class Changes:
    """Numbers start at 1 and survive a reset, so a reader never mistakes new changes for seen ones."""

    def __init__(self) -> None:
        self.last = 0
        self._lock = threading.Lock()
        self._kept: deque[dict[str, Any]] = deque(maxlen=KEPT)

    def add(self, **facts: Any) -> None:
        with self._lock:
            self.last += 1
            self._kept.append({"n": self.last, **facts})

    def since(self, number: int) -> tuple[list[dict[str, Any]], int]:
        """Changes numbered above it, and the number of the last one."""
        with self._lock:
            return [change for change in self._kept if change["n"] > number], self.last

    def forget(self) -> None:
        with self._lock:
            self._kept.clear()
