"""The conditions of a measurement: latency of both sides, one event at a time, no clock, nothing under way."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from integration.operations.waiting import PATIENCE_S, until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from integration.operations.local.system import LocalSystem

SERVICENOW_S, AWS_S = 0.1, 0.03
"""Injected into every ServiceNow call and every AWS call of a function."""


def settled(running: LocalSystem, patience_s: float = PATIENCE_S) -> None:
    """Nothing is under way. Seen twice, since each thing wakes others. Raises NotYet."""
    until(lambda: running.resting() and running.resting(), patience_s, what="the system's coming to rest")


@contextmanager
def latency(running: LocalSystem, servicenow_s: float | None = None, aws_s: float | None = None) -> Iterator[None]:
    """None: as the budget has it."""
    running.plane.faults.latency_s = AWS_S if aws_s is None else aws_s
    try:
        with running.people().servicenow.switched(latency_s=SERVICENOW_S if servicenow_s is None else servicenow_s):
            yield
    finally:
        running.plane.faults.latency_s = 0.0


@contextmanager
def one_at_a_time(running: LocalSystem) -> Iterator[None]:
    """One environment per queue, the schedule off: the same work makes the same calls."""
    pollers = list(running.plane.world.pollers.values())
    sources = [poller.source for poller in pollers]
    running.plane.clock.run(running=False)
    for poller in pollers:
        poller.source = replace(poller.source, concurrency=1)
    try:
        yield
    finally:
        for poller, source in zip(pollers, sources, strict=True):
            poller.source = source
        running.plane.clock.run(running=True)
