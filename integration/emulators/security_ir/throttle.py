"""Token buckets per principal and operation, as the service's error page describes its throttling."""

from __future__ import annotations

import math

from .errors import throttled


class Throttle:
    """A bucket holds one second's worth of calls, at least one."""

    def __init__(self) -> None:
        self._buckets: dict[tuple[str, str], tuple[float, float]] = {}

    def take(self, principal: str, operation: str, now: float, per_s: float) -> None:
        """Raises ApiError ThrottlingException with the seconds until the next call may pass."""
        room = max(per_s, 1.0)
        left, since = self._buckets.get((principal, operation), (room, now))
        left = min(room, left + (now - since) * per_s)
        if left < 1:
            raise throttled(math.ceil((1 - left) / per_s))
        self._buckets[principal, operation] = (left - 1, now)
