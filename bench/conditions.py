"""The conditions of a measurement: latency of both sides, one event at a time, no clock, nothing under way."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import requests

from integration.operations.waiting import PATIENCE_S, until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from integration.operations.local.system import LocalSystem

SERVICENOW_S, AWS_S = 0.1, 0.03
"""Injected into every ServiceNow call and every AWS call of a function."""
_TIMEOUT_S = 60


def settled(running: LocalSystem, patience_s: float = PATIENCE_S) -> None:
    """Nothing is under way. Seen twice, since each thing wakes others. Raises NotYet."""
    until(lambda: running.resting() and running.resting(), patience_s, what="the system's coming to rest")


def switch_servicenow(running: LocalSystem, **switches: Any) -> dict[str, Any]:
    """Set switches of the emulated instance; the values they had."""
    return _switched(f"{running.servicenow_admin}/config", switches)


def switch_security_ir(running: LocalSystem, **switches: Any) -> dict[str, Any]:
    return _switched(f"{running.security_ir_admin}/config", switches)


def _switched(url: str, switches: dict[str, Any]) -> dict[str, Any]:
    before = requests.get(url, timeout=_TIMEOUT_S).json()
    requests.patch(url, json=switches, timeout=_TIMEOUT_S).raise_for_status()
    return {name: before[name] for name in switches}


@contextmanager
def latency(running: LocalSystem, servicenow_s: float | None = None, aws_s: float | None = None) -> Iterator[None]:
    """None: as the budget has it."""
    before = switch_servicenow(running, latency_s=SERVICENOW_S if servicenow_s is None else servicenow_s)
    running.plane.faults.latency_s = AWS_S if aws_s is None else aws_s
    try:
        yield
    finally:
        running.plane.faults.latency_s = 0.0
        switch_servicenow(running, **before)


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
