"""The numbered feed of what happened, for a console: ids and actors, never a text of a case."""

from __future__ import annotations

from collections import deque
from typing import Any

KEPT = 10_000


class Changes:
    """Sequence numbers start at 1 and survive a reset, so a reader never mistakes new changes for seen ones."""

    def __init__(self) -> None:
        self.last = 0
        self._kept: deque[dict[str, Any]] = deque(maxlen=KEPT)

    def add(self, kind: str, at: float, **ids: Any) -> None:
        self.last += 1
        self._kept.append({"seq": self.last, "at": at, "kind": kind, **ids})

    def since(self, seq: int) -> list[dict[str, Any]]:
        return [change for change in list(self._kept) if change["seq"] > seq]
