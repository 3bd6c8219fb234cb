"""What a run has seen, and the steps the planner says of it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

from integration.changes.model import UNTOLD

if TYPE_CHECKING:
    from datetime import datetime

    from integration.changes.model import (
        Approver,
        Beginning,
        Change,
        Conflict,
        Ending,
        Evidence,
        Job,
        NextState,
        Part,
        Task,
    )


class What(StrEnum):
    """What can be looked at."""

    CHANGES = "changes"
    FILES = "files"
    NEXT_STATES = "next states"
    APPROVERS = "approvers"
    CONFLICTS = "conflicts"
    TASKS = "tasks"
    BEGINNINGS = "beginnings"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """All that decides. None: not looked at; the planner asks for what it needs.

    `mine`: sys_id of the change this run works on; `inherited`: it had begun when this run came. `shown`: what such a
    change displays of itself. `stale`: something failed since `changes` were read; `fresh`: nothing was asked or
    written since. `waited_s`: since the run began. `submitted`: when it was seen to have left New, by the instance's
    clock. `refusal`: why the instance did not do the last step. `stuck`: others of the run that it lets nobody end.
    `began`: our start is written. `code`: the command's, once it ended. `told`: what was noted; `unsaid`: what it did
    not take a note of. `tried`: states in which a result was written. `job` and `token`: who we are; `beginnings`: who
    noted that it begins.
    """

    shown: str = ""
    mine: str = ""
    inherited: bool = False
    changes: tuple[Change, ...] | None = None
    evidence: tuple[Evidence, ...] = ()
    files: frozenset[tuple[str, str]] | None = None
    unfit: tuple[str, ...] = ()
    next_states: tuple[NextState, ...] | None = None
    approvers: tuple[Approver, ...] | None = None
    conflicts: tuple[Conflict, ...] | None = None
    tasks: tuple[Task, ...] | None = None
    part: Part | None = None
    job: Job = UNTOLD
    token: str = ""
    beginnings: tuple[Beginning, ...] | None = None
    submitted: datetime | None = None
    refusal: str = ""
    stuck: frozenset[str] = frozenset()
    stale: bool = False
    fresh: bool = False
    waited_s: float = 0
    began: bool = False
    running: bool = False
    terminated: bool = False
    code: int | None = None
    told: frozenset[str] = frozenset()
    unsaid: frozenset[str] = frozenset()
    tried: frozenset[str] = frozenset()

    @property
    def change(self) -> Change | None:
        return next((each for each in self.changes or () if each.sys_id == self.mine), None)


@dataclass(frozen=True, slots=True)
class Look:
    """Read this before anything is decided."""

    what: What


@dataclass(frozen=True, slots=True)
class Create:
    """Make the `number`-th change of the run."""

    number: int


@dataclass(frozen=True, slots=True)
class Adopt:
    """Go on with a change that an earlier try, or a twin, made."""

    change: Change


@dataclass(frozen=True, slots=True)
class Attach:
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Submit:
    """Leave New for this raw state. `check`: where nobody is asked, conflicts are looked for next."""

    state: str
    check: bool = False


@dataclass(frozen=True, slots=True)
class Wait:
    """Look again at the next interval, or when `until` comes."""

    reason: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Settle:
    """Several jobs made a change each, a moment ago: look again at `until`, when all see alike which one goes on."""

    until: datetime


@dataclass(frozen=True, slots=True)
class Start:
    """The command may run. `state`: to be written first, "" where it is reached. `again`: a try before began and
    never told its end.
    """

    state: str
    again: bool = False


@dataclass(frozen=True, slots=True)
class Finish:
    """The command ended with `code`: Review, with the result."""

    state: str
    code: int


@dataclass(frozen=True, slots=True)
class FinishPart:
    """This part's command ended with `code`: its task is closed."""

    task: Task
    code: int


@dataclass(frozen=True, slots=True)
class Close:
    """Move a change from Review to Closed; also one that an earlier try left there."""

    sys_id: str
    state: str


@dataclass(frozen=True, slots=True)
class Cancel:
    """`then`: what is done whatever becomes of it."""

    sys_id: str
    state: str
    reason: str
    then: Stop | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """Once, by `about`."""

    text: str
    about: str


@dataclass(frozen=True, slots=True)
class Terminate:
    reason: str


@dataclass(frozen=True, slots=True)
class Stop:
    """`recorded`: whether the change says what became of the command."""

    ending: Ending
    reason: str
    recorded: bool = True


Step: TypeAlias = (
    Look | Create | Adopt | Attach | Submit | Wait | Settle | Start | Finish | FinishPart | Close | Cancel | Note
    | Terminate | Stop
)  # fmt: skip
