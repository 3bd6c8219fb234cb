"""What both client functions do with a batch of messages: one pass each, and a verdict for each that failed."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from integration import names as n
from integration.case_sync.errors import CreationStopped, Fenced, Later, Misconfigured, Unavailable
from integration.case_sync.intake import DEAD, Malformed, verdict, wake_of
from integration.case_sync.reconciler import Report

if TYPE_CHECKING:
    from integration.aws.telemetry import Telemetry
    from integration.case_sync.intake import Verdict
    from lambdas.wiring import Parts

TROUBLE = {
    Unavailable: n.METRIC_UNAVAILABLE,
    Misconfigured: n.METRIC_MISCONFIGURED,
    CreationStopped: n.METRIC_CREATION_STOPPED,
}


def handle(event: dict[str, Any], context: Any, parts: Parts) -> dict[str, Any]:
    """SQS batch with partial failures: what is not named is done with."""
    deadline = time.time() + context.get_remaining_time_in_millis() / 1000
    failed = [record["messageId"] for record in event["Records"] if not _handled(record, deadline, parts)]
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}


def _handled(record: dict[str, Any], deadline: float, parts: Parts) -> bool:
    """Whether the message is done with. This is the entry point's one broad `except`: it decides by type."""
    error: Exception | None = None
    report: Report | None = None
    try:
        report = _pass(record, deadline, parts)
    except Exception as caught:  # noqa: BLE001 - whatever it is, it becomes a verdict and a line
        error, report = caught, getattr(caught, "report", None)
    receives = int(record["attributes"]["ApproximateReceiveCount"])
    ends = verdict(error, receives, time.time())
    _tell(parts.telemetry, report, error, ends)
    if error is not None and not isinstance(error, (Later, Fenced)) and report is None:
        parts.telemetry.log.error("message failed", exc_info=error)
    return _carried_out(ends, record, parts)


def _pass(record: dict[str, Any], deadline: float, parts: Parts) -> Report | None:
    try:
        event = json.loads(record["body"])
    except ValueError as error:
        raise Malformed("not JSON") from error
    wake = wake_of(event, parts.rules.table)
    return parts.reconciler.run(wake, deadline) if wake else None


def _carried_out(ends: Verdict, record: dict[str, Any], parts: Parts) -> bool:
    if ends.action == "acknowledge":
        return True
    sqs, url = parts.client("sqs"), _queue_url(parts, record)
    if ends.action == DEAD:
        attributes = {"cause": {"DataType": "String", "StringValue": "unexpected"}}
        sqs.send_message(QueueUrl=url + n.DEAD_SUFFIX, MessageBody=record["body"], MessageAttributes=attributes)
        return True
    sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=record["receiptHandle"], VisibilityTimeout=ends.delay_s)
    return False


def _queue_url(parts: Parts, record: dict[str, Any]) -> str:
    account, queue = record["eventSourceARN"].split(":")[4:6]
    endpoint = parts.client("sqs").meta.endpoint_url.rstrip("/")
    return f"{endpoint}/{account}/{queue}"


def _tell(telemetry: Telemetry, report: Report | None, error: Exception | None, ends: Verdict) -> None:
    """One line per message: ids, reasons, outcome; metrics beside it."""
    metrics: dict[str, float] = {}
    facts: dict[str, Any] = {"ends": ends.action}
    if report:
        metrics |= {"Passes": report.runs, "Actions": len(report.done), "Echoes": report.outcome == "nothing new"}
        metrics["Conflicts"] = sum("both changed" in reason for reason in report.reasons)
        metrics["Blocked"] = sum(done.endswith("blocked") for done in report.done)
        metrics[n.METRIC_SUSPENDED] = report.outcome.startswith("suspended")
        if report.lag_s is not None:
            metrics[n.METRIC_LAG] = report.lag_s * 1000
        facts |= {
            "pass_id": report.pass_id, "case_id": report.case_id, "sys_id": report.sys_id, "woken_by": report.wake.side,
            "outcome": report.outcome, "plan": report.reasons, "done": report.done, "runs": report.runs,
        }  # fmt: skip
    if error is not None:
        facts |= {"error": type(error).__name__, "delay_s": ends.delay_s}
        metrics["Retries"] = 1
        metrics |= {metric: 1 for kind, metric in TROUBLE.items() if isinstance(error, kind)}
    telemetry.emit({name: float(value) for name, value in metrics.items()}, facts)
