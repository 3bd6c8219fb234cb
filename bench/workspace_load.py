"""Measures many workspaces at once beside the same calls made bare, an open page meanwhile, their common end."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from bench.bare_beside import bare_s_of
from bench.conditions import AWS_S, latency, settled
from bench.counters import Books
from bench.desk import CLOSED_COMPLETE
from bench.rows import Calls
from bench.workspaces import IN_CLASS, PAGE_S, Work
from integration.operations.local.tour import percentile
from integration.operations.waiting import until
from integration.workspaces import names as w
from integration.workspaces.attempt import LOOK_AGAIN_S
from servicenow_setup.workspaces import ORDERS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bench.desk import Desk
    from integration.operations.local.system import LocalSystem

AIM = 1.3
ORDERED, IN_ONE = Calls(14, 2), Calls(IN_CLASS, 0)
NEW_ACCOUNT = 10
"""Functions at once, in many a new account (`aws_plane.concurrency`)."""
WARMING, WARMING_ORDERS, PLACING = 30, 10, 16
_EVERY_S, _LOOK_S, _PER_WORKSPACE_S = 1.0, 0.3, 2.0


@dataclass(frozen=True)
class Together:
    """`bare_s`: the same calls without our code; `page_s`: answers to a page that is open; `left`: by the audit."""

    name: str
    count: int
    floor: Calls
    latency_s: float
    wall_s: float
    bare_s: float
    aws: int
    servicenow: int
    made: int
    left: int
    page_s: tuple[float, ...] = field(repr=False, default=())

    def as_json(self) -> dict[str, Any]:
        ratios = {"calls_ratio": round(self.calls_ratio, 2), "time_ratio": round(self.time_ratio, 2)}
        return {**asdict(self), **ratios, "page_p95_s": self.page_p95_s, "aim_met": self.met}

    @property
    def calls_ratio(self) -> float:
        return (self.aws + self.servicenow) / (self.floor.total * self.count)

    @property
    def time_ratio(self) -> float:
        return self.wall_s / self.bare_s

    @property
    def page_p95_s(self) -> float:
        return percentile(sorted(self.page_s), 0.95) if self.page_s else 0.0

    @property
    def met(self) -> bool:
        once = self.made == self.count and not self.left
        return once and max(self.calls_ratio, self.time_ratio) <= AIM and self.page_p95_s <= PAGE_S


def orders(desk: Desk, count: int, quota: int = 0) -> Together:
    """Each an item of its own, through the rule and the webhook; at work on them we are once all lie in the queue.

    `quota`: so many functions run at once, 0: as many as need be.
    """
    plane = desk.running.plane

    def one(_number: int) -> None:
        desk.place(**_TEAM)

    def lay() -> None:
        plane.poller(w.QUEUE).paused = True
        with ThreadPoolExecutor(PLACING) as pool:
            list(pool.map(one, range(count)))
        until(lambda: plane.queues[w.QUEUE].visible >= count, 60 + count, what="the orders in the queue")

    def ready() -> bool:
        """Items are counted once none waits any more: to list a thousand takes time from those at work."""
        return not plane.queues[w.QUEUE].visible and _closed(desk) - before >= count

    _warm(desk)
    before = _closed(desk)
    with _at_most(desk, quota):
        return _together(desk, f"orders of their own{_at_once(quota)}", "team", count, ORDERED, lay,
                         plane.poller(w.QUEUE).resume, ready)  # fmt: skip


_TEAM = {"action": "new", "kind": "team"}


def in_one(desk: Desk, count: int, quota: int = 0) -> Together:
    """A class by one order: a list of links at the end. `quota`: as of `orders`."""
    items: list[str] = []
    _warm(desk)

    def place() -> None:
        names = "\n".join(f"student {number}" for number in range(count))
        items.append(desk.order(action="new", kind="class", names=names))

    with _at_most(desk, quota):
        return _together(desk, f"of one order{_at_once(quota)}", "class", count, IN_ONE, lambda: None, place,
                         lambda: desk.is_closed(items[0]))  # fmt: skip


def _at_once(quota: int) -> str:
    return f", {quota} functions at once" if quota else ""


@contextmanager
def _at_most(desk: Desk, quota: int) -> Iterator[None]:
    concurrency = desk.running.plane.functions.concurrency
    was, concurrency.limit = concurrency.limit, quota or concurrency.limit
    try:
        yield
    finally:
        concurrency.limit = was


def _closed(desk: Desk) -> int:
    return len(desk.staff.rows(ORDERS, state=CLOSED_COMPLETE))


def _together(
    desk: Desk, name: str, kind: str, count: int, floor: Calls, lay: Callable[[], None], place: Callable[[], None],
    ready: Callable[[], bool],
) -> Together:  # fmt: skip
    """`lay`: what is done before the clock runs; its calls count."""
    running, patience_s = desk.running, 60 + count * _PER_WORKSPACE_S
    work = Work(desk)
    work.make()
    books, since = Books(running), time.time()
    with latency(running):
        with _open_page(work) as page_s:
            books.open()
            lay()
            began = time.monotonic()
            place()
            until(ready, patience_s, what=f"{count} workspaces", look_s=_LOOK_S)
            wall_s = time.monotonic() - began
            settled(running, 120)
            counts = books.read()
        looked = len(page_s) * 2  # a row and a list each
        with _open_page(work):
            bare_s = bare_s_of(running, count, in_one=floor.servicenow == 0)
    made = desk.phased("ready", kind)
    _end_all(desk, kind, count)
    tried = [call for call in running.plane.calls(since=since) if call.operation == "CreateBucket"]
    assert len(tried) >= made
    return Together(
        name, count, floor, AWS_S, round(wall_s, 1), round(bare_s, 1), counts.aws - looked, counts.servicenow,
        made, _left(running), tuple(page_s),
    )  # fmt: skip


def _warm(desk: Desk) -> None:
    """As many environments of the worker as may run, before the clock does, each with what it asks once of AWS and the
    instance: starting them is measured elsewhere.
    """
    names = "\n".join(f"warm {number}" for number in range(WARMING))
    desk.closed(desk.order(action="new", kind="class", names=names), patience_s=300, look_s=1)
    with ThreadPoolExecutor(PLACING) as pool:
        items = list(pool.map(lambda _: desk.order(**_TEAM), range(WARMING_ORDERS)))
    for item in items:
        desk.closed(item, patience_s=300, look_s=1)
    settled(desk.running, 120)
    for kind, count in ("class", WARMING), ("team", WARMING_ORDERS):
        _end_all(desk, kind, count)


@contextmanager
def _open_page(work: Work) -> Iterator[list[float]]:
    """Somebody's list of files, asked for every second; how long each answer took."""
    took: list[float] = []
    over = threading.Event()

    def look() -> None:
        while not over.is_set():
            began = time.monotonic()
            work.page("GET", "files")
            took.append(round(time.monotonic() - began, 3))
            over.wait(_EVERY_S)

    thread = threading.Thread(target=look, name="open page")
    thread.start()
    try:
        yield took
    finally:
        over.set()
        thread.join()


def _end_all(desk: Desk, kind: str, count: int) -> None:
    chosen = ["--all-of-class"] if kind == "class" else ["--all"]
    gone = desk.phased("gone", kind)
    _command(desk.running, "end", *chosen, "--yes")
    patience_s = 60 + LOOK_AGAIN_S + count * _PER_WORKSPACE_S  # a pass that failed on a busy machine comes back
    until(lambda: desk.phased("gone", kind) - gone >= count, patience_s, what="a common end", look_s=3)
    settled(desk.running, 120)


def _left(running: LocalSystem) -> int:
    """What the audit finds: buckets of nobody, workspaces without one."""
    found = json.loads(_command(running, "audit", "--json"))
    return len(found["orphans"]) + len(found["missing"])


def _command(running: LocalSystem, *words: str) -> str:
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "deploy_integrations_solution.py", "workspace", *words], capture_output=True, text=True,
        check=False, env={**os.environ, **running.plane.operator_environment()},
    )  # fmt: skip
    expected = (0, 1) if words[0] == "audit" else (0,)  # an audit that found something says so by 1
    if done.returncode not in expected:
        raise RuntimeError(f"workspace {words[0]}: {done.stdout[-300:]}{done.stderr[-300:]}")
    return done.stdout
