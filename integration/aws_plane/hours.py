"""One clock for every process of the local system, which can be set forward: tests about hours need not wait for them.

The functions, both emulators and moto ask it for epoch seconds (`followers/`): what becomes visible,
falls due or expires does so by it. Time limits of calls and functions, and waiting itself, stay the machine's.
"""

from __future__ import annotations

import os
import struct
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

FOLLOWERS = Path(__file__).parent / "followers"


class Hours:
    """`path` is a file of eight bytes: by how many seconds this clock is ahead of the machine's."""

    def __init__(self, path: Path) -> None:
        self._path, self.ahead_s = path, 0.0
        path.write_bytes(struct.pack("d", 0.0))

    def now(self) -> float:
        return time.time() + self.ahead_s

    def forward(self, seconds: float) -> None:
        if seconds < 0:
            raise ValueError("time does not run backwards")
        self.ahead_s += seconds
        with self._path.open("r+b") as file:  # in place: whoever follows has it mapped
            file.write(struct.pack("d", self.ahead_s))

    def environment(self, path: str = "") -> Mapping[str, str]:
        """What a Python process needs to follow; `path` is the rest of its PYTHONPATH."""
        return {
            "LOCAL_CLOCK": str(self._path),
            "PYTHONPATH": os.pathsep.join(part for part in (str(FOLLOWERS), path) if part),
        }
