"""What becomes of a batch's messages: a pass, a verdict and a line for each; shown by orders, which are no case."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from integration.aws.telemetry import Telemetry
from integration.clients.errors import Unavailable
from integration.reconcile.audit import Outcome, Report
from integration.reconcile.batch import Batch
from integration.reconcile.verdict import Malformed


@dataclass(frozen=True)
class Said:
    key: str
    what: str


@dataclass
class Queue:
    """A queue's function: how each order's pass ends, by order; what was done with its messages."""

    ends: dict[str, Any] = field(default_factory=dict)
    ran: list[tuple[str, str]] = field(default_factory=list)
    tried: list[tuple[str, str]] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)
    stream: io.StringIO = field(default_factory=io.StringIO)
    reads: int = 0

    def read(self, event: dict[str, Any]) -> Said:
        self.reads += 1
        if "order" not in event:
            raise Malformed("no order")
        return Said(event["order"], event.get("what", ""))

    def run(self, said: Said, _deadline: float) -> Outcome[Report] | None:
        self.ran.append((said.key, said.what))
        end = self.ends.get(said.key)
        if isinstance(end, BaseException):
            raise end
        return end

    def send_message(self, **message: Any) -> None:
        self.sent.append(message["QueueUrl"].rpartition("/")[2])

    def change_message_visibility(self, **_: Any) -> None:
        self.sent.append("later")

    @property
    def meta(self) -> SimpleNamespace:
        return SimpleNamespace(endpoint_url="https://sqs.example")

    def handle(self, *bodies: str) -> list[str]:
        """The ids of those that are not done with."""
        records = [
            {
                "messageId": f"m{number}", "receiptHandle": "r", "body": body,
                "attributes": {"ApproximateReceiveCount": "1"}, "eventSourceARN": "arn:aws:sqs:us-east-1:1:orders",
            } for number, body in enumerate(bodies)
        ]  # fmt: skip
        batch = Batch(
            read=self.read, run=self.run, facts=lambda report: ({}, {"outcome": report.outcome}),
            tried=lambda about, error, _: self.tried.append((about, type(error).__name__)),
            telemetry=Telemetry(f"orders{id(self)}", "toys", "error", self.stream), sqs=lambda: self, at_once=1,
        )  # fmt: skip
        context = SimpleNamespace(get_remaining_time_in_millis=lambda: 180_000)
        return [each["itemIdentifier"] for each in batch.handle({"Records": records}, context)["batchItemFailures"]]

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.stream.getvalue().splitlines()]


def order(number: str, what: str = "") -> str:
    return json.dumps({"order": number, "what": what})


def test_messages_about_one_order_go_one_after_the_other() -> None:
    queue = Queue()
    assert queue.handle(order("1", "a"), order("2", "b"), order("1", "c")) == []
    assert queue.ran == [("1", "a"), ("1", "c"), ("2", "b")]


def test_a_message_is_read_once_whatever_its_pass_meets() -> None:
    queue = Queue(ends={"1": Outcome(Report(outcome="half"), Unavailable("shop", "closed")), "2": None})
    queue.handle(order("1"), order("2"), order("1"), "{}")
    assert queue.reads == 4


@pytest.mark.parametrize("body", ["{", "[]", "{}", '"x"', "null"])
def test_what_cannot_be_read_is_dead_at_once_and_holds_up_nobody(body: str) -> None:
    queue = Queue()
    assert queue.handle(body, order("1")) == []
    assert (queue.sent, queue.ran, queue.tried[0]) == (["orders-dead"], [("1", "")], ("m0", "Malformed"))


def test_what_was_done_before_an_error_stands_in_its_line() -> None:
    """And the message comes back; an order that concerns nobody is done with."""
    met = Unavailable("shop", "closed")
    queue = Queue(ends={"1": Outcome(Report(outcome="half"), met), "2": Outcome(Report(outcome="whole")), "3": None})
    assert queue.handle(order("1"), order("2"), order("3")) == ["m0"]
    assert [(line.get("outcome"), line.get("error"), line["ends"]) for line in queue.lines] == [
        ("half", "Unavailable", "wait"), ("whole", None, "acknowledge"), (None, None, "acknowledge"),
    ]  # fmt: skip


def test_what_fails_before_a_pass_is_judged_like_what_a_pass_met() -> None:
    queue = Queue(ends={"1": Unavailable("aws", "no parameters")})
    assert queue.handle(order("1")) == ["m0"]
    assert (queue.sent, queue.lines[0]["error"]) == (["later"], "Unavailable")
