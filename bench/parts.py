"""The parts of a run. Each starts a system of its own, so that none weighs on the next."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from bench import burst, cold, crossings, gate, growth, memory, workspace_end, workspace_load, workspaces
from bench.conditions import latency, one_at_a_time
from bench.desk import Desk
from bench.measure import measured
from bench.rows import rows
from bench.workload import Scene
from integration.operations.local.system import Options, start
from integration.operations.waiting import NotYet

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from bench.burst import Burst
    from bench.measure import Measured
    from integration.operations.local.system import LocalSystem

CLOSED = 10_000
FILE_MIB = 100
STARTS = 9
COMMENTS, FEW_COMMENTS = (1, 10, 100, 1000), (1, 30)
SLOWER = 2
"""Where the machine is too slow for a burst at the injected latency, it is measured at so many times that as well."""
SETTINGS = {"new_cases_per_hour": 1_000_000, "max_attachment_mb": 100}
"""No brake and no limit below AWS's own."""

Part = dict[str, list[Any]]
"""Members of `Figures`."""


def _system() -> AbstractContextManager[LocalSystem]:
    return start(Options(settings=SETTINGS))


def _rows(_burst: int) -> Part:
    with _system() as running:
        return {"rows": _measured(running)}


def _counts(_burst: int) -> Part:
    with _system() as running:
        return {"rows": _measured(running, 0.0, 0.0), "grown": growth.with_comments(running, FEW_COMMENTS)}


def _measured(running: LocalSystem, servicenow_s: float | None = None, aws_s: float | None = None) -> list[Measured]:
    scene = Scene(running)
    with latency(running, servicenow_s, aws_s), one_at_a_time(running):
        return [measured(row, scene) for row in rows()]


def _files(_burst: int) -> Part:
    with _system() as running:
        ways = (memory.large_file_to_incident, memory.large_file_to_case)
        return {"peaks": [way(running, FILE_MIB) for way in ways]}


def _full_case(_burst: int) -> Part:
    with _system() as running:
        return {"peaks": [memory.full_case(running)]}


def _comments(_burst: int) -> Part:
    with _system() as running:
        return {"grown": growth.with_comments(running, COMMENTS)}


def _polls(_burst: int) -> Part:
    with _system() as running:
        return {"polled": [growth.polls(running, CLOSED)]}


def _new_cases(count: int) -> Part:
    return {"bursts": _bursts(burst.cases, count)}


def _new_incidents(count: int) -> Part:
    return {"bursts": _bursts(burst.incidents, count)}


def _bursts(what: Callable[[LocalSystem, int, float], Burst], count: int) -> list[Burst]:
    """At the injected latency; and slower where that shows the machine. Raises NotYet where both come to nothing."""
    with _system() as running:
        try:
            found = [what(running, count, 1)]
        except NotYet:
            found = []
    if found and found[0].met:
        return found
    with _system() as running:
        return [*found, what(running, count, SLOWER)]


def _gate(_burst: int) -> Part:
    with start(Options(integrations=("change",))) as running:
        return {"gated": [gate.decided(running)]}


def _workspaces(_burst: int) -> Part:
    with _desk() as desk:
        return {"acted": workspaces.acted(desk), "ended": [workspace_end.versions(desk)]}


def _in_one_order(count: int) -> Part:
    with _desk() as desk:
        return {"together": [workspace_load.in_one(desk, count)]}


def _in_many_orders(count: int) -> Part:
    with _desk() as desk:
        return {"together": [workspace_load.orders(desk, count)]}


def _at_low_quota(count: int) -> Part:
    """Both ways, as `workspace_load.NEW_ACCOUNT` has it."""
    with _desk() as desk:
        ways = (workspace_load.in_one, workspace_load.orders)
        return {"together": [way(desk, count, workspace_load.NEW_ACCOUNT) for way in ways]}


@contextmanager
def _desk() -> Iterator[Desk]:
    with start(Options(integrations=("workspace",))) as running:
        yield Desk(running)


def _starts(_burst: int) -> Part:
    with cold.laid_out() as place:
        return {"starts": [cold.start_of(function, place, STARTS) for function in cold.CLIENTS]}


def _crossings(_burst: int) -> Part:
    return {"crossings": [crossings.of_a_title()]}


PARTS: dict[str, Callable[[int], Part]] = {
    "rows": _rows,
    "starts": _starts,
    "files": _files,
    "full-case": _full_case,
    "comments": _comments,
    "polls": _polls,
    "new-cases": _new_cases,
    "new-incidents": _new_incidents,
    "gate": _gate,
    "workspaces": _workspaces,
    "workspaces-in-one-order": _in_one_order,
    "workspaces-in-many-orders": _in_many_orders,
    "workspaces-at-low-quota": _at_low_quota,
    "crossings": _crossings,
}
QUICK: dict[str, Callable[[int], Part]] = {"counts": _counts, "crossings": _crossings}
