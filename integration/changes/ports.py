"""What the changes' core needs from outside: the instance, the wrapped command, the person, and time.

Every method of `Changes` raises `clients.errors.RemoteError`; a write that raises `Unavailable` with `outcome_unknown`
may have taken effect. What a write returns is the change as the instance says it now is, never as it was asked to be.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime

    from integration.changes.model import Approver, Beginning, Change, Conflict, Evidence, NextState, Part, Task, Wish


class Changes(Protocol):
    """Changes of one instance."""

    def now(self) -> datetime:
        """The instance's clock, as of its last answer; ours before the first. No call."""

    def find(self, key: str) -> tuple[Change, ...]:
        """Every change of a run that this user may see, whatever its state, oldest first."""

    def look(self, sys_id: str) -> tuple[Change, ...]:
        """One change; none where there is none to be seen."""

    def create(self, wish: Wish, mark: str, shown: str) -> Change:
        """In New, findable by `mark`. Raises `Refused` where no mark is kept, as a later write may."""

    def next_states(self, sys_id: str) -> tuple[NextState, ...]:
        """The one it is in among them."""

    def submit(self, sys_id: str, state: str, *, check: bool = False) -> Change:
        """`check`: begin a check of conflicts as well, if that costs no call."""

    def start(self, sys_id: str, state: str, note: str, at: datetime | None) -> Change:
        """Write `state` and the actual start, if any, and a work note, in one call. The answer may show who began."""

    def beginnings(self, sys_id: str) -> tuple[Beginning, ...]:
        """Who noted that it begins, as far as work notes are shown to us, oldest first."""

    def finish(self, sys_id: str, state: str, code: int, notes: str, at: datetime) -> Change:
        """Write `state`, if any, close code and notes by the command's exit code, and the actual end, in one call."""

    def close(self, sys_id: str, state: str) -> Change: ...

    def cancel(self, sys_id: str, state: str, reason: str) -> Change: ...

    def note(self, sys_id: str, text: str) -> Change:
        """Append a work note."""

    def files(self, sys_id: str) -> frozenset[tuple[str, str]]:
        """Name and SHA-256 of what is attached."""

    def attach(self, sys_id: str, evidence: Evidence) -> None:
        """Streamed."""

    def approvers(self, sys_id: str) -> tuple[Approver, ...]:
        """Who was asked, in the order in which their rows last changed."""

    def conflicts(self, sys_id: str) -> tuple[Conflict, ...] | None:
        """As checked anew: empty where there are none, or where nothing can check. None: ask again in a second."""

    def tasks(self, key: str) -> tuple[Task, ...]:
        """Those of ours, of every change of the run."""

    def open_task(self, change: Change, part: Part) -> Task:
        """In progress, findable by the change's mark and the part."""

    def close_task(self, task: Task, code: int, notes: str) -> Task: ...

    def drop_task(self, task: Task) -> None:
        """It ends, and is found as ours no more."""

    def window(self, cmdb_ci: str, start: datetime, duration_s: float) -> list[tuple[datetime, datetime]]:
        """When an item, a sys_id, may be changed, as far as is known, in order. Needs no change."""


class Child(Protocol):
    """The wrapped command."""

    def start(self) -> None:
        """Never raises: a command that cannot be run has ended with 127 or 126."""

    def wait(self, seconds: float) -> int | None:
        """Its exit code, as soon as it has one; None: it still runs after so many seconds."""

    def terminate(self) -> None:
        """SIGTERM to its group, and SIGKILL to what is left after 30 s; `wait` gives the code."""


class Teller(Protocol):
    """Speaks to the person."""

    def said(self, sentence: str) -> None:
        """A sentence may hold text of the instance: nothing in it becomes a command of the CI."""


class Clock(Protocol):
    """Time of this machine."""

    def seconds(self) -> float:
        """Of a clock that is never set back."""

    def sleep(self, seconds: float) -> None: ...


class Names(Protocol):
    """Sys_ids of names that were looked up before."""

    def get(self, table: str, name: str) -> str: ...

    def put(self, table: str, name: str, sys_id: str) -> None: ...
