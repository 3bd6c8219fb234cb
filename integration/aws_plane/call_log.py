"""The log of every AWS call: who, what, on which resource, how it went; and which grants were ever used."""

from __future__ import annotations

import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from integration.aws_plane.iam import Role, like

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


@dataclass(frozen=True)
class LoggedCall:
    """One call. `implicit` calls are AWS's own in the role's name and are not counted as calls of ours."""

    at: float
    function: str
    role: str
    service: str
    operation: str
    resources: tuple[str, ...]
    status: int
    ms: float
    implicit: bool = False
    fault: str = ""


@dataclass(frozen=True)
class Denial:
    """What a role was refused: add the action on the resource to its permissions, or stop calling it."""

    at: float
    function: str
    role: str
    action: str
    resource: str
    explicit: bool = False
    by: str = ""

    def __str__(self) -> str:
        how = f"explicitly denied by {self.by}" if self.explicit else "no statement allows it"
        return f"{self.function} ({self.role}): {self.action} on {self.resource}: {how}"


@dataclass(frozen=True)
class Unused:
    """A grant nothing used: `what` is an action or a resource of the statement at `origin`."""

    role: str
    origin: str
    kind: str
    what: str


@dataclass
class CallLog:
    _records: list[LoggedCall] = field(default_factory=list)
    _denials: list[Denial] = field(default_factory=list)
    _used: Counter[tuple[str, str, str, str]] = field(default_factory=Counter)
    """(role, origin of the statement that allowed it, action, resource) → times, implicit ones too."""
    _lock: threading.Lock = field(default_factory=threading.Lock)
    watchers: list[Callable[[LoggedCall], None]] = field(default_factory=list)

    def add(self, record: LoggedCall) -> None:
        with self._lock:
            self._records.append(record)
        for watcher in self.watchers:
            watcher(record)

    def refuse(self, function: str, role: str, action: str, resource: str, *, explicit: bool, by: str) -> None:
        with self._lock:
            self._denials.append(Denial(time.time(), function, role, action, resource, explicit, by))

    def use(self, role: str, origin: str, action: str, resource: str) -> None:
        with self._lock:
            self._used[role, origin, action, resource] += 1

    def calls(self, *, since: float = 0, implicit: bool = False) -> tuple[LoggedCall, ...]:
        """Oldest first; `since` in epoch seconds."""
        with self._lock:
            return tuple(r for r in self._records if r.at >= since and (implicit or not r.implicit))

    def denied(self) -> tuple[Denial, ...]:
        with self._lock:
            return tuple(self._denials)

    def used(self) -> dict[tuple[str, str, str, str], int]:
        with self._lock:
            return dict(self._used)

    def forget(self) -> None:
        """Calls and denials; what was used stays, since grants are judged over everything that ran."""
        with self._lock:
            self._records.clear()
            self._denials.clear()

    def unused(self, roles: Iterable[Role]) -> list[Unused]:
        """Actions no call needed and resources no call touched, statement by statement."""
        used = self.used()
        found: dict[Unused, bool] = {}
        for role in roles:
            own = [(origin, a, r) for name, origin, a, r in used if name == role.name]
            for statement, action, resource in role.grants():
                by_action = Unused(role.name, statement.origin, "action", action)
                by_resource = Unused(role.name, statement.origin, "resource", resource)
                matching = any(
                    origin == statement.origin and like(action, a, fold=True) and like(resource, r)
                    for origin, a, r in own
                )
                found[by_action] = found.get(by_action, False) or matching
                found[by_resource] = found.get(by_resource, False) or matching
        return [each for each, was_used in found.items() if not was_used]
