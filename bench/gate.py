"""From a decision to the answer: pipelines wait at the gate, people decide, the last approval starts the clock."""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from bench.conditions import latency, one_at_a_time, settled
from bench.counters import Books
from integration.operations.local.tour import percentile
from integration.operations.waiting import until

if TYPE_CHECKING:
    from integration.operations.local.system import LocalSystem

AIM_P95_S = 3.0
DECISIONS, WARMING = 20, 2
FIRST, LAST = "david.loo", "don.goodliffe"
"""Who approve for the group, and for the board after it."""
CHANGE = {"version": "2.3.0", "environment": "production", "assignment_group": "DevOps Team"}
_LOOK_S = 0.02


@dataclass(frozen=True)
class Gated:
    """`lags_s`: of each decision, from the approval's end to the answer; calls of all of them together."""

    lags_s: tuple[float, ...]
    aws: int
    servicenow: int

    @property
    def p50_s(self) -> float:
        return statistics.median(self.lags_s)

    @property
    def p95_s(self) -> float:
        return percentile(sorted(self.lags_s), 0.95)

    @property
    def met(self) -> bool:
        return self.p95_s <= AIM_P95_S

    def as_json(self) -> dict[str, Any]:
        calls = {"aws_calls": self.aws / len(self.lags_s), "servicenow_calls": self.servicenow / len(self.lags_s)}
        p50, p95 = round(self.p50_s, 2), round(self.p95_s, 2)
        return {"decisions": len(self.lags_s), "p50_s": p50, "p95_s": p95, "aim_met": self.met, **calls}


def decided(running: LocalSystem) -> Gated:
    """One after the other, each with what its last approval alone costs; the first ones warm the functions."""
    people, books, found = running.people(), Books(running), []
    waiting, staff = people.beside["pipelines"], people.servicenow
    tasks = [f"task-{number}" for number in range(WARMING + DECISIONS)]
    with latency(running), one_at_a_time(running):
        for task in tasks:
            waiting.task(task, task, **CHANGE, app=task)
            number = _number(staff, task)
            settled(running)
            staff.on_change(FIRST, "approve", number)
            settled(running)
            books.open()
            staff.on_change(LAST, "approve", number)
            began = time.monotonic()
            until(partial(waiting.answers, "tasks", task), look_s=_LOOK_S, what="an answer")
            lag_s = time.monotonic() - began
            settled(running)
            found.append((lag_s, books.read()))
    counted = found[WARMING:]
    counts = [each for _, each in counted]
    return Gated(
        tuple(round(lag_s, 3) for lag_s, _ in counted),
        sum(each.aws for each in counts),
        sum(each.servicenow for each in counts),
    )


def _number(staff: Any, app: str) -> str:
    """Of its change, once somebody is asked to approve it."""
    found: list[str] = []

    def asked() -> bool:
        rows = staff.rows("change_request", state="-4")
        found[:] = [str(row["number"]) for row in rows if str(row["correlation_display"]).startswith(f"{app} ")]
        return bool(found)

    until(asked, what="a change that waits for its approvers")
    return found[0]
