"""What is due is woken: once a minute one query of the `due` index, and a message each; and now and then a look at all
request items.

No row is touched: under a claim, and after a failure, it is due later; a message that got lost is sent again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from integration.workspaces.messages import LOOK, due_event
from integration.workspaces.unheard import EVERY, MINUTE_S

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from integration.aws.bus import Event
    from integration.workspaces.ports import Records


class Sender(Protocol):
    """As `aws.queue.Queue`."""

    def send(self, events: Sequence[tuple[Event, int]]) -> None: ...


@dataclass(frozen=True, slots=True)
class Swept:
    """`longest_s`: how late the latest is."""

    due: int
    longest_s: float


@dataclass(frozen=True)
class Sweep:
    records: Records
    queue: Sender
    clock: Callable[[], float]

    def run(self) -> Swept:
        now = self.clock()
        minute, due = int(now // MINUTE_S), self.records.due(now)
        looks = [] if minute % EVERY else [(due_event(LOOK, str(minute)), 0)]
        self.queue.send([*((due_event(kind, key), 0) for kind, key, _ in due), *looks])
        return Swept(len(due), max((now - at for _, _, at in due), default=0.0))
