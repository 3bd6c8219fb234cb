"""Records when the instance last sent an event, for `status`, and when the record of `check` was heard of.

Rows `Heard`/`event` and `Heard`/`probe` of the table. A row that cannot be written holds up no event.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from integration import names as n
from integration.clients.errors import RemoteError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from integration.aws.table import Table
    from integration.aws.telemetry import Telemetry

EVERY_S = 60
"""A container writes the moment of ordinary events at most so often."""


class Memory:
    """`at` in the rows is epoch seconds of our clock."""

    def __init__(self, table: Table, telemetry: Telemetry, clock: Callable[[], float] = time.time) -> None:
        self._table, self._telemetry, self._clock = table, telemetry, clock
        self._written_at = float("-inf")

    def event(self) -> None:
        now = self._clock()
        if now - self._written_at >= EVERY_S:
            self._written_at = now
            self._put(n.HEARD_EVENT, {})

    def probe(self, detail: Mapping[str, Any], *, foreign: bool) -> None:
        """`foreign`: the instance calls itself otherwise than the deployment expects, so its events are ignored."""
        ids = {key: detail[key] for key in ("sys_id", "sys_mod_count", "instance_name") if key in detail}
        self._put(n.HEARD_PROBE, {**ids, "foreign": foreign})

    def _put(self, kind: str, what: Mapping[str, Any]) -> None:
        try:
            self._table.put({"PK": n.HEARD, "SK": kind, "at": self._clock(), **what})
        except RemoteError:
            self._telemetry.log.exception("the moment of an event is not stored")
