"""A burst of new records while people go on editing: how long it takes, and whether the edits overtake it.

ServiceNow serves three calls at a time, so a burst cannot take less than its calls times their latency by three.
"""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import requests

from bench.books import Books
from bench.conditions import AWS_S, SERVICENOW_S, NotYet, latency, settled, switch_servicenow, until
from bench.scene import Scene
from integration.local.tour import percentile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from integration.local.running import Running

PARALLEL = 3
AIM = 1.3
LIVE_P95_S = 5.0
_EVERY_S, _LOOK_S, _TIMEOUT_S = 1.0, 0.25, 60
_PER_RECORD_S = 3.0


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
    def live_p95_s(self) -> float:
        return percentile(sorted(self.live_s), 0.95) if self.live_s else 0.0


@dataclass
class _Live:
    """A person who comments on a case that is in step already, again and again."""

    scene: Scene
    lags: list[float] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)
    error: list[NotYet] = field(default_factory=list)

    def run(self) -> None:
        while not self.ended.is_set():
            self.scene.comment_on_case()
            began = time.monotonic()
            try:
                until(self.scene.comment_in_journal, "a live comment", 30)
            except NotYet as error:
                self.error.append(error)
                return
            self.lags.append(round(time.monotonic() - began, 3))
            self.ended.wait(_EVERY_S)


def cases(running: Running, count: int, scale: float = 1) -> Burst:
    """All at once on AWS; each becomes an incident. `scale` multiplies both latencies: the machine then counts less."""

    def make() -> None:
        body = {"count": count}
        requests.post(f"{running.security_ir_admin}/seed", json=body, timeout=_TIMEOUT_S).raise_for_status()

    return _burst(running, "new cases", count, scale, make, lambda: _records(running))


def incidents(running: Running, count: int, scale: float = 1) -> Burst:
    """All at once in ServiceNow, through its rules and the webhook; each becomes a case."""
    scene = Scene(running)

    def make() -> None:
        with ThreadPoolExecutor(4) as people:
            list(people.map(lambda n: scene.day.act("insert", short_description=f"Burst {n}"), range(count)))

    return _burst(running, "new incidents", count, scale, make, lambda: _cases(running))


def _records(running: Running) -> int:
    told = requests.get(running.servicenow_admin, timeout=_TIMEOUT_S).json()
    return int(told["records"][running.module.table])


def _cases(running: Running) -> int:
    return int(requests.get(running.security_ir_admin, timeout=_TIMEOUT_S).json()["cases"])


def _burst(
    running: Running, name: str, count: int, scale: float, make: Callable[[], None], there: Callable[[], int]
) -> Burst:
    scene = Scene(running)
    scene.new_case()
    until(scene.incident_exists, "the live case's incident")
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
def _three_at_a_time(running: Running) -> Iterator[None]:
    before = switch_servicenow(running, serves_at_once=PARALLEL)
    running.plane.clock.run(running=False)
    try:
        yield
    finally:
        running.plane.clock.run(running=True)
        switch_servicenow(running, **before)


@contextmanager
def _somebody(scene: Scene) -> Iterator[_Live]:
    live = _Live(scene)
    thread = threading.Thread(target=live.run, name="live edits")
    thread.start()
    try:
        yield live
    finally:
        live.ended.set()
        thread.join()
    if live.error:
        raise live.error[0]
