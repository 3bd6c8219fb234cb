"""Handles an SQS batch: one pass per message, a verdict and one line for each.

Messages about one record go one after the other, those about different records side by side.
"""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

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


@dataclass(frozen=True, kw_only=True)
class Batch:
    """What one integration does with its messages, and with what. `at_once`: passes side by side.

    `about`: the record an event is about. `run`: one pass for an event, until the deadline (epoch seconds); None: it
    concerns nobody. `facts`: metrics and log facts of a report. `tried`: told of each try about a record, its error,
    and how many there were. `sqs`: makes the boto3 client.
    """

    about: Callable[[Mapping[str, Any]], str]
    run: Callable[[Mapping[str, Any], float], Outcome[Any] | None]
    facts: Callable[[Any], tuple[Mapping[str, float], Mapping[str, Any]]]
    tried: Callable[[str, Exception | None, int], None]
    telemetry: Telemetry
    sqs: Callable[[], Any]
    at_once: int

    def handle(self, event: Mapping[str, Any], context: Any) -> dict[str, Any]:
        """SQS batch with partial failures: what is not named is done with."""
        deadline = time.time() + context.get_remaining_time_in_millis() / 1000
        lanes: dict[str, list[dict[str, Any]]] = {}
        for record in event["Records"]:
            lanes.setdefault(self._about(record), []).append(record)
        with ThreadPoolExecutor(self.at_once) as beside:
            failed = [
                name for lane in beside.map(partial(self._failed, deadline), lanes, lanes.values()) for name in lane
            ]
        return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}

    def _about(self, record: dict[str, Any]) -> str:
        """What cannot be read is about itself, and judged where it is handled."""
        try:
            return self.about(json.loads(record["body"]))
        except (ValueError, KeyError, TypeError, AttributeError):
            return str(record["messageId"])

    def _failed(self, deadline: float, about: str, lane: list[dict[str, Any]]) -> list[str]:
        with self.telemetry.apart():
            return [record["messageId"] for record in lane if not self._handled(about, record, deadline)]

    def _handled(self, about: str, record: dict[str, Any], deadline: float) -> bool:
        """Whether the message is done with. This is the entry point's one broad `except`: it decides by type."""
        began = time.monotonic()
        try:
            ended = self.run(_event(record), deadline)
        except Exception as caught:  # noqa: BLE001 - whatever it is, it becomes a verdict and a line
            ended = Outcome(None, caught)
        report, error = (ended.report, ended.error) if ended else (None, None)
        receives = int(record["attributes"]["ApproximateReceiveCount"])
        ends = verdict(error, receives, time.time())
        facts = {"message_id": record["messageId"], "attempts": receives, "seconds": round(time.monotonic() - began, 3)}
        self._tell(report, error, ends, facts)
        self.tried(about, error, receives)
        return _carried_out(ends, record, self.sqs)

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


def _event(record: Mapping[str, Any]) -> Mapping[str, Any]:
    try:
        event: Mapping[str, Any] = json.loads(record["body"])
    except ValueError as error:
        raise Malformed("not JSON") from error
    return event


def _carried_out(ends: Verdict, record: dict[str, Any], sqs: Callable[[], Any]) -> bool:
    if ends.action == "acknowledge":
        return True
    url = _queue_url(sqs(), record)
    if ends.action == DEAD:
        attributes = {"cause": {"DataType": "String", "StringValue": "unexpected"}}
        sqs().send_message(QueueUrl=url + n.DEAD_SUFFIX, MessageBody=record["body"], MessageAttributes=attributes)
        return True
    sqs().change_message_visibility(QueueUrl=url, ReceiptHandle=record["receiptHandle"], VisibilityTimeout=ends.delay_s)
    return False


def _queue_url(sqs: Any, record: dict[str, Any]) -> str:
    account, queue = record["eventSourceARN"].split(":")[4:6]
    endpoint = sqs.meta.endpoint_url.rstrip("/")
    return f"{endpoint}/{account}/{queue}"


def _facts_of_error(error: Exception) -> dict[str, Any]:
    """Kind and, for our own, message; where it was raised only if nobody expected it."""
    facts = {"error": kind_of(error), "exception": said(error), "system": getattr(error, "system", "")}
    return facts if isinstance(error, EXPECTED) else facts | {"place": safe_description(error)[2]}
