"""Faults that a person can switch on in the local system, each with its way back."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from integration.aws_plane.faults import Effect, Fault
from integration.operations.console.snapshot import Switch
from integration.operations.console.source import Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from integration.operations.console.emulator_client import EmulatorClient
    from integration.operations.local.system import LocalSystem

SLOW_S = 3.0


@dataclass(frozen=True)
class Break:
    """`breaks` and `heals` say what follows, to the person who turned it."""

    key: str
    title: str
    explains: str
    node: str
    breaks: str
    heals: str
    once: bool = False


BREAKS = (
    Break(
        "servicenow_down", "ServiceNow down", "Answers every call with its hibernation page.", "incidents",
        "Events for ServiceNow now wait in their queues.",
        "Waiting events come back by themselves, at the latest after 10 minutes; “Try now” brings them at once.",
    ),
    Break(
        "servicenow_slow", "ServiceNow slow", f"Takes {SLOW_S:.0f} seconds longer for every call.", "incidents",
        "Watch the lag grow; nothing is lost or doubled.", "ServiceNow is fast again.",
    ),
    Break(
        "webhooks_lost", "Webhooks lost", "Business rules call, and nobody hears it.", "webhook",
        "Changes in ServiceNow are now found by the poller, within a minute.", "Webhooks arrive again.",
    ),
    Break(
        "security_ir_down", "Security IR down", "Answers every call with an error page (503).", "cases",
        "Events now wait in their queues.",
        "Waiting events come back by themselves, at the latest after 10 minutes; “Try now” brings them at once.",
    ),
    Break(
        "events_lost", "AWS events lost", "Native events never reach the bus.", "cases",
        "Changes on AWS are now found by the poller, within a minute.", "Native events arrive again.",
    ),
    Break(
        "cases_paused", "Pause to ServiceNow", "Nobody takes from the queue of case events.", "cases_queue",
        "Case events now pile up in their queue.", "The queue is worked off.",
    ),
    Break(
        "incidents_paused", "Pause to AWS", "Nobody takes from the queue of incident events.",
        "incidents_queue", "Incident events now pile up in their queue.", "The queue is worked off.",
    ),
    Break(
        "servicenow_client_crash", "Crash to ServiceNow",
        "The ServiceNow client dies in the middle of its next pass that writes.",
        "servicenow_client",
        "The next pass that writes dies in the middle. Its claim ends within four minutes; "
        "then the next pass sees what was done and writes nothing twice.",
        "No crash is waiting any more.", once=True,
    ),
    Break(
        "security_ir_client_crash", "Crash to AWS",
        "The Security IR client dies in the middle of its next pass that writes.",
        "security_ir_client",
        "The next pass that writes dies in the middle. Its claim ends within four minutes; "
        "then the next pass sees what was done and writes nothing twice.",
        "No crash is waiting any more.", once=True,
    ),
)  # fmt: skip
AWS_RULES: Mapping[str, Mapping[str, Any]] = {
    "security_ir_down": {"operation": "*", "kind": "html", "times": None},
    "events_lost": {"event": "*", "kind": "lost", "times": None},
}


class FaultSwitches:
    """Remembers what it broke; what others set through the admin routes is left as it is where that is possible."""

    def __init__(self, running: LocalSystem, emulators: EmulatorClient) -> None:
        self._running, self._emulators = running, emulators
        self._on: set[str] = set()
        self._crashes: dict[str, int] = {}
        self._lock = threading.Lock()
        self._turns: dict[str, Callable[[str, bool], None]] = {
            "servicenow_down": self._servicenow_down,
            "servicenow_slow": self._servicenow_slow,
            "webhooks_lost": self._webhooks_lost,
            "security_ir_down": self._aws_rules,
            "events_lost": self._aws_rules,
            "cases_paused": self._pause,
            "incidents_paused": self._pause,
            "servicenow_client_crash": self._crash,
            "security_ir_client_crash": self._crash,
        }

    def switches(self) -> Sequence[Switch]:
        on = self._on_now()
        return [Switch(b.key, b.title, b.explains, b.node, b.key in on, b.once) for b in BREAKS]

    def turn(self, key: str, *, on: bool) -> str:
        found = next((each for each in BREAKS if each.key == key), None)
        if found is None:
            raise Refused(f"There is no switch {key}.")
        with self._lock:
            (self._on.add if on else self._on.discard)(key)
            self._turns[key](key, on)
        return found.breaks if on else found.heals

    def _on_now(self) -> set[str]:
        """A crash that has happened is over."""
        waiting = self._running.plane.faults.active()
        with self._lock:
            self._crashes = {key: number for key, number in self._crashes.items() if number in waiting}
            return {key for key in self._on if key not in CRASHES or key in self._crashes}

    def _servicenow_down(self, _: str, on: bool) -> None:
        self._emulators.servicenow.send("DELETE", "faults")
        if on:
            self._emulators.servicenow.send("POST", "faults", json={"kind": "hibernation", "times": None})

    def _servicenow_slow(self, _: str, on: bool) -> None:
        self._emulators.servicenow.send("PATCH", "config", json={"latency_s": SLOW_S if on else 0.0})

    def _webhooks_lost(self, _: str, on: bool) -> None:
        self._emulators.servicenow.send("DELETE", "webhook-faults")
        if on:
            self._emulators.servicenow.send("POST", "webhook-faults", json={"kind": "lost", "times": None})

    def _aws_rules(self, _: str, on: bool) -> None:  # noqa: ARG002 - all rules are set anew, whichever changed
        self._emulators.security_ir.send("DELETE", "faults")
        for key in sorted(self._on & AWS_RULES.keys()):
            self._emulators.security_ir.send("POST", "faults", json=AWS_RULES[key])

    def _pause(self, key: str, on: bool) -> None:
        names = self._running.names
        poller = self._running.plane.poller(names.cases_queue if key == "cases_paused" else names.incidents_queue)
        poller.paused = on
        poller.stir()

    def _crash(self, key: str, on: bool) -> None:
        """Right before the record, which is the transaction; what announces a write is a single update."""
        faults, names = self._running.plane.faults, self._running.names
        if key in self._crashes:
            faults.remove(self._crashes.pop(key))
        if on:
            function = names.servicenow_client if key.startswith("servicenow") else names.security_ir_client
            crash = Fault("dynamodb:TransactWriteItems", Effect.KILL_BEFORE, function)
            self._crashes[key] = faults.add(crash)


CRASHES = frozenset(each.key for each in BREAKS if each.once)
