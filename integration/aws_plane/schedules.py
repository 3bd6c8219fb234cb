"""Schedules of EventBridge, and its rules with a rate, fired in wall time.

A rate without a start date fires at once and then at its rate (Scheduler user guide, "Rate-based schedules").
`cron` is not known here: no template of ours has it.
"""

from __future__ import annotations

import re
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_RATE = re.compile(r"rate\((\d+) (minute|hour|day)s?\)")
_SECONDS = {"minute": 60, "hour": 3600, "day": 86400}


class UnknownSchedule(ValueError):
    """An expression other than `rate(…)`."""


def seconds_between(expression: str) -> int:
    match = _RATE.fullmatch(expression.strip())
    if not match:
        raise UnknownSchedule(f"the plane fires rate(…) only, not {expression!r}")
    return int(match[1]) * _SECONDS[match[2]]


@dataclass
class Schedule:
    name: str
    every_s: float
    fire: Callable[[], None]
    at_once: bool = True
    due: float = 0.0
    fired: int = 0


@dataclass
class Clock:
    """`scale` shortens all intervals: 60 makes a minute a second. Paused while `running` is off."""

    scale: float = 1.0
    running: bool = True
    _schedules: dict[str, Schedule] = field(default_factory=dict)
    _changed: threading.Condition = field(default_factory=threading.Condition)
    _ended: bool = False
    _thread: threading.Thread | None = None

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, name="schedules", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        with self._changed:
            self._ended = True
            self._changed.notify()
        if self._thread:
            self._thread.join()

    def add(self, schedule: Schedule) -> None:
        schedule.due = time.monotonic() + (0 if schedule.at_once else schedule.every_s / self.scale)
        with self._changed:
            self._schedules[schedule.name] = schedule
            self._changed.notify()

    def forward(self, seconds: float) -> None:
        with self._changed:
            for schedule in self._schedules.values():
                schedule.due -= seconds / self.scale
            self._changed.notify()

    def remove(self, name: str) -> None:
        with self._changed:
            self._schedules.pop(name, None)

    def run(self, *, running: bool) -> None:
        with self._changed:
            self.running = running
            self._changed.notify()

    def names(self) -> dict[str, float]:
        """Schedule → seconds between two firings on AWS."""
        with self._changed:
            return {s.name: s.every_s for s in self._schedules.values()}

    def fire(self, name: str) -> None:
        """Now, besides its rhythm."""
        self._schedules[name].fire()

    def _run(self) -> None:
        while True:
            with self._changed:
                if self._ended:
                    return
                now = time.monotonic()
                due = [s for s in self._schedules.values() if self.running and s.due <= now]
                for schedule in due:
                    schedule.due = now + schedule.every_s / self.scale
                    schedule.fired += 1
                if not due:
                    self._changed.wait(self._pause(now))
            for schedule in due:
                with suppress(KeyError):  # its function was taken away meanwhile
                    schedule.fire()

    def _pause(self, now: float) -> float | None:
        if not self.running or not self._schedules:
            return None
        return max(0.01, min(s.due for s in self._schedules.values()) - now)
