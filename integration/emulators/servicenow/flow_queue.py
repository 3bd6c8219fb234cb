"""Work of flows, of changes and of orders: after so long, and one piece at a time."""

from __future__ import annotations

import threading
from collections import deque
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from .service import Service


class FlowQueue:
    def __init__(self, service: Service) -> None:
        self._service = service
        self._lock = threading.Lock()
        self._due: deque[Callable[[], object]] = deque()
        self._running = False

    def clear(self) -> None:
        with self._lock:
            self._due.clear()

    def soon(self, work: Callable[[], object], delay_s: float) -> None:
        """0: at once."""
        if delay_s:
            self._service.jobs.later(delay_s, partial(self._run, work))
        else:
            self._run(work)

    def _run(self, work: Callable[[], object]) -> None:
        """Work that comes while other work runs, from it or from elsewhere, is left to whoever runs that."""
        with self._lock:
            self._due.append(work)
            if self._running:
                return
            self._running = True
        while (due := self._next()) is not None:
            try:
                due()
            except Exception as error:  # noqa: BLE001 - the entry point of flows: one that fails does not stop others
                self._service.log(f"{type(error).__name__}: {error}", "flow", "2")

    def _next(self) -> Callable[[], object] | None:
        with self._lock:
            self._running = bool(self._due)
            return self._due.popleft() if self._due else None
