"""Orders whose news was lost: every five minutes a look at the request items themselves.

The instance tells of an item once and does not repeat it, whatever answers. What stands in the table is woken by the
sweep; what does not is found here, and so is an approval that was taken back after the delivery.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from integration.clients.errors import Misconfigured
from integration.clients.servicenow.errors import SYSTEM
from integration.reconcile.audit import Outcome
from integration.workspaces.attempt import Report
from integration.workspaces.model import DAY_S, Phase, Standing
from integration.workspaces.ordering import TAKEN_BACK, class_lives_on

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from integration.workspaces.model import OrderRow, Row
    from integration.workspaces.ports import Orders, Records

MINUTE_S, EVERY = 60, 5
"""A look each so many minutes."""
ON_ITS_WAY_S = 120.0
"""So long after a change its news may be on its way, or wait for its turn."""
REACH_S = 7 * DAY_S
"""So far back it is looked for what was taken back; what is approved and open counts however old it is."""


@dataclass(frozen=True)
class Unheard:
    """`wake`: sends passes on these request items."""

    orders: Orders
    records: Records
    wake: Callable[[Sequence[str]], None]
    clock: Callable[[], float]

    def run(self, minute: str, _deadline: float) -> Outcome[Report]:
        """A look that was asked for in this minute (of the epoch); one that comes late is left to the next.

        Raises `Misconfigured` where items are hidden, once those that are shown are woken.
        """
        now = self.clock()
        if now >= (int(minute) + EVERY) * MINUTE_S:
            return Outcome(Report(outcome="too late"))
        listed = self.orders.listed(now - REACH_S, now - ON_ITS_WAY_S)
        known = self.records.orders(listed.stands)
        rows = self.records.many(row.workspace for row in known.values() if row.first)
        lost = [key for key, stands in listed.stands.items() if is_lost(stands, known.get(key), rows)]
        self.wake(lost)
        if listed.hidden:
            raise Misconfigured(SYSTEM, f"{listed.hidden} request items of workspaces are counted and not shown")
        return Outcome(Report(outcome="looked", found=len(lost)))


def is_lost(stands: Standing, known: OrderRow | None, rows: Mapping[str, Row]) -> bool:
    """Whether nobody will look at an item that stands so. `rows`: of the workspaces that were made for an order."""
    if stands is Standing.APPROVED:
        return known is None or not (known.done or known.first or known.owner or known.due)
    if known is None or stands not in TAKEN_BACK:
        return False
    row = rows.get(known.workspace) if known.first else None
    return class_lives_on(known, stands) or bool(row and row.phase is Phase.READY and row.delivered and not row.ended)
