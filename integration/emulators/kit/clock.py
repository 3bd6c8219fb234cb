"""Time of an emulated service; tests move it instead of sleeping."""

from __future__ import annotations

import time
from typing import Any


class Clock:
    """Epoch seconds: the machine's, moved forward by `advance`. A frozen clock starts `at` and stands still."""

    def __init__(self, at: float | None = None) -> None:
        self._at = at
        self._offset = 0.0

    def __call__(self) -> float:
        return (time.time() if self._at is None else self._at) + self._offset

    def advance(self, seconds: float) -> None:
        if seconds < 0:
            raise ValueError("time does not run backwards")
        self._offset += seconds

    def shown(self) -> Any:
        """Now, in the service's own notation."""
        return self()
