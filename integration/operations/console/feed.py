"""The newest thousand events and passes, numbered: written by several threads, read by every open page."""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from integration.operations.console.link_status import cause
from integration.operations.console.snapshot import PassCard, Traffic

if TYPE_CHECKING:
    from collections.abc import Callable

KEPT = 1000
WAYS = {
    "case": ("cases_queue", "servicenow_client", "incidents"),
    "incident": ("incidents_queue", "security_ir_client", "cases"),
}
"""By the side that woke a pass: its queue, its function, and the other side."""


@dataclass
class Feed:
    clock: Callable[[], float] = time.time
    _kept: deque[Traffic] = field(default_factory=lambda: deque(maxlen=KEPT))
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _last: int = 0

    def add(
        self,
        kind: str,
        path: tuple[str, ...],
        said: str,
        *,
        case_id: str = "",
        sys_id: str = "",
        what: PassCard | None = None,
        at: float = 0,
    ) -> None:
        """`at`: when it happened, where that is not now."""
        with self._lock:
            self._last += 1
            self._kept.append(Traffic(self._last, at or self.clock(), kind, path, said, case_id, sys_id, what))

    def add_pass(self, card: PassCard, at: float = 0) -> None:
        """A pass goes from its queue through its function and, where it did something, on to the other side."""
        way = WAYS.get(card.side, ())
        path = way if card.done else way[:2]
        kind = "failed" if card.error else "pass" if card.done else "echo"
        said = cause(card) if card.error else "; ".join(card.done) or card.outcome
        self.add(kind, path, said, case_id=card.case_id, sys_id=card.sys_id, what=card, at=at)

    def after(self, number: int) -> list[Traffic]:
        """A number from before a restart is above ours: then everything is new."""
        with self._lock:
            since = number if number <= self._last else 0
            return [each for each in self._kept if each.number > since]
