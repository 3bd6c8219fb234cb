"""What both client functions do with a message: one pass for the case or incident it is about."""

from __future__ import annotations

import time
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from integration import names as n
from integration.cases.adopting import REFUSED_ADOPTION
from integration.cases.forced import is_marked
from integration.cases.link import CASE
from integration.cases.plan.watchers import WATCHERS_STAY
from integration.cases.wake import message_of
from integration.clients.errors import Misconfigured
from integration.reconcile import waiting
from integration.reconcile.batch import Batch
from mappers.problem import MappingError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from integration.cases.audit import Report
    from integration.cases.wake import Message
    from integration.cases.wiring import Parts
    from integration.reconcile.audit import Outcome

AT_ONCE = 3
"""Passes of one batch side by side: as many as may call one instance at a time. A pass is mostly waiting."""


def handle(event: dict[str, Any], context: Any, parts: Parts) -> dict[str, Any]:
    """SQS batch with partial failures. A container's first batch makes the parts, so it does one after the other."""
    return Batch(
        read=message_of,
        run=partial(_pass, parts),
        facts=lambda report: (_metrics_of(report), _facts_of(report)),
        tried=lambda record, error, tries: waiting.tell(parts.table, record, error, tries, time.time()),
        telemetry=parts.runtime.telemetry,
        sqs=lambda: parts.runtime.client("sqs"),
        at_once=AT_ONCE if parts.ready else 1,
    ).handle(event, context)


def _pass(parts: Parts, message: Message, deadline: float) -> Outcome[Report] | None:
    with _made_ready():
        wake = message.wake_for(parts.rules.table, partial(_marked, parts))
        return parts.reconciler.run(wake, deadline) if wake else None


def _marked(parts: Parts, said: object, key: str) -> bool:
    return is_marked(said, key, parts.connection.settings.client_secret, time.time())


@contextmanager
def _made_ready() -> Iterator[None]:
    """What fails while the parts are made (a parameter, the key, the mapping) concerns everything: messages wait."""
    try:
        yield
    except MappingError as error:
        raise Misconfigured("aws", "the mapping in the parameter `settings` is refused") from error


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
