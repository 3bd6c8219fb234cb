"""What both client functions do with a batch of messages: one pass each, and a verdict for each that failed."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from integration import names as n
from integration.aws.redaction import safe_description
from integration.cases.adopting import REFUSED_ADOPTION
from integration.cases.errors import EXPECTED, CreationStopped, kind_of
from integration.cases.forced import is_marked
from integration.cases.link import CASE
from integration.cases.wake import DEAD, Malformed, verdict, wake_of
from integration.cases.watchers import WATCHERS_STAY
from integration.clients.errors import Misconfigured, Unavailable
from lambdas import waiting
from lambdas.waiting import said
from mappers.problem import MappingError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from integration.aws.telemetry import Telemetry
    from integration.cases.audit import Report
    from integration.cases.wake import Verdict
    from lambdas.wiring import Parts

TROUBLE = {
    Unavailable: n.METRIC_UNAVAILABLE,
    Misconfigured: n.METRIC_MISCONFIGURED,
    CreationStopped: n.METRIC_CREATION_STOPPED,
}


AT_ONCE = 3
"""Passes of one batch side by side: as many as may call one instance at a time. A pass is mostly waiting."""


def handle(event: dict[str, Any], context: Any, parts: Parts) -> dict[str, Any]:
    """SQS batch with partial failures: what is not named is done with.

    Messages about one record go one after the other. A container's first batch makes the parts, so it does altogether.
    """
    deadline = time.time() + context.get_remaining_time_in_millis() / 1000
    lanes: dict[str, list[dict[str, Any]]] = {}
    for record in event["Records"]:
        lanes.setdefault(_about(record), []).append(record)
    with ThreadPoolExecutor(AT_ONCE if parts.ready else 1) as beside:
        failed = [name for lane in beside.map(partial(_failed, deadline, parts), lanes.values()) for name in lane]
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}


def _about(record: dict[str, Any]) -> str:
    """The record a message is about; what cannot be read is about itself, and judged where it is handled."""
    try:
        detail = json.loads(record["body"])["detail"]
        return str(detail.get("caseId") or detail["sys_id"])
    except (ValueError, KeyError, TypeError, AttributeError):
        return str(record["messageId"])


def _failed(deadline: float, parts: Parts, lane: list[dict[str, Any]]) -> list[str]:
    with parts.telemetry.apart():
        return [record["messageId"] for record in lane if not _handled(record, deadline, parts)]


def _handled(record: dict[str, Any], deadline: float, parts: Parts) -> bool:
    """Whether the message is done with. This is the entry point's one broad `except`: it decides by type."""
    error: Exception | None = None
    report: Report | None = None
    began = time.monotonic()
    try:
        report = _pass(record, deadline, parts)
    except Exception as caught:  # noqa: BLE001 - whatever it is, it becomes a verdict and a line
        error, report = caught, _report_of(caught)
    receives = int(record["attributes"]["ApproximateReceiveCount"])
    ends = verdict(error, receives, time.time())
    facts = {"message_id": record["messageId"], "attempts": receives, "seconds": round(time.monotonic() - began, 3)}
    _tell(parts.telemetry, report, error, ends, facts)
    waiting.tell(parts, _about(record), error, receives, time.time())
    return _carried_out(ends, record, parts)


def _pass(record: dict[str, Any], deadline: float, parts: Parts) -> Report | None:
    try:
        event = json.loads(record["body"])
    except ValueError as error:
        raise Malformed("not JSON") from error
    with _made_ready():
        wake = wake_of(event, parts.rules.table, partial(_marked, parts))
        return parts.reconciler.run(wake, deadline) if wake else None


def _marked(parts: Parts, said: object, key: str) -> bool:
    return is_marked(said, key, parts.settings.client_secret, time.time())


@contextmanager
def _made_ready() -> Iterator[None]:
    """What fails while the parts are made (a parameter, the key, the mapping) concerns everything: messages wait."""
    try:
        yield
    except MappingError as error:
        raise Misconfigured("aws", "the mapping in the parameter `settings` is refused") from error


def _report_of(error: Exception) -> Report | None:
    """What was done until then."""
    report: Report | None = getattr(error, "report", None)
    return report


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


def _tell(
    telemetry: Telemetry, report: Report | None, error: Exception | None, ends: Verdict, facts: dict[str, Any]
) -> None:
    """One line per message: ids, reasons, outcome; metrics beside it."""
    metrics: dict[str, float] = {}
    facts = {"ends": ends.action, **facts}
    if report:
        metrics |= _metrics_of(report)
        facts |= _facts_of(report)
    if error is not None:
        facts |= _facts_of_error(error) | {"delay_s": ends.delay_s}
        metrics["Retries"] = 1
        metrics |= {metric: 1 for kind, metric in TROUBLE.items() if isinstance(error, kind)}
    telemetry.emit({name: float(value) for name, value in metrics.items()}, facts)


def _metrics_of(report: Report) -> dict[str, float]:
    metrics: dict[str, float] = {
        "Passes": report.runs,
        "Actions": len(report.done),
        "Echoes": report.outcome == "nothing new",
        "Conflicts": sum("both changed" in reason for reason in report.reasons),
        "Blocked": sum(done.endswith("blocked") for done in report.done),
        n.METRIC_ADOPTION_REFUSED: report.done.count(REFUSED_ADOPTION),
        n.METRIC_WATCHERS_STAY: report.done.count(WATCHERS_STAY),
        n.METRIC_SUSPENDED: report.outcome.startswith("suspended"),
    }
    return metrics | ({n.METRIC_LAG: report.lag_s * 1000} if report.lag_s is not None else {})


def _facts_of(report: Report) -> dict[str, Any]:
    """Before a link is found, the id that woke us is all there is."""
    wake = report.wake
    woken_by_case = wake.side == CASE
    return {
        "pass_id": report.pass_id,
        "case_id": report.case_id or (wake.key if woken_by_case else ""),
        "sys_id": report.sys_id or ("" if woken_by_case else wake.key),
        "woken_by": wake.side,
        "trigger": "replay" if wake.forced else "sweep" if wake.sweep else "event",
        "outcome": report.outcome,
        "plan": report.reasons,
        "done": report.done,
        "runs": report.runs,
    }


def _facts_of_error(error: Exception) -> dict[str, Any]:
    """Kind and, for our own, message; where it was raised only if nobody expected it."""
    facts = {"error": kind_of(error), "exception": said(error), "system": getattr(error, "system", "")}
    return facts if isinstance(error, EXPECTED) else facts | {"place": safe_description(error)[2]}
