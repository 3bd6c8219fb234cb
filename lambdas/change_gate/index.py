"""The gate: woken by its queue; what else calls it, the schedule, asks for a sweep."""

from __future__ import annotations

import time
from functools import cache
from typing import TYPE_CHECKING, Any

from integration.changes.declaration import CHANGES
from integration.changes.gate.messages import wake_of
from integration.changes.gate.names import WAITED
from integration.changes.gate.wiring import Parts
from integration.connection.runtime import runtime
from integration.connection.wiring import Connection
from integration.reconcile.batch import Batch

if TYPE_CHECKING:
    from collections.abc import Mapping

    from integration.changes.gate.gate import Report
    from integration.changes.gate.messages import Wake
    from integration.reconcile.audit import Outcome

HERE = runtime("change_gate", CHANGES)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """SQS event source with partial batch failures, or a sweep and what it found."""
    if "Records" not in event:
        return _swept()
    return Batch(
        read=lambda body: wake_of(body, time.time()),
        run=_run,
        facts=_facts,
        tried=lambda _about, _error, _tries: None,
        telemetry=HERE.telemetry,
        sqs=lambda: HERE.client("sqs"),
        at_once=1,
    ).handle(event, context)


def _run(wake: Wake, deadline: float) -> Outcome[Report] | None:
    gate = _parts().gate
    if wake.vouched:
        wake.check(_parts().secrets.token)
    if wake.ask:
        return gate.asked(wake.ask, deadline)
    return gate.changed(wake.sys_id, deadline) if wake.sys_id else gate.due(wake.due, deadline)


def _facts(report: Report) -> tuple[Mapping[str, float], Mapping[str, Any]]:
    metrics = {name: float(count) for name, count in report.counts.items() if count}
    return metrics, {"sys_id": report.sys_id, "done": report.done}


def _swept() -> dict[str, int]:
    swept = _parts().sweep.run()
    found = {"due": swept.due, "woken": swept.woken, "looked": swept.looked}
    HERE.telemetry.emit({WAITED: swept.longest_s} if swept.due else {}, found)
    return found


@cache
def _parts() -> Parts:
    return Parts(Connection(HERE))
