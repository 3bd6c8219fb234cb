"""Changes of one instance in memory, behind the port, with its people, a clock, lost answers and dropped writes.

Every method passes `hook("before", name)` and `hook("after", name)`: there a test lets a run die, a call fail, or
people do something in between. `tests/contract/changes` holds this to the adapter over the emulator.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from integration.changes import beginning
from integration.changes.key import part_of, task_mark
from integration.changes.model import UNTOLD, Approver, Change, Conflict, Kind, NextState, Task
from integration.changes.reconciler import Course, Desk
from integration.changes.states import STOCK
from integration.clients.errors import Missing, Refused, Unavailable
from tests.fakes.world import Killed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from integration.changes.model import Beginning, Evidence, Job, Outcome, Part, Run, Wish
    from integration.changes.ports import Changes

NEW, ASSESS, AUTHORIZE, SCHEDULED, IMPLEMENT, REVIEW, CLOSED, CANCELED = STOCK
ONWARD = {
    NEW: (ASSESS, CANCELED), ASSESS: (AUTHORIZE, CANCELED), AUTHORIZE: (SCHEDULED, CANCELED),
    SCHEDULED: (IMPLEMENT, CANCELED), IMPLEMENT: (REVIEW, CANCELED), REVIEW: (CLOSED,), CLOSED: (), CANCELED: (),
}  # fmt: skip
FIRST = {Kind.NORMAL: ASSESS, Kind.EMERGENCY: AUTHORIZE, Kind.STANDARD: SCHEDULED}
_LABELS = ("New", "Assess", "Authorize", "Scheduled", "Implement", "Review", "Closed", "Canceled")
LABELS = dict(zip(STOCK, _LABELS, strict=True))
OPEN_STATES = (NEW, ASSESS, AUTHORIZE, SCHEDULED, IMPLEMENT, REVIEW)
EPOCH = datetime(2026, 11, 29, 12, tzinfo=UTC)
WRITES = frozenset({
    "create", "submit", "start", "finish", "close", "cancel", "note", "attach", "open_task", "close_task", "drop_task",
})  # fmt: skip


@dataclass
class Time:
    """Of the machine and of the instance: it passes only where somebody sleeps or calls."""

    at: float = 0.0
    on_sleep: Callable[[float], None] = lambda _: None

    def seconds(self) -> float:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.at += seconds
        self.on_sleep(seconds)


@dataclass
class FakeChanges:
    time: Time = field(default_factory=Time)
    hook: Callable[[str, str], None] = lambda *_: None
    rows: dict[str, Change] = field(default_factory=dict)
    asked: dict[str, list[Approver]] = field(default_factory=dict)
    attached: dict[str, set[tuple[str, str]]] = field(default_factory=dict)
    notes: dict[str, list[str]] = field(default_factory=dict)
    journal: dict[str, list[tuple[str, datetime]]] = field(default_factory=dict)
    """Each note with its moment."""
    shows_journal: bool = True
    """In the answer to a write."""
    task_rows: dict[str, Task] = field(default_factory=dict)
    marks: dict[str, str] = field(default_factory=dict)
    calls: Counter[str] = field(default_factory=Counter)
    log: list[str] = field(default_factory=list)
    found_conflicts: tuple[Conflict, ...] = ()
    unfinished_checks: int = 0
    ci: str = ""
    stay: set[str] = field(default_factory=set)
    """States whose writes are dropped without a word."""
    rule: Callable[[str, str], str] = lambda *_: ""
    """What a rule of the customer says to a method with a state or a name; a text refuses it."""
    losing: list[float] = field(default_factory=list)
    """Of the next creations the answer is lost, and they land so much later."""
    losing_starts: list[float] = field(default_factory=list)
    """The same of the next starts."""
    late: list[tuple[float, Callable[[], object]]] = field(default_factory=list)
    sent_twice: int = 0
    peers: int = 1
    """People who are asked."""

    # ---- the port
    def now(self) -> datetime:
        return EPOCH + timedelta(seconds=self.time.at)

    @contextlib.contextmanager
    def _call(self, name: str):
        self.time.at += 0.05
        self.calls[name] += 1
        self.log.append(name)
        self._land()
        self.hook("before", name)
        yield
        self.hook("after", name)

    def _land(self) -> None:
        due = [each for each in self.late if each[0] <= self.time.at]
        self.late = [each for each in self.late if each[0] > self.time.at]
        for _, effect in due:
            with contextlib.suppress(Refused):
                effect()

    def find(self, key: str) -> tuple[Change, ...]:
        with self._call("find"):
            found = [each for each in self.rows.values() if each.mark.startswith(f"{key}/")]
            return tuple(sorted(found, key=lambda each: (each.created, each.sys_id)))

    def look(self, sys_id: str) -> tuple[Change, ...]:
        with self._call("look"):
            return (self.rows[sys_id],) if sys_id in self.rows else ()

    def create(self, wish: Wish, mark: str, shown: str) -> Change:
        with self._call("create"):
            self._ruled("create", wish.kind)
            if self.losing:
                self.late.append((self.time.at + self.losing.pop(), lambda: self._made(wish, mark, shown)))
                raise Unavailable("servicenow", "no answer", outcome_unknown=True)
            return self._made(wish, mark, shown)

    def _made(self, wish: Wish, mark: str, shown: str) -> Change:
        number = len(self.rows) + 1
        sys_id = hashlib.md5(str(number).encode()).hexdigest()
        start, end = wish.planned(self._second())
        self.rows[sys_id] = Change(
            sys_id=sys_id, number=f"CHG{30000 + number:07d}", state=NEW, state_label="New", approval="not requested",
            kind=wish.kind, model=wish.model, cmdb_ci=wish.cmdb_ci or self.ci, start=start, end=end, mark=mark,
            shown=shown, created=self._second(), updated=self._second(), url=f"https://x/{sys_id}",
        )  # fmt: skip
        return self.rows[sys_id]

    def next_states(self, sys_id: str) -> tuple[NextState, ...]:
        with self._call("next_states"):
            change = self._seen(sys_id)
            onward = (FIRST[Kind(change.kind)], CANCELED) if change.state == NEW else ONWARD.get(change.state, ())
            return tuple(NextState(s, LABELS.get(s, s)) for s in (change.state, *onward))

    def submit(self, sys_id: str, state: str, *, check: bool = False) -> Change:
        with self._call("submit"):
            return self._moved(sys_id, state, "submit")

    def start(self, sys_id: str, state: str, note: str, at: datetime | None) -> Change:
        with self._call("start"):
            self._seen(sys_id)
            if self.losing_starts:
                lands = self.time.at + self.losing_starts.pop(0)
                self.late.append((lands, lambda: self._started(sys_id, state, note, at)))
                raise Unavailable("servicenow", "no answer", outcome_unknown=True)
            return self._started(sys_id, state, note, at)

    def _started(self, sys_id: str, state: str, note: str, at: datetime | None) -> Change:
        self._ruled("start", state)
        self._moved(sys_id, state, "start")
        self._noted(sys_id, note)
        change = self._put(sys_id, work_start=at or self.rows[sys_id].work_start)
        self.hook("written", "start")
        return replace(change, beginnings=self._begun(sys_id) if self.shows_journal else None)

    def beginnings(self, sys_id: str) -> tuple[Beginning, ...]:
        with self._call("beginnings"):
            return self._begun(sys_id)

    def _begun(self, sys_id: str) -> tuple[Beginning, ...]:
        return beginning.told(self.journal.get(sys_id, ()))

    def finish(self, sys_id: str, state: str, code: int, notes: str, at: datetime) -> Change:
        with self._call("finish"):
            moved = self._moved(sys_id, state, "finish")
            if state and moved.state != state:
                return moved
            return self._put(sys_id, close_code="unsuccessful" if code else "successful", work_end=at)

    def close(self, sys_id: str, state: str) -> Change:
        with self._call("close"):
            if any(task.change == sys_id and task.code is None for task in self.task_rows.values()):
                raise Refused("servicenow", "open tasks")
            return self._moved(sys_id, state, "close")

    def cancel(self, sys_id: str, state: str, reason: str) -> Change:
        with self._call("cancel"):
            self._noted(sys_id, reason)
            return self._moved(sys_id, state, "cancel")

    def note(self, sys_id: str, text: str) -> Change:
        with self._call("note"):
            self._ruled("note", text)
            self._noted(sys_id, text)
            return self._put(sys_id)

    def files(self, sys_id: str) -> frozenset[tuple[str, str]]:
        with self._call("files"):
            return frozenset(self.attached.get(sys_id, set()))

    def attach(self, sys_id: str, evidence: Evidence) -> None:
        with self._call("attach"):
            self._ruled("attach", evidence.name)
            already = self.attached.setdefault(sys_id, set())
            self.sent_twice += (evidence.name, evidence.sha256) in already
            already.add((evidence.name, evidence.sha256))

    def approvers(self, sys_id: str) -> tuple[Approver, ...]:
        with self._call("approvers"):
            return tuple(self.asked.get(sys_id, ()))

    def conflicts(self, sys_id: str) -> tuple[Conflict, ...] | None:
        with self._call("conflicts"):
            if self.unfinished_checks:
                self.unfinished_checks -= 1
                return None
            return self.found_conflicts

    def tasks(self, key: str) -> tuple[Task, ...]:
        with self._call("tasks"):
            return tuple(each for sys_id, each in self.task_rows.items() if self.marks[sys_id].startswith(f"{key}/"))

    def open_task(self, change: Change, part: Part) -> Task:
        with self._call("open_task"):
            mark = task_mark(change.mark, part)
            sys_id = hashlib.md5(f"task {len(self.task_rows)}".encode()).hexdigest()
            self.task_rows[sys_id], self.marks[sys_id] = Task(sys_id, change.sys_id, part_of(mark) or part), mark
            return self.task_rows[sys_id]

    def close_task(self, task: Task, code: int, notes: str) -> Task:
        with self._call("close_task"):
            self.task_rows[task.sys_id] = replace(task, code=code, ended=self._second())
            return self.task_rows[task.sys_id]

    def drop_task(self, task: Task) -> None:
        with self._call("drop_task"):
            del self.task_rows[task.sys_id]

    def window(self, cmdb_ci: str, start: datetime, duration_s: float) -> list[tuple[datetime, datetime]]:
        with self._call("window"):
            return [(start, start + timedelta(hours=2))]

    # ---- how the instance behaves
    def _second(self) -> datetime:
        return self.now().replace(microsecond=0)

    def _seen(self, sys_id: str) -> Change:
        if sys_id not in self.rows:
            raise Missing("servicenow", "No Record found")
        return self.rows[sys_id]

    def _ruled(self, method: str, about: str) -> None:
        said = self.rule(method, about)
        if said:
            raise Refused("servicenow", said)

    def _put(self, sys_id: str, **values) -> Change:
        self.rows[sys_id] = replace(self._seen(sys_id), updated=self._second(), updated_by="pipeline", **values)
        return self.rows[sys_id]

    def _noted(self, sys_id: str, text: str) -> None:
        self._seen(sys_id)
        self.notes.setdefault(sys_id, []).append(text)
        self.journal.setdefault(sys_id, []).append((text, self._second()))

    def _moved(self, sys_id: str, state: str, method: str) -> Change:
        change = self._seen(sys_id)
        self._ruled(method, state)
        if not state or state == change.state or state in self.stay:
            return self._put(sys_id)
        onward = {*ONWARD.get(change.state, (CANCELED,)), *((FIRST[Kind(change.kind)],) if change.state == NEW else ())}
        if state not in onward or (change.on_hold and state != CANCELED):
            raise Refused("servicenow", "aborted by Business Rule 'Change Model: Check State Transition'")
        return self._entered(sys_id, state)

    def _entered(self, sys_id: str, state: str) -> Change:
        if state in (ASSESS, AUTHORIZE):
            rows = [Approver(f"Peer {n}", "requested", self._second(), self._second()) for n in range(self.peers)]
            self.asked.setdefault(sys_id, []).extend(rows)
            approval = "requested" if rows else "not requested"
            return self._put(sys_id, state=state, state_label=LABELS[state], approval=approval)
        approval = "approved" if state == SCHEDULED else self.rows[sys_id].approval
        return self._put(sys_id, state=state, state_label=LABELS[state], approval=approval)

    # ---- people
    def only(self) -> Change:
        """The one change that stands, or the last."""
        return next((c for c in self.rows.values() if c.state in OPEN_STATES), list(self.rows.values())[-1])

    def approve(self, sys_id: str) -> None:
        """By the last of those who were asked."""
        if self.rows[sys_id].state in (ASSESS, AUTHORIZE):
            self._decide(sys_id, "approved", "")
            self._entered(sys_id, SCHEDULED)

    def reject(self, sys_id: str, words: str = "not today") -> None:
        if self.rows[sys_id].state in (ASSESS, AUTHORIZE):
            self._decide(sys_id, "rejected", words)
            self.by_hand(sys_id, state=NEW, state_label="New", approval="not requested")

    def _decide(self, sys_id: str, state: str, words: str) -> None:
        rows = self.asked[sys_id]
        self.asked[sys_id] = [
            replace(r, state=state, decided=self._second(), words=words) if r.state == "requested" else r for r in rows
        ]

    def by_hand(self, sys_id: str, **values) -> None:
        if "state" in values:
            values["state_label"] = LABELS.get(values["state"], values["state"])
        self.rows[sys_id] = replace(self.rows[sys_id], updated=self._second(), updated_by="beth.anglin", **values)

    def open(self) -> list[Change]:
        return [each for each in self.rows.values() if each.state in OPEN_STATES]


@dataclass
class FakeChild:
    """A command that takes a while; `started` at these moments of `time`. `on_start` sees when it does."""

    time: Time
    code: int = 0
    takes_s: float = 10.0
    started: list[float] = field(default_factory=list)
    terminated: bool = False
    on_start: Callable[[], None] = lambda: None

    def start(self) -> None:
        self.started.append(self.time.at)
        self.on_start()

    @property
    def runs(self) -> bool:
        return self._left_s > 0

    @property
    def _left_s(self) -> float:
        return 0.0 if self.terminated else self.started[-1] + self.takes_s - self.time.at

    def wait(self, seconds: float) -> int | None:
        left = self._left_s
        self.time.sleep(max(0.0, min(seconds, left)))
        if left > seconds:
            return None
        return 143 if self.terminated else self.code

    def terminate(self) -> None:
        self.terminated = True


@dataclass
class Heard:
    """What the person was told."""

    sentences: list[str] = field(default_factory=list)

    def said(self, sentence: str) -> None:
        self.sentences.append(sentence)


def carried_out(
    wish: Wish,
    run: Run,
    evidence: Sequence[Evidence],
    changes: Changes,
    child: FakeChild,
    heard: Heard,
    time: Time,
    job: Job = UNTOLD,
) -> Outcome:
    """The whole of a run: one change, its evidence, its approval, the command, its result."""
    course = Course(Desk(changes, heard, time, job), wish, run, evidence, child)
    return course.outcome(course.drive())


def killed_at(moment: str, name: str) -> Callable[[str, str], None]:
    """A hook: the run dies there."""

    def hook(*met: str) -> None:
        if met == (moment, name):
            raise Killed

    return hook
