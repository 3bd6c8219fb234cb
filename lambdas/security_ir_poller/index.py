"""The scheduled look: publishes what changed on either side and what is due."""

from __future__ import annotations

import os
from typing import Any

from integration import names as n
from integration.cases.wiring import parts
from integration.clients.errors import Misconfigured, Unavailable
from integration.reconcile.errors import kind_of


def handler(event: dict[str, Any], context: Any) -> dict[str, int]:  # noqa: ARG001 - the schedule says nothing
    """Raises what could not be read, after the rest was published, so that the error alarm sees it."""
    made = parts("security_ir_poller")
    polled = made.poll.run()
    metrics = {"Polls": 1.0}
    if polled.told and os.environ.get(n.ENV_SETUP) != "none":
        metrics[n.METRIC_FOUND_BY_POLL] = float(polled.told)
    for error in polled.errors:
        if isinstance(error, (Unavailable, Misconfigured)):
            name = n.METRIC_UNAVAILABLE if isinstance(error, Unavailable) else n.METRIC_MISCONFIGURED
            metrics[name] = metrics.get(name, 0) + 1
    counts = {name: getattr(polled, name) for name in ("cases", "incidents", "due", "again", "listed")}
    made.telemetry.emit(metrics, counts | {"errors": [kind_of(error) for error in polled.errors]})
    if polled.errors:
        raise polled.errors[0]
    return counts
