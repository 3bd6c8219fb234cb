"""Time of the emulated instance; tests move it instead of sleeping."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

STAMP = "%Y-%m-%d %H:%M:%S"
"""How a glide_date_time is stored: UTC, whole seconds, no zone."""


class Clock:
    """Epoch seconds: the machine's, moved by `advance`. A frozen clock starts `at` and stands still."""

    def __init__(self, at: float | None = None) -> None:
        self._at = at
        self._offset = 0.0

    def __call__(self) -> float:
        return (time.time() if self._at is None else self._at) + self._offset

    def advance(self, seconds: float) -> None:
        if seconds < 0:
            raise ValueError("time does not run backwards")
        self._offset += seconds

    def now(self) -> datetime:
        return datetime.fromtimestamp(int(self()), UTC)

    def stamp(self) -> str:
        return self.now().strftime(STAMP)

    def stamp_ago(self, seconds: float) -> str:
        return (self.now() - timedelta(seconds=seconds)).strftime(STAMP)


def parse_stamp(text: str) -> datetime | None:
    """The moment a stored value names; None when it is none (a date alone is its midnight)."""
    for shape in (STAMP, "%Y-%m-%d"):
        try:
            return datetime.strptime(text, shape).replace(tzinfo=UTC)
        except ValueError:
            continue
    return None
