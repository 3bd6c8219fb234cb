"""Delayed work of a service, on a few threads, ordered by due time: asynchronous rules, effects that land late."""

from __future__ import annotations

import heapq
import itertools
import logging
import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

WORKERS = 4
_log = logging.getLogger(__name__)


class Jobs:
    """Threads start with the first job and end with `stop`; what is still waiting then is dropped."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._waiting: list[tuple[float, int, Callable[[], object]]] = []
        self._running = 0
        self._count = itertools.count()
        self._threads: list[threading.Thread] = []
        self._stopped = False

    def later(self, seconds: float, work: Callable[[], object]) -> None:
        with self._changed:
            heapq.heappush(self._waiting, (time.monotonic() + seconds, next(self._count), work))
            self._start()
            self._changed.notify_all()  # one alone may be somebody who settles

    def clear(self) -> None:
        """Forget what is waiting; what is running ends by itself."""
        with self._changed:
            self._waiting.clear()
            self._changed.notify_all()

    def settle(self, timeout_s: float) -> bool:
        """Wait until nothing waits or runs; False when the time is up first."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._waiting and not self._running, timeout_s)

    def stop(self) -> None:
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
        for thread in self._threads:
            thread.join(timeout=1)

    def _start(self) -> None:
        if not self._threads:
            self._threads = [threading.Thread(target=self._work, daemon=True, name="worker") for _ in range(WORKERS)]
            for thread in self._threads:
                thread.start()

    def _work(self) -> None:
        while (work := self._take()) is not None:
            try:
                work()
            except Exception:  # noqa: BLE001 - the entry point of the thread: one failed job must not end the others
                _log.exception("a job failed")
            with self._changed:
                self._running -= 1
                self._changed.notify_all()

    def _take(self) -> Callable[[], object] | None:
        with self._changed:
            while not self._stopped:
                due_in = self._waiting[0][0] - time.monotonic() if self._waiting else None
                if due_in is not None and due_in <= 0:
                    self._running += 1
                    return heapq.heappop(self._waiting)[2]
                self._changed.wait(due_in)
        return None
