"""What the worker does with its messages: one pass for what each is about."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from integration.reconcile.batch import Batch
from integration.workspaces import names as w
from integration.workspaces.messages import wake_of
from integration.workspaces.model import Phase

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from integration.aws.telemetry import Telemetry
    from integration.reconcile.audit import Outcome
    from integration.workspaces.attempt import Report
    from integration.workspaces.messages import Wake

    Run = Callable[[str, float], Outcome[Report]]

AT_ONCE = 5
"""Passes of one batch side by side: each is mostly waiting for S3."""
KEPT_S = 15.0
"""Of a function's time, for what a pass does when its own is over: manifest, claim, line."""


def handle(
    event: Mapping[str, Any],
    context: Any,
    runs: Callable[[], Mapping[str, Run]],
    wake: Callable[[Sequence[str]], None],
    telemetry: Telemetry,
    sqs: Callable[[], Any],
) -> dict[str, Any]:
    """SQS batch with partial failures. `runs`: of each kind of message, a pass for its key until a deadline."""
    return Batch(
        read=wake_of,
        run=partial(_pass, runs, wake),
        facts=lambda report: (metrics_of(report), facts_of(report)),
        tried=lambda _about, _error, _tries: None,
        telemetry=telemetry,
        sqs=sqs,
        at_once=AT_ONCE,
    ).handle(event, context)


def _pass(
    runs: Callable[[], Mapping[str, Run]],
    wake: Callable[[Sequence[str]], None],
    about: Wake,
    deadline: float,
) -> Outcome[Report]:
    """What used its time up is woken at once: the sweep would find it in a minute."""
    outcome = runs()[about.kind](about.key, deadline - KEPT_S)
    report = outcome.report
    if outcome.error is None and report.outcome == "goes on":
        wake([report.workspace])
    return outcome


def metrics_of(report: Report) -> dict[str, float]:
    metrics: dict[str, float] = {"Passes": 1, "Actions": len(report.done)}
    if report.delivered_s is not None:
        metrics |= {w.MADE: 1, w.DELIVERY: report.delivered_s}
    metrics |= {w.GONE: 1} if report.phase is Phase.GONE and "release" in report.done else {}
    metrics |= {w.FOUND: report.found} if report.found else {}
    return metrics | ({w.BLOCKED: 1} if report.blocked else {})


def facts_of(report: Report) -> dict[str, Any]:
    return {
        "pass_id": report.pass_id,
        "workspace": report.workspace,
        "phase": str(report.phase),
        "outcome": report.outcome,
        "plan": report.reasons,
        "done": report.done,
    }
