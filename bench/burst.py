"""Measures a burst of new records while people go on editing: how long it takes, and whether edits overtake it.

ServiceNow serves three calls at a time, so a burst cannot take less than its calls times their latency by three. The
schedule is off.
"""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bench.conditions import AWS_S, SERVICENOW_S, latency, settled
from bench.counters import Books
from bench.workload import Scene
from integration.operations.cases.people import once
from integration.operations.local.tour import percentile
from integration.operations.waiting import NotYet, until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from integration.operations.cases.people import People
    from integration.operations.local.system import LocalSystem

PARALLEL = 3
AIM = 1.3
LIVE_P95_S = 5.0
_EVERY_S, _LOOK_S = 1.0, 0.5
_LIVE_LOOK_S, _LIVE_PATIENCE_S, _FAR = 0.1, 300.0, 1 << 60
_PER_RECORD_S = 0.4
"""Given up after: five times what it may take."""


@dataclass(frozen=True)
class Burst:
    """`floor_s` is ServiceNow's calls by latency, three at a time; `live_s` the lags of edits made meanwhile;
    `progress` how many were there when.
    """

    name: str
    count: int
    wall_s: float
    servicenow_calls: int
    aws_calls: int
    latency_s: float
    live_s: tuple[float, ...] = ()
    progress: tuple[tuple[float, int], ...] = ()

    @property
    def floor_s(self) -> float:
        return self.servicenow_calls * self.latency_s / PARALLEL

    @property
    def ratio(self) -> float:
        return self.wall_s / self.floor_s

    @property
    def met(self) -> bool:
        return self.ratio <= AIM and self.live_p95_s < LIVE_P95_S

    @property
    def live_p95_s(self) -> float:
        return percentile(sorted(self.live_s), 0.95) if self.live_s else 0.0


@dataclass
class _Live:
    """A person who comments on a case that is in step already, again and again.

    Each comment is one change of the incident; the feed of changes tells it without reading the whole instance.
    """

    scene: Scene
    sys_id: str
    lags: list[float] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)
    error: list[Exception] = field(default_factory=list)

    def run(self) -> None:
        try:
            while not self.ended.is_set():
                self.lags.append(self._one())
                self.ended.wait(_EVERY_S)
        except (NotYet, RuntimeError) as error:
            self.error.append(error)

    def _one(self) -> float:
        _, since = self._changed(0)
        self.scene.comment_on_case()
        self.texts.append(self.scene.text)
        began = time.monotonic()
        while True:
            seen, since = self._changed(since)
            lag_s = time.monotonic() - began
            if seen:
                return round(lag_s, 3)
            if lag_s > _LIVE_PATIENCE_S:
                raise NotYet(f"a live comment: not within {_LIVE_PATIENCE_S:g} s")
            time.sleep(_LIVE_LOOK_S)

    def _changed(self, since: int) -> tuple[bool, int]:
        """Whether the incident changed after this change, and the number of the last one."""
        query = {"since": str(since or _FAR), "table": self.scene.running.module.table}
        told = self.scene.people.servicenow.send("GET", "changes", params=query)
        return any(change["sys_id"] == self.sys_id for change in told["changes"]), int(told["last"])


def cases(running: LocalSystem, count: int, scale: float = 1) -> Burst:
    """All at once on AWS; each becomes an incident. `scale` multiplies both latencies: the machine then counts less."""
    people = running.people()

    def make() -> None:
        people.security_ir.send("POST", "seed", json={"count": count})

    return _burst(running, "new cases", count, scale, make, lambda: _records(people))


def incidents(running: LocalSystem, count: int, scale: float = 1) -> Burst:
    """All at once in ServiceNow, through its rules and the webhook; each becomes a case."""
    scene = Scene(running)

    def make() -> None:
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda n: scene.people.act("insert", short_description=f"Burst {n}"), range(count)))

    return _burst(running, "new incidents", count, scale, make, lambda: _cases(scene.people))


def _records(people: People) -> int:
    return int(people.servicenow.send("GET")["records"][people.table])


def _cases(people: People) -> int:
    return int(people.security_ir.send("GET")["cases"])


def _burst(
    running: LocalSystem, name: str, count: int, scale: float, make: Callable[[], None], there: Callable[[], int]
) -> Burst:
    scene = Scene(running)
    scene.new_case()
    until(scene.incident_exists, what="the live case's incident")
    settled(running)
    books, before, progress = Books(running), there(), [(0.0, 0)]
    with latency(running, SERVICENOW_S * scale, AWS_S * scale), _three_at_a_time(running), _somebody(scene) as live:
        books.open()
        began = time.monotonic()
        make()
        while (done := there() - before) < count:
            progress.append((round(time.monotonic() - began, 1), done))
            if time.monotonic() - began > 60 + count * scale * _PER_RECORD_S:
                raise NotYet(f"{name}: {done} of {count}")
            time.sleep(_LOOK_S)
        settled(running, 120 + count)
        wall_s = time.monotonic() - began
        counts = books.read()
    return Burst(
        name, count, round(wall_s, 2), counts.servicenow, counts.aws, SERVICENOW_S * scale, tuple(live.lags),
        (*progress, (round(wall_s, 1), count)),
    )  # fmt: skip


@contextmanager
def _three_at_a_time(running: LocalSystem) -> Iterator[None]:
    running.plane.clock.run(running=False)
    try:
        with running.people().servicenow.switched(serves_at_once=PARALLEL):
            yield
    finally:
        running.plane.clock.run(running=True)


@contextmanager
def _somebody(scene: Scene) -> Iterator[_Live]:
    live = _Live(scene, scene.people.incident_of(scene.case)["sys_id"])
    thread = threading.Thread(target=live.run, name="live edits")
    thread.start()
    try:
        yield live
    finally:
        live.ended.set()
        thread.join()
    if live.error:
        raise live.error[0]
    settled(scene.running, _LIVE_PATIENCE_S)
    there = scene.people.journal(live.sys_id)
    if lost := [text for text in live.texts if not once(there, text)]:
        raise NotYet(f"{len(lost)} of {len(live.texts)} live comments are not there once")
