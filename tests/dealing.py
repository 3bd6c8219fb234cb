"""Which worker runs which tests of `make test`: most wait for real processes, the last compute meanwhile.

`--dist loadgroup --no-loadscope-reorder` deals from the front of the order made here: systems that wait begin first.
Of three workers or more the last one takes from the end, where what only computes stands, and so does each after the
third. They let the others go first: they fill the processors that waiting leaves idle, and slow nobody whom a clock
watches.
"""

from __future__ import annotations

import fcntl
import os
import random
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from xdist.scheduler import LoadGroupScheduling

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest
    from xdist.workermanage import WorkerController

WAITING = (
    "itsm", "ir", "test_deploy_to_plane", "browser", "test_workspace_pages", "test_workspaces", "itsm-apart", "plane",
    "test_installed_alone", "test_update_set_way", "lone-ir", "lone-itsm", "test_toy", "test_local_command",
    "test_update_and_back", "test_two_deployments", "test_hours", "test_kinder_instance", "test_gate",
    "test_fresh_environment",
)  # fmt: skip
"""Groups that one worker runs, begun in this order: what takes longest begins first, so that all end together."""
PLACES = (
    ("tests/e2e/", "tests/browser/"),
    ("tests/unit/",),
    (),
    ("tests/docs/test_adding.py", "tests/proofs/", "tests/real/", "tests/stacks/", "tests/toy/"),
)
"""After these groups: what waits for real processes, then what takes milliseconds, last what takes most seconds."""
STORIES = (*PLACES[0], "tests/real/", "tests/toy/test_toys_operated.py", "tests/docs/test_adding.py")
"""Over real processes: their tests are told in their order."""
MIDDLE = PLACES.index(())
BY_FILE = ("tests/unit/", "tests/contract/", "tests/identity/")
"""A worker takes a whole file: what its tests share is made once, and processes have less to tell each other."""
FEW_WORKERS, FRONT = 2, 3
"""So few all take from the front; of more at most `FRONT` do, and one less than there are."""
NICE = 10


class Dealt(LoadGroupScheduling):
    def _split_scope(self, nodeid: str) -> str:
        scope = super()._split_scope(nodeid)
        return file_of(scope) if scope == nodeid and scope.startswith(BY_FILE) else scope

    def _assign_work_unit(self, node: WorkerController) -> None:
        if fills(node.gateway.id, self.numnodes):
            self.workqueue.move_to_end(next(reversed(self.workqueue)), last=False)
        super()._assign_work_unit(node)


def fills(worker: str, workers: int) -> bool:
    """Whether this one takes from the end."""
    front = workers if workers <= FEW_WORKERS else min(workers - 1, FRONT)
    return int(worker.removeprefix("gw")) >= front


def step_back(worker: str, workers: int) -> None:
    """One that fills lets the others go first, and so do the processes that it starts."""
    if fills(worker, workers):
        os.nice(NICE)


def is_new(tests: Path = Path(__file__).parent) -> bool:
    """Whether nobody has collected all of a clone yet: what comes last is not compiled by this Python."""
    last = max(tests.rglob("test_*.py"))
    return not any(last.parent.glob(f"__pycache__/{last.stem}.{sys.implementation.cache_tag}-pytest-*.pyc"))


@contextmanager
def one_first(lock: Path = Path(__file__)) -> Iterator[None]:
    """One process goes first; the others then at once, reading what it has compiled.

    In a new clone a worker that collects compiles for three quarters of its time, and all would compile the same.
    Nobody waits for one that has died.
    """
    with lock.open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            fcntl.flock(file, fcntl.LOCK_SH)
        yield


def in_turn(items: list[pytest.Item]) -> None:
    """Each worker sorts alike. With `SHUFFLE=seed` files come in any order, and so do the tests of each, but for those
    over real processes: they tell a story, which ends with what they stand on.
    """
    if seed := os.environ.get("SHUFFLE"):
        items.sort(key=lambda item: [_drawn(seed, part) for part in _drawn_by(item.nodeid)])
    items.sort(key=turn)


def _drawn_by(nodeid: str) -> tuple[str, ...]:
    return (file_of(nodeid),) if nodeid.startswith(STORIES) else (file_of(nodeid), nodeid)


def _drawn(seed: str, part: str) -> float:
    return random.Random(f"{seed} {part}").random()


def file_of(nodeid: str) -> str:
    return nodeid.partition("::")[0]


def turn(item: pytest.Item) -> int:
    marker = item.get_closest_marker("xdist_group")
    group = (marker.args[0] if marker.args else marker.kwargs["name"]) if marker else ""
    return WAITING.index(group) if group in WAITING else len(WAITING) + _place(item.nodeid)


def _place(nodeid: str) -> int:
    return next((place for place, names in enumerate(PLACES) if nodeid.startswith(names)), MIDDLE)
