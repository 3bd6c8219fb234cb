"""One history: people, events and passes on one pair, interleaved before every external call.

Passes run as greenlets that hand over at each call. There the stage may let another pass go on, let a person edit, let
the call fail with or without its effect, or kill the pass. What happens is told in `story`.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from greenlet import getcurrent, greenlet

from integration.cases.audit import Report
from integration.cases.link import CASE, INCIDENT
from integration.cases.reconciler import Reconciler, Settings
from integration.cases.wake import Wake
from integration.clients.errors import Unavailable
from integration.reconcile.errors import EXPECTED
from integration.reconcile.verdict import verdict
from tests.fakes.running import Running, report_of
from tests.fakes.world import WRITES, Killed
from tests.proofs.kit.edits import STATES, Edit, play
from tests.proofs.kit.oracle import Oracle, Seen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.proofs.kit.choices import Choices

SYSTEMS = {"aws": "security_ir", "servicenow": "servicenow", "table": "aws"}
LATE_CALLS = frozenset({"create", "update", "upload"})
CASE_STATUSES = (
    "Detection and Analysis", "Containment, Eradication and Recovery", "Post-incident Activities", "Acknowledged",
    "Ready to Close",
)  # fmt: skip
ADDRESSES = ("ann@here.example", "bob@out.example")
VISIBLE_AGAIN_S = 60.0
"""Visibility of a queue beyond the function's timeout; the claim expires in between."""
LONG = 180
"""Characters of a title that the incident cuts."""


@dataclass(frozen=True)
class Odds:
    """How often things go wrong: per call, event or write."""

    crash: float = 0.02
    fail: float = 0.01
    lost_answer: float = 0.03
    lost_event: float = 0.15
    early_event: float = 0.05
    edits: int = 7


@dataclass
class Message:
    """In a queue. `at`: not before; `receives`: how often it was handed out."""

    number: int
    wake: Wake
    at: float
    receives: int = 0


@dataclass
class Worker:
    """One pass under way. `call` is what it is about to call; `seen` which edits its last reads showed."""

    number: int
    message: Message
    deadline: float
    thread: greenlet
    call: tuple[str, str] = ("", "start")
    seen: Seen = field(default_factory=dict)
    lose: str = ""
    owner: str = ""


