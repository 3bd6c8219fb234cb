"""The conditions of a measurement: latency of both sides, one event at a time, no clock, nothing under way."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import requests

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from integration.local.running import Running

SERVICENOW_S, AWS_S = 0.1, 0.03
"""Injected into every ServiceNow call and every AWS call of a function."""
_LOOK_S, _PATIENCE_S, _TIMEOUT_S = 0.02, 60.0, 60


class NotYet(RuntimeError):
    """What was waited for did not come."""


def until(condition: Callable[[], Any], what: str, patience_s: float = _PATIENCE_S, look_s: float = _LOOK_S) -> Any:
    """The condition's first true value. Raises NotYet."""
    deadline = time.monotonic() + patience_s
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise NotYet(f"{what}: not within {patience_s:g} s")
        time.sleep(look_s)
    return value


def settled(running: Running, patience_s: float = _PATIENCE_S) -> None:
    """No rule, webhook, event, message or function is under way. Seen twice, since each wakes others."""
    until(lambda: _quiet(running) and _quiet(running), "the system never came to rest", patience_s)


def _quiet(running: Running) -> bool:
    told = requests.post(f"{running.servicenow_admin}/settle", json={"timeout_s": 5}, timeout=_TIMEOUT_S).json()
    events = requests.get(f"{running.security_ir_admin}/events", timeout=_TIMEOUT_S).json()["events"]
    waiting = any(event["state"] == "waiting" for event in events)
    return bool(told["settled"]) and not waiting and running.plane.quiet()


def switch_servicenow(running: Running, **switches: Any) -> dict[str, Any]:
    """Set switches of the emulated instance; the values they had."""
    return _switched(f"{running.servicenow_admin}/config", switches)


def switch_security_ir(running: Running, **switches: Any) -> dict[str, Any]:
    return _switched(f"{running.security_ir_admin}/config", switches)


def _switched(url: str, switches: dict[str, Any]) -> dict[str, Any]:
    before = requests.get(url, timeout=_TIMEOUT_S).json()
    requests.patch(url, json=switches, timeout=_TIMEOUT_S).raise_for_status()
    return {name: before[name] for name in switches}


@contextmanager
def latency(running: Running, servicenow_s: float | None = None, aws_s: float | None = None) -> Iterator[None]:
    """None: as the budget has it."""
    before = switch_servicenow(running, latency_s=SERVICENOW_S if servicenow_s is None else servicenow_s)
    running.plane.faults.latency_s = AWS_S if aws_s is None else aws_s
    try:
        yield
    finally:
        running.plane.faults.latency_s = 0.0
        switch_servicenow(running, **before)


@contextmanager
def one_at_a_time(running: Running) -> Iterator[None]:
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
