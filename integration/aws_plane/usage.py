"""API keys and usage plans: who may call a method that wants a key, how fast and how often.

Source: API Gateway developer guide, "Usage plans and API keys for REST APIs" and "Gateway response types"; API
reference, QuotaSettings. Gap: limits hold exactly here, on AWS by best effort.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from integration.aws_plane.api import Bucket

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@dataclass(frozen=True)
class ApiKey:
    id: str
    name: str
    value: str = field(repr=False)
    enabled: bool = True


@dataclass(frozen=True)
class Plan:
    """`rate` a second and `burst` of each key, None: no limit; `quota` calls of each key in a `period`, 0: no limit."""

    id: str
    stages: frozenset[tuple[str, str]]
    """(API, stage) it opens."""
    rate: float | None = None
    burst: int = 0
    quota: int = 0
    period: str = "DAY"
    offset: int = 0
    """Calls that the first period counts as made already."""
    methods: Mapping[tuple[str, str, str], tuple[float, int]] = field(default_factory=dict)
    """(API, stage, `/path/VERB`) → rate and burst of each key there, instead of the plan's."""

    def begins(self, now: float) -> str:
        """The day, Sunday or first of the month, in UTC, in which `now` is counted."""
        day = datetime.fromtimestamp(now, UTC).date()
        if self.period == "WEEK":
            day -= timedelta(days=(day.weekday() + 1) % 7)
        return (day.replace(day=1) if self.period == "MONTH" else day).isoformat()


@dataclass(frozen=True)
class Over(Exception):
    """More than the plan lets this key do: `quota` of its period, else the rate of the moment."""

    quota: bool


@dataclass
class Usage:
    keys: dict[str, ApiKey] = field(default_factory=dict)
    plans: dict[str, Plan] = field(default_factory=dict)
    members: set[tuple[str, str]] = field(default_factory=set)
    """(plan, key), by ids."""
    _buckets: dict[tuple[str, ...], Bucket] = field(default_factory=dict)
    _counts: dict[tuple[str, str], tuple[str, int]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def admitted(
        self, headers: Mapping[str, str], place: tuple[str, str, str], now: Callable[[], float]
    ) -> ApiKey | None:
        """The key that was shown, once counted; None where it opens nothing here. Raises Over. `place`: as a plan's
        `methods` has it.
        """
        shown = headers.get("x-api-key", "")
        key = next((k for k in self.keys.values() if k.enabled and k.value == shown), None)
        plan = self._plan(key, place[:2]) if key else None
        if key is None or plan is None:
            return None
        self._count(plan, key, place, now())
        return key

    def _plan(self, key: ApiKey, stage: tuple[str, str]) -> Plan | None:
        """A key is in one plan of a stage at most."""
        held = (plan for plan in self.plans.values() if (plan.id, key.id) in self.members)
        return next((plan for plan in held if stage in plan.stages), None)

    def _count(self, plan: Plan, key: ApiKey, place: tuple[str, str, str], now: float) -> None:
        """What the rate refuses uses up no quota."""
        with self._lock:
            which = (plan.id, key.id)
            bucket = self._bucket(plan, which, place)
            if bucket and not bucket.take():
                raise Over(quota=False)
            if plan.quota:
                began, made = self._counts.get(which, ("", plan.offset))
                made = made if began in ("", plan.begins(now)) else 0
                if made >= plan.quota:
                    raise Over(quota=True)
                self._counts[which] = (plan.begins(now), made + 1)

    def _bucket(self, plan: Plan, which: tuple[str, str], place: tuple[str, str, str]) -> Bucket | None:
        if place in plan.methods:
            return self._buckets.setdefault((*which, *place), Bucket(*plan.methods[place]))
        return self._buckets.setdefault(which, Bucket(plan.rate, plan.burst)) if plan.rate is not None else None

    def forget(self, plan: str) -> None:
        """Of a plan that is changed or gone: what its limits counted."""
        self._buckets = {which: bucket for which, bucket in self._buckets.items() if which[0] != plan}
        self._counts = {which: count for which, count in self._counts.items() if which[0] != plan}
