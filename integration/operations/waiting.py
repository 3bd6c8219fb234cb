"""Waits until a condition holds."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

PATIENCE_S = 90.0
"""Longer than the poll's minute, which finds what no event told: a webhook is lost where a busy machine answers late.
What never comes takes this long to be known.
"""
LOOK_S = 0.1
"""Between two looks at most; the first come sooner. A look is often a call, which costs both processes of it."""
_GROWS, _FIRST = 1.4, 5


class NotYet(RuntimeError):
    """What was waited for did not come."""


def until(
    condition: Callable[[], Any], seconds: float = PATIENCE_S, what: str = "what was waited for", look_s: float = LOOK_S
) -> Any:
    """The condition's first value that counts. Raises NotYet."""
    deadline, pause_s = time.monotonic() + seconds, look_s / _FIRST
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise NotYet(f"{what}: not within {seconds:g} s")
        time.sleep(pause_s)
        pause_s = min(pause_s * _GROWS, look_s)
    return value
