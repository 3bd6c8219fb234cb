"""What no event told: groups that are new, sent straight to the toy's queue."""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from integration import names as n
from integration.aws.bus import Event
from integration.clients.servicenow.query import Query
from integration.reconcile.poll import Announcement, Due, Poll, PollState
from integration.toys.declaration import GROUPS, SAVED
from integration.toys.reconciler import LATEST

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    from integration.aws.queue import Queue
    from integration.aws.table import Table as Rows
    from integration.clients.servicenow.table import Table
    from integration.reconcile.poll import Record
    from integration.reconcile.table_claims import TableClaims
    from integration.toys.reconciler import Toy

POLL = "Poll"


def event(record: Record, _sweep: bool = False) -> Event:
    return Event(n.SOURCE_INCIDENTS, SAVED, {"event_type": SAVED, "sys_id": record[1], "table": GROUPS})


@dataclass(frozen=True)
class Sources:
    rows: Rows
    claims: TableClaims[Toy]
    queue: Queue

    def due(self, now: float) -> Sequence[Due]:
        return [Due(("toy", key[0].removeprefix("Toy#")), at) for key, at in self.claims.due(now)]

    def known(self, records: Sequence[Record]) -> Container[Record]:
        found = self.rows.batch((f"Toy#{sys_id}", LATEST) for _, sys_id in records)
        return {("toy", pk.removeprefix("Toy#")) for pk, _ in found}

    def publish(self, events: Sequence[Event]) -> None:
        self.queue.send([(each, 0) for each in events])

    def send(self, _kind: str, events: Sequence[tuple[Event, int]]) -> None:
        self.queue.send(events)

    def load(self) -> PollState:
        item = self.rows.get(POLL, LATEST)
        return PollState(**json.loads(item["doc"])) if item else PollState()

    def save(self, state: PollState) -> None:
        self.rows.put({"PK": POLL, "SK": LATEST, "doc": json.dumps(asdict(state))})


def poll_of(sources: Sources, instance: Table) -> Poll[PollState]:
    def look(state: PollState) -> tuple[Sequence[Announcement], int]:
        rows = instance.query(GROUPS, Query().starts_with("name", "Toy"), ["name"])
        seen = [Announcement(row.sys_id, time.time(), event(("toy", row.sys_id)), ("toy", row.sys_id)) for row in rows]
        return state.news(seen), len(seen)

    return Poll(sources, {"groups": look}, event, time.time)
