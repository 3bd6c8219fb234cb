"""Many pairs in one deployment on fakes: a queue with verdicts, faults by chance, the poller with its own cursors."""

from __future__ import annotations

import copy
import heapq
import itertools
from collections import Counter
from datetime import UTC, datetime
from random import Random
from typing import TYPE_CHECKING, Any

from integration.cases.link import CASE, INCIDENT, loads_link
from integration.cases.poll import CasePoll, Cursors, Listed, Page
from integration.cases.wake import message_of
from integration.clients.errors import Unavailable
from integration.reconcile.errors import EXPECTED
from integration.reconcile.poll import Due
from integration.reconcile.verdict import verdict
from tests.fakes.running import Running
from tests.fakes.world import WRITES, Killed
from tests.proofs.kit.edits import Edit, play

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Sequence

    from integration.aws.bus import Event
    from integration.cases.wake import Wake
    from integration.reconcile.poll import Record

SYSTEMS = {"aws": "security_ir", "servicenow": "servicenow", "table": "aws"}
VISIBLE_AGAIN_S = 240.0


class Crowd:
    """`running` with its queue; `clock` moves with every call and from event to event. Of the sides in `stopped`
    nobody takes the messages.
    """

    def __init__(self, running: Running, seed: int = 0, faults: float = 0.0) -> None:
        self.running, self.random, self.faults = running, Random(seed), faults
        self.world = running.world
        self.world.hook = self._hook
        self.queue: list[tuple[float, int, Wake, int]] = []
        self.numbers = itertools.count()
        self.count: Counter[str] = Counter()
        self.dead: list[Wake] = []
        self.stopped: dict[str, list[tuple[Wake, int]]] = {}
        self.sources = Sources(self)
        self.poll = CasePoll(self.sources, self.world.clock, 0, running.rules.table)

    def _hook(self, moment: str, system: str, call: str) -> None:
        """A share of the calls fails: refused for now, cut off before or after the effect, or the process dies."""
        if not self.faults or self.random.random() >= self.faults / 2:
            return
        self.count["faults"] += 1
        if moment == "after" and call not in WRITES and system != "table":
            return
        if self.random.random() < 0.2:
            raise Killed
        raise Unavailable(SYSTEMS[system], "by chance", outcome_unknown=call in WRITES)

    # ---- events
    def send(self, wake: Wake, delay: float = 0.0, receives: int = 0) -> None:
        heapq.heappush(self.queue, (self.world.now + delay, next(self.numbers), wake, receives))

    def edit(self, edit: Edit, case_id: str, sys_id: str, *, lost: bool = False) -> None:
        play(edit, self.running, case_id, sys_id)
        if not lost:
            self.send(self.running.wake(edit.side, case_id if edit.side == CASE else sys_id), self.random.uniform(0, 3))

    def work(self, until: float = float("inf")) -> None:
        """Deliver what is due, one message after the other, until then or until nothing is left."""
        while self.queue and self.queue[0][0] <= until:
            at, _, wake, receives = heapq.heappop(self.queue)
            if wake.side in self.stopped:
                self.stopped[wake.side].append((wake, receives))
                continue
            self.world.now = max(self.world.now, at)
            self.count["deliveries"] += 1
            self._deliver(wake, receives + 1)

    def _deliver(self, wake: Wake, receives: int) -> None:
        try:
            report = self.running.run(wake)
            self.count["runs"] += report.runs
        except Killed:
            self.send(wake, VISIBLE_AGAIN_S, receives)
        except EXPECTED as error:
            self.count[type(error).__name__] += 1
            self.send(wake, verdict(error, receives, self.world.now).delay_s, receives)
        except Exception as error:  # noqa: BLE001 - as the functions do: what nobody expected is dead after a few tries
            ends = verdict(error, receives, self.world.now)
            self.count["unexpected"] += 1
            if ends.action == "dead":
                self.dead.append(wake)
            else:
                self.send(wake, ends.delay_s, receives)

    def start_again(self, side: str) -> None:
        for wake, receives in self.stopped.pop(side):
            self.send(wake, receives=receives)

    def minutes(self, number: int) -> None:
        """So many minutes pass, with the poller at each."""
        for _ in range(number):
            until = self.world.now + 60
            self.poll.run()
            self.work(until)
            self.world.now = max(self.world.now, until)

    # ---- what stands where
    def pairs(self) -> Iterator[tuple[str, str]]:
        for row in self.running.links.rows.values():
            link = loads_link(row["doc"]) if row["doc"] else None
            if link and link.linked:
                yield link.case_id, link.sys_id

    def links(self) -> Iterator[Any]:
        return (loads_link(row["doc"]) for row in self.running.links.rows.values() if row["doc"])


class Sources:
    """What the poller reads, over the fakes. A record counts as changed when it looks different from the last look."""

    def __init__(self, crowd: Crowd) -> None:
        self._crowd, self._state = crowd, Cursors()
        self._looks: dict[str, tuple[int, float]] = {}

    def cases(self, at: str) -> Page:
        return Page([Listed(key, self._changed(key, record)) for key, record in self._records(CASE).items()])

    def incidents(self, since: float) -> tuple[Sequence[Listed], float]:
        listed = [
            Listed(sys_id, float(record["updated"]), record["mod"])
            for sys_id, record in self._records(INCIDENT).items()
            if record["updated"] >= since
        ]
        listed += [
            Listed(sys_id, float(file["at"]), attachment=True)
            for sys_id, record in self._records(INCIDENT).items()
            for file in record["files"]
            if file["at"] >= since
        ]
        return listed, self._crowd.world.now

    def due(self, now: float) -> Sequence[Due]:
        links = self._crowd.running.links
        cases = [Due((CASE, key), row["due"]) for key, row in links.rows.items() if row["due"] is not None]
        making = [Due((INCIDENT, key), at) for key, at in links.incident_due.items()]
        return [due for due in (*cases, *making) if due.at <= now]

    def known(self, records: Sequence[Record]) -> Container[Record]:
        links = self._crowd.running.links
        return {(side, key) for side, key in records if key in (links.rows if side == CASE else links.by_incident)}

    def send(self, side: str, events: Sequence[tuple[Event, int]]) -> None:
        for event, delay_s in events:
            self._publish(event, delay_s)

    def publish(self, events: Sequence[Event]) -> None:
        for event in events:
            self._publish(event)

    def _publish(self, event: Event, delay_s: float = 0) -> None:
        moment = datetime.fromtimestamp(self._crowd.world.now, UTC).isoformat()
        envelope = {"source": event.source, "time": moment, "detail": dict(event.detail)}
        wake = message_of(envelope).wake_for(self._crowd.running.rules.table)
        if wake:
            self._crowd.send(wake, delay_s)

    def load(self) -> Cursors:
        return copy.deepcopy(self._state)

    def save(self, state: Cursors) -> None:
        self._state = copy.deepcopy(state)

    def _records(self, side: str) -> dict[str, dict[str, Any]]:
        running = self._crowd.running
        return running.cases.records if side == CASE else running.incidents.records

    def _changed(self, key: str, record: dict[str, Any]) -> float:
        """A case whose file has passed its scan is none the newer for it."""
        shown = [record[name] for name in ("values", "status", "comments")]
        look = hash(repr([*shown, [file["id"] for file in record["files"]], sorted(record["watchers"])]))
        before = self._looks.get(key)
        if before is None or before[0] != look:
            self._looks[key] = (look, self._crowd.world.now)
        return self._looks[key][1]


def deployment(module: str = "itsm") -> Running:
    """Without the brake, which is not what these proofs are about."""
    return Running(module, new_cases_per_hour=1_000_000)
