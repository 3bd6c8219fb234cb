"""How many invocations an account runs at once, and what Lambda does above that: it throttles.

Source: Lambda developer guide, "Understanding Lambda function scaling" and "Configuring reserved concurrency"; many a
new account has 10 (Lambda quotas, L-B99A9384).
"""

from __future__ import annotations

import threading
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

LEAST_UNRESERVED = 100
"""What reserving must leave; in an account that has less, all of it."""
OF_ACCOUNT = "ConcurrentInvocationLimitExceeded"
OF_FUNCTION = "ReservedFunctionConcurrentInvocationLimitExceeded"
"""Source: Lambda API reference, TooManyRequestsException, `Reason`."""


class Throttled(RuntimeError):
    """No room for this function; `reason` as Lambda's TooManyRequestsException has it."""

    def __init__(self, function: str, reason: str = OF_FUNCTION) -> None:
        super().__init__(f"{function}: Rate Exceeded.")
        self.reason = reason


class ReservesTooMuch(ValueError):
    """An InvalidParameterValueException; the message is Lambda's."""


@dataclass
class Concurrency:
    """`limit` is the account's quota, and a switch: lowered, it throttles what begins from now on."""

    limit: int = 1000
    reserved: dict[str, int] = field(default_factory=dict)
    """By function."""
    _running: Counter[str] = field(default_factory=Counter)
    """By function that reserves; all others share the empty name."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def unreserved(self) -> int:
        return self.limit - sum(self.reserved.values())

    def reserve(self, function: str, wanted: int | None) -> None:
        """None gives back what was reserved. Raises ReservesTooMuch."""
        with self._lock:
            others = {name: count for name, count in self.reserved.items() if name != function}
            least = min(LEAST_UNRESERVED, self.limit)
            if wanted and self.limit - sum(others.values()) - wanted < least:
                raise ReservesTooMuch(
                    "Specified ReservedConcurrentExecutions for function decreases account's "
                    f"UnreservedConcurrentExecution below its minimum value of [{least}]."
                )
            self.reserved = others if wanted is None else {**others, function: wanted}

    @contextmanager
    def taken(self, function: str) -> Iterator[None]:
        """One invocation's place. Raises Throttled at once."""
        pool = function if function in self.reserved else ""
        with self._lock:
            if self._running[pool] >= (self.reserved[pool] if pool else self.unreserved):
                raise Throttled(function, OF_FUNCTION if pool else OF_ACCOUNT)
            self._running[pool] += 1
        try:
            yield
        finally:
            with self._lock:
                self._running[pool] -= 1
