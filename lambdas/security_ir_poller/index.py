"""The poller, on a schedule: publishes what changed on either side and what is due."""

from __future__ import annotations

from functools import cache
from typing import Any

from integration import names as n
from integration.cases.declaration import CASES
from integration.cases.wiring import Parts
from integration.clients.errors import Misconfigured, Unavailable
from integration.connection.runtime import runtime
from integration.connection.wiring import Connection
from integration.reconcile.errors import kind_of
from integration.registry import foreign_marks


def handler(event: dict[str, Any], context: Any) -> dict[str, int]:  # noqa: ARG001 - the schedule says nothing
    """Raises what could not be read, after the rest was published, so that the error alarm sees it."""
    here = runtime("security_ir_poller", CASES)
    polled = _parts().poll.run()
    metrics = {"Polls": 1.0}
    if polled.heard and here.environment.get(n.ENV_SETUP) != "none":
        metrics[n.METRIC_FOUND_BY_POLL] = float(polled.heard)
    for error in polled.errors:
        if isinstance(error, (Unavailable, Misconfigured)):
            name = n.METRIC_UNAVAILABLE if isinstance(error, Unavailable) else n.METRIC_MISCONFIGURED
            metrics[name] = metrics.get(name, 0) + 1
    counts = {**polled.found, **{name: getattr(polled, name) for name in ("due", "again", "listed")}}
    here.telemetry.emit(metrics, counts | {"errors": [kind_of(error) for error in polled.errors]})
    if polled.errors:
        raise polled.errors[0]
    return counts


@cache
def _parts() -> Parts:
    return Parts(Connection(runtime("security_ir_poller", CASES), foreign_marks(CASES.key)))
