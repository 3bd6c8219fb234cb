"""Handles an SQS batch: one pass per message, a verdict and one line for each.

Messages about one record go one after the other, those about different records side by side.
"""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from integration import names as n
from integration.aws.redaction import safe_description
from integration.clients.errors import Misconfigured, RemoteError, Unavailable
from integration.reconcile.audit import Outcome
from integration.reconcile.errors import EXPECTED, Braked, kind_of
from integration.reconcile.verdict import DEAD, Malformed, verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from integration.aws.telemetry import Telemetry
    from integration.reconcile.verdict import Verdict

TROUBLE = {
    Unavailable: n.METRIC_UNAVAILABLE,
    Misconfigured: n.METRIC_MISCONFIGURED,
    Braked: n.METRIC_CREATION_STOPPED,
}


class Message(Protocol):
    """What an event says; `key`: of the record it is about."""

    @property
    def key(self) -> str: ...


M = TypeVar("M", bound=Message)


@dataclass(frozen=True, slots=True)
class _Received(Generic[M]):
    """A record of the queue, and what it says; what cannot be read is about itself."""

    record: Mapping[str, Any]
    message: M | Malformed

    @property
    def message_id(self) -> str:
        return str(self.record["messageId"])

    @property
    def about(self) -> str:
        return self.message_id if isinstance(self.message, Malformed) else self.message.key


@dataclass(frozen=True, kw_only=True)
class Batch(Generic[M]):
    """What one integration does with its messages, and with what. `at_once`: passes side by side.

    `read`: what an event says, or `Malformed`. `run`: one pass for that, until the deadline (epoch seconds); None: it
    concerns nobody. `facts`: metrics and log facts of a report. `tried`: told of each try about a record, its error,
    and how many there were. `sqs`: makes the boto3 client.
    """

    read: Callable[[Mapping[str, Any]], M]
    run: Callable[[M, float], Outcome[Any] | None]
    facts: Callable[[Any], tuple[Mapping[str, float], Mapping[str, Any]]]
    tried: Callable[[str, Exception | None, int], None]
    telemetry: Telemetry
    sqs: Callable[[], Any]
    at_once: int

    def handle(self, event: Mapping[str, Any], context: Any) -> dict[str, Any]:
        """SQS batch with partial failures: what is not named is done with."""
        deadline = time.time() + context.get_remaining_time_in_millis() / 1000
        lanes: dict[str, list[_Received[M]]] = {}
        for received in map(self._read, event["Records"]):
            lanes.setdefault(received.about, []).append(received)
        with ThreadPoolExecutor(self.at_once) as beside:
            failed = [name for lane in beside.map(partial(self._failed, deadline), lanes.values()) for name in lane]
        return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}

    def _read(self, record: Mapping[str, Any]) -> _Received[M]:
        """What cannot be read is judged where it is handled."""
        try:
            return _Received(record, self.read(_event(record["body"])))
        except Malformed as malformed:
            return _Received(record, malformed)

    def _failed(self, deadline: float, lane: list[_Received[M]]) -> list[str]:
        with self.telemetry.apart():
            return [received.message_id for received in lane if not self._handled(received, deadline)]

    def _handled(self, received: _Received[M], deadline: float) -> bool:
        """Whether the message is done with. This is the entry point's one broad `except`: it decides by type."""
        began, message = time.monotonic(), received.message
        try:
            ended = Outcome(None, message) if isinstance(message, Malformed) else self.run(message, deadline)
        except Exception as caught:  # noqa: BLE001 - whatever it is, it becomes a verdict and a line
            ended = Outcome(None, caught)
        report, error = (ended.report, ended.error) if ended else (None, None)
        receives = int(received.record["attributes"]["ApproximateReceiveCount"])
        ends = verdict(error, receives, time.time())
        facts = {"message_id": received.message_id, "attempts": receives, "seconds": round(time.monotonic() - began, 3)}
        self._tell(report, error, ends, facts)
        self.tried(received.about, error, receives)
        return _carried_out(ends, received.record, self.sqs)

    def _tell(self, report: Any, error: Exception | None, ends: Verdict, facts: dict[str, Any]) -> None:
        """One line per message: ids, reasons, outcome; metrics beside it."""
        metrics: dict[str, float] = {}
        facts = {"ends": ends.action, **facts}
        if report:
            measured, known = self.facts(report)
            metrics |= measured
            facts |= known
        if error is not None:
            facts |= _facts_of_error(error) | {"delay_s": ends.delay_s}
            metrics["Retries"] = 1
            metrics |= {metric: 1 for kind, metric in TROUBLE.items() if isinstance(error, kind)}
        self.telemetry.emit({name: float(value) for name, value in metrics.items()}, facts)


def said(error: Exception) -> str:
    """Its message with the system it is about; the message of what is not ours is withheld."""
    _, message, _ = safe_description(error)
    return f"{error.system}: {message}" if isinstance(error, RemoteError) else message


def _event(body: str) -> Mapping[str, Any]:
    try:
        event = json.loads(body)
    except ValueError as error:
        raise Malformed("not JSON") from error
    if not isinstance(event, dict):
        raise Malformed("no JSON object")
    return event


def _carried_out(ends: Verdict, record: Mapping[str, Any], sqs: Callable[[], Any]) -> bool:
    if ends.action == "acknowledge":
        return True
    url = _queue_url(sqs(), record)
    if ends.action == DEAD:
        attributes = {"cause": {"DataType": "String", "StringValue": "unexpected"}}
        sqs().send_message(QueueUrl=url + n.DEAD_SUFFIX, MessageBody=record["body"], MessageAttributes=attributes)
        return True
    sqs().change_message_visibility(QueueUrl=url, ReceiptHandle=record["receiptHandle"], VisibilityTimeout=ends.delay_s)
    return False


def _queue_url(sqs: Any, record: Mapping[str, Any]) -> str:
    account, queue = record["eventSourceARN"].split(":")[4:6]
    endpoint = sqs.meta.endpoint_url.rstrip("/")
    return f"{endpoint}/{account}/{queue}"


def _facts_of_error(error: Exception) -> dict[str, Any]:
    """Kind and, for our own, message; where it was raised only if nobody expected it."""
    facts = {"error": kind_of(error), "exception": said(error), "system": getattr(error, "system", "")}
    return facts if isinstance(error, EXPECTED) else facts | {"place": safe_description(error)[2]}
