"""Sys_ids of names, kept on a runner for a day: groups and items change seldom, and each look-up is a call."""

from __future__ import annotations

import hashlib
import json
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

KEPT_S = 24 * 3600.0


class NameCache:
    """The port `Names`. What cannot be read or written is looked up again; without a folder nothing is kept."""

    def __init__(self, folder: Path | None, base_url: str, clock: Callable[[], float] = time.time) -> None:
        name = hashlib.sha256(base_url.encode()).hexdigest()[:16]
        self._path, self._clock = folder / f"names-{name}.json" if folder else None, clock
        self._rows = self._read()

    def get(self, table: str, name: str) -> str:
        sys_id, at = self._rows.get(f"{table}/{name}", ("", 0.0))
        return sys_id if 0 <= self._clock() - at < KEPT_S else ""

    def put(self, table: str, name: str, sys_id: str) -> None:
        self._rows[f"{table}/{name}"] = (sys_id, self._clock())
        if self._path is None:
            return
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            written = self._path.with_suffix(f".{time.monotonic_ns()}")
            written.write_text(json.dumps(self._rows))
            written.replace(self._path)
        except OSError:
            self._path = None

    def _read(self) -> dict[str, tuple[str, float]]:
        try:
            rows: Any = json.loads(self._path.read_text()) if self._path else {}
            return {str(key): (str(sys_id), float(at)) for key, (sys_id, at) in rows.items()}
        except (OSError, ValueError, TypeError, AttributeError):
            return {}
