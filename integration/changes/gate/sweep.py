"""What no event told: once a minute one query for what is due, once a quarter of an hour one look at all that wait.

A hundred changes are read in one call; whose moment came, or who changed, gets a message of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from integration.aws.bus import Event
from integration.changes.gate import verdict
from integration.changes.gate.names import CHANGES_TABLE, DUE
from integration.clients.servicenow.query import Query
from integration.clients.servicenow.timestamp import from_timestamp
from integration.names import SOURCE_INCIDENTS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from integration.aws.queue import Queue
    from integration.changes.gate.rows import Held, Rows
    from integration.clients.servicenow.table import Table

READ_MOST = 100
RESENT_S = 300.0
"""A message that got lost is sent again so late."""


@dataclass(frozen=True, slots=True)
class Swept:
    due: int
    woken: int
    looked: int
    longest_s: float


@dataclass(frozen=True)
class Sweep:
    rows: Rows
    instance: Callable[[], Table]
    queue: Queue
    clock: Callable[[], float]

    def run(self) -> Swept:
        """Messages first: a row that was not postponed is found again in a minute."""
        now = self.clock()
        due = self.rows.due(now)
        waiting = [each for each in due if each.sys_id and each.next > now]
        shown = self._shown(waiting)
        woken = [each for each in due if each not in waiting or shown.get(each.sys_id) != each.updated]
        self.queue.send([(Event(SOURCE_INCIDENTS, DUE, {"event_type": DUE, "key": each.key}), 0) for each in woken])
        again = {each.key for each in woken}
        for each in due:
            later = verdict.quarter(now)
            self.rows.postpone(each, now + RESENT_S if each.key in again else min(later, each.next))
        longest = max((now - each.asked for each in due if each.waiting), default=0.0)
        return Swept(len(due), len(woken), len(waiting), longest)

    def _shown(self, waiting: Sequence[Held]) -> Mapping[str, str]:
        """sys_id → when it last changed, as the instance says."""
        shown: dict[str, str] = {}
        for first in range(0, len(waiting), READ_MOST):
            query = Query().is_in("sys_id", [each.sys_id for each in waiting[first : first + READ_MOST]])
            for row in self.instance().query(CHANGES_TABLE, query, ["sys_updated_on"]):
                shown[row.sys_id] = from_timestamp(row.value("sys_updated_on")).isoformat()
        return shown
