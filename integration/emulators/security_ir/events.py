"""Native events: what the service would put on the default bus, recorded, disturbed by faults, and sent.

Sending is the business of jobs.py; this is the book of what is due when.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

if TYPE_CHECKING:
    import random

    from integration.emulators.kit.faults import Faults

    from .faults import Fault
    from .records import Case

SOURCE = "aws.security-ir"
_ACTOR = {
    "Case Created": "createdBy",
    "Case Updated": "updatedBy",
    "Case Comment Added": "createdBy",
    "Case Comment Updated": "updatedBy",
}
"""Member of `detail` that holds the actor; Case Closed has none. Source: EventBridge's events-ref-security-ir."""


@dataclass(slots=True, eq=False)
class Outgoing:
    """One event on its way: recorded (no bus is set), waiting, sent, or lost."""

    event: dict[str, Any]
    due: float
    state: str
    attempts: int = 0
    fault: str = ""

    @property
    def as_json(self) -> dict[str, Any]:
        return {
            "event": self.event,
            "state": self.state,
            "attempts": self.attempts,
            "fault": self.fault,
            "due": self.due,
        }

    @property
    def entry(self) -> dict[str, Any]:
        """The entry of PutEvents; id, account and region are the bus's to set."""
        return {
            "Source": self.event["source"],
            "DetailType": self.event["detail-type"],
            "Detail": json.dumps(self.event["detail"]),
            "Resources": self.event["resources"],
            "Time": datetime.fromisoformat(self.event["time"]),
        }


@dataclass(slots=True)
class Outbox:
    """Events in order of emission. `sending` is False where no bus is set: then they are only recorded."""

    account: str
    region: str
    faults: Faults[Fault]
    rng: random.Random
    sending: bool = False
    events: list[Outgoing] = field(default_factory=list)

    def emit(self, detail_type: str, case: Case, actor: str, now: float, delay_s: float) -> None:
        due = now + delay_s
        rule = self.faults.take(event=detail_type)
        kind = rule.kind if rule else ""
        state = "lost" if kind == "lost" else "waiting" if self.sending else "recorded"
        for _ in range(2 if kind == "doubled" else 1):
            event = self._event(detail_type, case, actor, now)
            self.events.append(Outgoing(event, due, state, fault=kind))
        if rule and kind in {"late", "disordered"}:
            self.events[-1].due = due + rule.delay_s
        elif kind != "lost":
            self._let_overtaken_follow(due)

    def _let_overtaken_follow(self, due: float) -> None:
        """A disordered event waits for one to overtake it (or for its delay), and then follows at once."""
        for held in [each for each in self.events if each.fault == "disordered" and each.due > due]:
            held.due = due
            self.events.remove(held)
            self.events.append(held)

    def due(self, now: float) -> list[Outgoing]:
        waiting = [each for each in self.events if each.state == "waiting" and each.due <= now]
        return sorted(waiting, key=lambda each: each.due)

    @property
    def waiting(self) -> bool:
        return any(each.state == "waiting" for each in self.events)

    def _event(self, detail_type: str, case: Case, actor: str, now: float) -> dict[str, Any]:
        detail = {"caseId": case.case_id}
        if detail_type in _ACTOR:
            detail[_ACTOR[detail_type]] = actor
        return {
            "version": "0",
            "id": str(UUID(int=self.rng.getrandbits(128), version=4)),
            "detail-type": detail_type,
            "source": SOURCE,
            "account": self.account,
            "time": datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "region": self.region,
            "resources": [case.arn],
            "detail": detail,
        }