class Stage:
    """Plays a history from its choices. `count` tells how much happened."""

    def __init__(self, choices: Choices, odds: Odds) -> None:
        self.choices, self.odds = choices, odds
        self.count: Counter[str] = Counter()
        self.story: list[str] = []
        self.queue: list[Message] = []
        self.workers: list[Worker] = []
        self.numbers = 0
        self.calm = False
        self.at_once = 4
        self._open()

    # ---- the beginning
    def _open(self) -> None:
        choices = self.choices
        random.seed(choices.next())  # the jitter of waiting messages belongs to the history
        module = choices.pick(("itsm", "ir"))
        policies = {
            name: choices.pick(("servicenow", "aws")) for name in ("short_description", "description", "status")
        }
        mapping = {
            "fields": {name: {"policy": policies[name]} for name in ("short_description", "description")},
            "status": {"policy": policies["status"]},
        }
        self.function_s = choices.pick((180.0, 60.0))
        self.running = Running(module, mapping)
        self.settings = Settings(claim_s=self.function_s + 20, sweep_s=900)
        self.world = self.running.world
        self.world.incidents.honours_sys_id = not choices.chance(0.3)
        self.world.incidents.skew = choices.pick((0.0, 0.0, -90.0, 300.0))
        self.world.incidents.closed_takes_edits = choices.chance(0.3)
        self.world.incidents.rows_hidden = choices.chance(0.3)
        self.oracle = Oracle(self.running)
        self.world.hook = self._hook
        self.main = getcurrent()
        born = choices.pick((CASE, INCIDENT))
        self._tell(
            f"{module}, policies {policies}, our sys_id {'taken' if self.world.incidents.honours_sys_id else 'ignored'}"
        )
        if born == CASE:
            self.running.cases.make("first title", "first description")
        else:
            self.running.incidents.make("first title", description="first description")
        self.oracle.person(Edit(born, "made"))
        self._tell(f"somebody makes a record on the {born} side")
        self.notify(born, created=born == CASE)

    def _tell(self, what: str) -> None:
        self.story.append(f"{self.world.now - 1_700_000_000:8.1f} s  {what}")

    # ---- events
    def key(self, side: str) -> str | None:
        records = self.running.cases.records if side == CASE else self.running.incidents.records
        return next(iter(records), None)

    def notify(self, side: str, **flags: Any) -> None:
        """What an edit causes: mostly one event, soon; sometimes none, two, or a late one."""
        if self.choices.chance(self.odds.lost_event):
            self._tell(f"the event of the {side} is lost")
            self.count["lost events"] += 1
            return
        for _ in range(2 if self.choices.chance(0.1) else 1):
            self.send(side, self.choices.below(60) if self.choices.chance(0.1) else self.choices.below(4), **flags)

    def send(self, side: str, delay: float = 0.0, **flags: Any) -> None:
        key = self.key(side)
        if key is not None:
            self.numbers += 1
            wake = Wake(side, key, self.world.now, **flags)
            self.queue.append(Message(self.numbers, wake, self.world.now + delay))

    # ---- people
    def _change_access(self) -> None:
        """An administrator opens the journal's rows to us, or closes them: what it displays is the other road."""
        self.world.incidents.rows_hidden = not self.world.incidents.rows_hidden
        self._tell(f"the rows of the journal are {'hidden' if self.world.incidents.rows_hidden else 'shown'}")

    def edit(self) -> None:
        if self.choices.chance(0.05):
            self._change_access()
        edit = self._choose()
        if edit is None or self.key(edit.side) is None:
            return
        early = self.choices.chance(self.odds.early_event)
        if early and not self._overtaken(edit):
            return
        self.oracle.look()
        play(edit, self.running, self.key(CASE) or "", self.key(INCIDENT) or "")
        self.oracle.person(edit)
        self.count["edits"] += 1
        self._tell(str(edit))
        if not early:
            self.notify(edit.side)

    def _overtaken(self, edit: Edit) -> bool:
        """The event comes first, so its pass reads what stood before; False: meanwhile the case was closed."""
        self._tell(f"the event of the {edit.side} comes before what it is about can be read")
        self.count["stale reads"] += 1
        self.send(edit.side)
        for _ in range(self.choices.below(40)):
            self.step()
        return edit.side != CASE or edit.what == "comment" or self.oracle.value(CASE, "status") != "Closed"

    def _choose(self) -> Edit | None:
        choices, number = self.choices, self.count["edits"] + 1
        side = choices.pick((CASE, INCIDENT))
        closed = self.oracle.value(CASE, "status") == "Closed"
        if side == CASE and closed:
            return Edit(CASE, "comment", f"afterword {number}")
        kinds = (
            "title",
            "status",
            "comment",
            "status",
            "description",
            "title",
            "file",
            "watch",
            "edited comment",
            "pending",
            "unwatch",
        )
        if side == INCIDENT:
            kinds = (
                "title",
                "state",
                "work note",
                "state",
                "description",
                "title",
                "file",
                "watch",
                "comment",
                "priority",
                "unwatch",
            )
        kind = choices.pick(kinds)
        value = self._value(kind, number)
        return Edit(side, "close" if value == "Closed" else kind, value) if value else None

    def _value(self, kind: str, number: int) -> str:
        choices = self.choices
        if kind == "status":
            return "Closed" if choices.chance(0.1) else choices.pick(CASE_STATUSES)
        if kind == "state":
            return choices.pick([s for s in STATES[self.running.rules.module] if s != "closed" or choices.chance(0.3)])
        if kind in {"watch", "unwatch"}:
            return choices.pick(ADDRESSES)
        if kind == "title":
            return f"title {number}" + ("x" * LONG if choices.chance(0.2) else "")
        return f"{kind} {number}"

    # ---- passes
    def start(self, message: Message) -> None:
        message.receives += 1
        message.at = self.world.now + self.function_s + VISIBLE_AGAIN_S
        if message.receives > 300:
            self.oracle.wrong.append("1 a message is never done with")
            self.queue.remove(message)
            return
        deadline = self.world.now + self.function_s
        core = Reconciler(
            self.running.cases,
            self.running.incidents,
            self.running.links,
            self.running.rules,
            self.settings,
            self.world.clock,
        )

        def run() -> object:
            try:
                return report_of(core.run(message.wake, deadline))
            except Killed:
                return Killed()
            except Exception as error:  # noqa: BLE001 - whatever it is, it becomes a verdict
                return error

        self.count["passes"] += 1
        self.workers.append(Worker(self.count["passes"], message, deadline, greenlet(run)))

    def _hook(self, moment: str, system: str, call: str) -> None:
        """Called inside a pass at each of its calls."""
        worker = next((w for w in self.workers if w.thread is getcurrent()), None)
        if worker is None:
            return
        if moment == "before":
            self.oracle.look()
            worker.call = (system, call)
            self.main.switch()
            return
        if (system, call) == ("table", "claim"):
            self._took_claim(worker)
        if call in WRITES:
            self._must_hold(worker)
            self.oracle.look(worker.seen, 0 if worker.lose else worker.number)
        if call in {"GetCase", "read"}:
            worker.seen[CASE if system == "aws" else INCIDENT] = dict(self.oracle.changes)
        if call in WRITES and system == "aws":
            self.send(CASE, self.choices.below(4), created=call == "CreateCase")
        if worker.lose == "effect":
            worker.lose = ""
            raise Unavailable(SYSTEMS[system], "the answer was lost", outcome_unknown=True)

    def _took_claim(self, worker: Worker) -> None:
        (row,) = self.running.links.rows.values()
        if row["owner"] not in {w.owner for w in self.workers if w is not worker}:
            worker.owner = row["owner"]

    def _must_hold(self, worker: Worker) -> None:
        """Whoever has taken the claim writes only while it is theirs: so never two at once."""
        for row in self.running.links.rows.values():
            if worker.owner and (row["owner"] != worker.owner or row["expires"] <= self.world.now):
                self.oracle.wrong.append("1 a pass writes although the claim is not its own any more")

    def go_on(self, worker: Worker) -> None:
        """Let a pass make the call it stands before, unless something happens there."""
        if worker.thread.dead:
            return
        fault = self._fault(worker)
        if fault is not None:
            self._tell(f"  pass {worker.number}: {fault} at {worker.call[1]}")
            self.count["disturbances"] += 1
        if isinstance(fault, BaseException):
            ended = worker.thread.throw(fault)
        else:
            worker.lose = fault or ""
            ended = worker.thread.switch()
        if worker.thread.dead:
            self._end(worker, ended)

    def _fault(self, worker: Worker) -> BaseException | str | None:
        """None most of the time; a text: the call has its effect and its answer is lost."""
        system, call = worker.call
        if call == "start" or self.calm:
            return None
        if self.choices.chance(self.odds.crash):
            return Killed()
        if self.choices.chance(self.odds.fail):
            return Unavailable(SYSTEMS[system], "not now")
        if self._may_lose(system, call) and self.choices.chance(self.odds.lost_answer):
            return self._lost_answer(system, call)
        return None

    @staticmethod
    def _may_lose(system: str, call: str) -> bool:
        return call in WRITES or system == "table"

    @staticmethod
    def _may_land_late(system: str, call: str) -> bool:
        return system == "servicenow" and call in LATE_CALLS

    def _lost_answer(self, system: str, call: str) -> BaseException | str:
        """A write to ServiceNow may land up to a minute later; a write to the table has its effect."""
        how = self.choices.below(3)
        if how == 0 and call in WRITES:
            return Unavailable(SYSTEMS[system], "lost", outcome_unknown=True)
        if how == 1 and self._may_land_late(system, call):
            self.world.incidents.losing.append(float(self.choices.below(60)))
            return "late effect, answer lost"
        return "effect"

    def _end(self, worker: Worker, ended: object) -> None:
        self.workers.remove(worker)
        message = worker.message
        if isinstance(ended, BaseException):
            self.oracle.gone(worker.number)
        if isinstance(ended, Killed):
            self.count["crashes"] += 1
            self._tell(f"  pass {worker.number} dies")
            return
        if isinstance(ended, Exception):
            if not isinstance(ended, EXPECTED):
                self.oracle.wrong.append(f"5 an unexpected error: {type(ended).__name__}: {ended}")
            message.at = self.world.now + verdict(ended, message.receives, self.world.now).delay_s
            self._tell(f"  pass {worker.number} ends with {type(ended).__name__}: {ended}")
            return
        if isinstance(ended, Report):
            self.count["runs"] += ended.runs
            self._tell(f"  pass {worker.number}: {ended.outcome} {', '.join(ended.done)}")
        self.queue = [m for m in self.queue if m is not message]

    # ---- time
    def _end_overdue(self) -> None:
        """As the platform does with a function that has used its time."""
        for worker in [w for w in self.workers if self.world.now > w.deadline]:
            self._tell(f"  pass {worker.number} has used its time")
            if worker.call[1] != "start":
                worker.thread.throw(Killed())
            self._end(worker, Killed())

    def step(self) -> bool:
        """One thing happens; False: nothing is left to happen."""
        self.world.now += self.choices.below(8) / 10
        self._end_overdue()
        busy = {w.message.number for w in self.workers}
        ready = [m for m in self.queue if m.at <= self.world.now and m.number not in busy]
        choices: Sequence[Worker | Message] = [*self.workers * 3, *(ready if len(self.workers) < self.at_once else ())]
        if not choices:
            moments = [m.at for m in self.queue] + [at for at, _ in self.world.incidents.late]
            if not moments:
                return False
            self.world.now = max(self.world.now, min(moments))
            self.world.incidents.land_late()
            self.oracle.look()
            return True
        chosen = self.choices.pick(choices)
        if isinstance(chosen, Message):
            self.start(chosen)
        else:
            self.go_on(chosen)
        return True

    def settle(self) -> None:
        for _ in range(20_000):
            if not self.step():
                return
        self.oracle.wrong.append("1 it never comes to rest")

    def claims_run_out(self) -> None:
        """The poller finds, in the index of what is due, the claims nobody released; the quarter of an hour of ordinary
        sweeps is not over yet.
        """
        self.world.now += self.settings.claim_s + 60
        links = self.running.links
        if any(row["due"] is not None and row["due"] <= self.world.now for row in links.rows.values()):
            self.send(CASE, sweep=True)
        if any(not row.case_id and row.expires <= self.world.now for row in links.by_incident.values()):
            self.send(INCIDENT, sweep=True)
        self.settle()

    def sweep(self) -> None:
        """Everything is looked at, some time later."""
        self.world.now += 1000
        for side in (CASE, INCIDENT):
            self.send(side, sweep=True)
        self.settle()

    # ---- a whole history
    def play(self) -> list[str]:
        """What did not hold, in words; empty: all of it held."""
        for _ in range(1 + self.choices.below(self.odds.edits)):
            if self.choices.chance(0.5):
                for _ in range(self.choices.below(40)):
                    self.step()
            else:
                self.settle()
            self.edit()
        self.settle()
        return self.finish()

    def finish(self) -> list[str]:
        """Edits have ended: passes run without disturbance, then sweeps; after these nothing may be written."""
        self.calm = True
        self.settle()
        self.claims_run_out()
        if not self.count["lost events"] and not self.count["stale reads"]:
            self.oracle.wrong += [f"{what}, until a sweep though no event was lost" for what in self.oracle.apart()]
        for _ in range(3):
            self.sweep()
        self.world.hook = _writers_fail
        for side in (CASE, INCIDENT):
            key = self.key(side)
            if key is not None:
                try:
                    self.running.run(Wake(side, key, self.world.now, sweep=True))
                except AssertionError as error:
                    self.oracle.wrong.append(f"1 a further pass still writes ({error})")
                except EXPECTED as error:
                    self.oracle.wrong.append(f"1 a further pass ends with {type(error).__name__}")
        self.oracle.settle()
        return sorted(set(self.oracle.verdicts()))


def _writers_fail(moment: str, _: str, call: str) -> None:
    if moment == "before" and call in WRITES:
        raise AssertionError(call)
