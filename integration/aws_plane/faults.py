"""Faults between a function and AWS, set by tests and the console; and the latency of every call."""

from __future__ import annotations

import itertools
import threading
from dataclasses import dataclass, field, replace
from enum import StrEnum
from fnmatch import fnmatchcase


class Effect(StrEnum):
    ERROR = "error"
    """Answered with `status` and `code`; nothing happened."""
    RESET_BEFORE = "reset-before"
    """The connection breaks; nothing happened."""
    RESET_AFTER = "reset-after"
    """The connection breaks; it happened."""
    LATENCY = "latency"
    """Waits `seconds`, then goes on."""
    KILL_BEFORE = "kill-before"
    """The calling function's process dies; nothing happened."""
    KILL_AFTER = "kill-after"
    """The calling function's process dies; it happened."""


@dataclass(frozen=True)
class Fault:
    """`operation` is a glob over `service:Operation`, `function` over function names; the operator meets none.

    The first `skip` matching calls pass, the next `times` meet the effect.
    """

    operation: str
    effect: Effect
    function: str = "*"
    times: int = 1
    skip: int = 0
    status: int = 500
    code: str = "InternalServerError"
    seconds: float = 0.0

    def meets(self, operation: str, function: str) -> bool:
        return fnmatchcase(operation, self.operation) and fnmatchcase(function, self.function)


@dataclass
class Faults:
    latency_s: float = 0.0
    """Added to every AWS call of a function."""
    _set: dict[int, Fault] = field(default_factory=dict)
    _ids: itertools.count[int] = field(default_factory=lambda: itertools.count(1))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, fault: Fault) -> int:
        """Its number, for `remove`."""
        with self._lock:
            number = next(self._ids)
            self._set[number] = fault
            return number

    def remove(self, number: int) -> None:
        with self._lock:
            self._set.pop(number, None)

    def clear(self) -> None:
        with self._lock:
            self._set.clear()
            self.latency_s = 0.0

    def active(self) -> dict[int, Fault]:
        with self._lock:
            return dict(self._set)

    def next_for(self, operation: str, function: str) -> Fault | None:
        """The fault this call meets, used up once; None for most calls."""
        with self._lock:
            for number, fault in self._set.items():
                if not fault.meets(operation, function):
                    continue
                if fault.skip:
                    self._set[number] = replace(fault, skip=fault.skip - 1)
                    continue
                if fault.times == 1:
                    del self._set[number]
                else:
                    self._set[number] = replace(fault, times=fault.times - 1)
                return fault
            return None
