"""Measures how long a call took and how it ended, for whoever made the client."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from integration.clients.errors import RemoteError

OnCall = Callable[[str, str, str, str, float], None]
"""Told of every call: system, operation or method, table ("" where there is none), outcome (`ok` or
`RemoteError.outcome`), seconds."""
_T = TypeVar("_T")


def measured(on_call: OnCall | None, system: str, operation: str, table: str, work: Callable[[], _T]) -> _T:
    """What `work` gives. An error of another system, as of a file on its way here, is none of this one's kinds."""
    begun, outcome = time.monotonic(), "error"
    try:
        result = work()
        outcome = "ok"
    except RemoteError as error:
        outcome = error.outcome if error.system == system else "error"
        raise
    else:
        return result
    finally:
        if on_call:
            on_call(system, operation, table, outcome, time.monotonic() - begun)
