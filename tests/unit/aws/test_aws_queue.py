"""Messages go to a queue with a delay; what it did not take is sent again or told."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import pytest

from integration.aws.bus import Event
from integration.aws.queue import Queue
from integration.cases.wake import message_of
from integration.clients.errors import Unavailable

EVENT = Event("service-now", "IncidentUpdated", {"sys_id": "a" * 32, "table": "incident", "sweep": True})


@dataclass
class Sqs:
    """Refuses the first so many entries."""

    refuses: int = 0
    taken: list[dict[str, Any]] = field(default_factory=list)
    calls: int = 0

    def send_message_batch(self, **asked: Any) -> dict[str, Any]:
        self.calls += 1
        refused, taken = asked["Entries"][: self.refuses], asked["Entries"][self.refuses :]
        self.refuses -= len(refused)
        self.taken += taken
        return {"Failed": [{"Id": entry["Id"], "SenderFault": False} for entry in refused]}


def test_a_message_reads_as_an_event_of_the_bus_and_carries_its_delay() -> None:
    """So the functions need not know which way it came."""
    sqs = Sqs()
    Queue(sqs, "https://sqs/1/queue", lambda: 1_700_000_000.0).send([(EVENT, 90)])
    (entry,) = sqs.taken
    wake = message_of(json.loads(entry["MessageBody"])).wake_for("incident")
    assert wake is not None
    assert (wake.key, wake.sweep, wake.sent, entry["DelaySeconds"]) == ("a" * 32, True, 1_700_000_090.0, 90)


def test_what_the_queue_did_not_take_is_sent_again() -> None:
    sqs = Sqs(refuses=3)
    Queue(sqs, "https://sqs/1/queue").send([(EVENT, number) for number in range(25)])
    assert sorted(entry["DelaySeconds"] for entry in sqs.taken) == list(range(25))
    assert sqs.calls == 4


def test_a_queue_that_takes_nothing_is_told() -> None:
    with pytest.raises(Unavailable):
        Queue(Sqs(refuses=10), "https://sqs/1/queue").send([(EVENT, 0)])
