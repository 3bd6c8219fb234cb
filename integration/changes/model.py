"""The words of a change that a pipeline asks for. Pure.

*run* one run of a pipeline · *wish* what it wants · *key* what all tries of a run have in common · *mark* the key with
the number of a try · *part* one of several jobs of a run that share a change.
All moments are UTC.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from integration.changes import exits


class Kind(StrEnum):
    """`type` of a change_request. A model beside it has states of its own."""

    NORMAL = "normal"
    STANDARD = "standard"
    EMERGENCY = "emergency"


class Moves(StrEnum):
    """Who writes states. `people`: where rules of the instance let no integration do so."""

    OURS = "ours"
    PEOPLE = "people"


class OnWithdrawn(StrEnum):
    """What becomes of a command whose change is withdrawn while it runs."""

    FINISH = "finish"
    TERMINATE = "terminate"


class Ending(StrEnum):
    """How a run or a single step ended."""

    DONE = "done"
    READY = "ready"
    SUCCESSFUL = "successful"
    UNSUCCESSFUL = "unsuccessful"
    REFUSED = "refused"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    TIMED_OUT = "timed_out"
    OUTSIDE = "outside"
    WITHDRAWN = "withdrawn"
    MISPLACED = "misplaced"


EXIT_CODES = {
    Ending.DONE: 0,
    Ending.READY: 0,
    Ending.REFUSED: 3,
    Ending.REJECTED: exits.REJECTED,
    Ending.CANCELLED: exits.ENDED,
    Ending.TIMED_OUT: exits.TIMED_OUT,
    Ending.OUTSIDE: exits.OUTSIDE,
    Ending.WITHDRAWN: exits.WITHDRAWN,
    Ending.MISPLACED: exits.NO_BEGINNING,
}
"""For `successful` and `unsuccessful` it is the command's own."""


@dataclass(frozen=True, slots=True)
class Part:
    """The `index`-th, from 1, `of` so many."""

    index: int
    of: int

    def __str__(self) -> str:
        return f"{self.index}/{self.of}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run of a pipeline: `ci` "github", `server` "https://github.com", `project` "octo/shop", `run` "4711".

    These four, the environment and the application are its key; `part` is not.
    """

    ci: str
    server: str
    project: str
    run: str
    part: Part | None = None
    commit: str = ""
    environment: str = ""


@dataclass(frozen=True, slots=True)
class Job:
    """Who carries out a run: a job as its CI system calls it, and which try of it. Empty where nobody tells."""

    name: str = ""
    attempt: str = ""


UNTOLD = Job()


@dataclass(frozen=True, slots=True)
class Beginning:
    """A job noted on the change that it begins, or its part of it. `token`: of its process; `at`: in whole seconds, by
    a clock of the instance; `left`: it noted later that it ran nothing.
    """

    token: str
    job: str
    attempt: str
    at: datetime
    left: bool = False
    part: Part | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What somebody wants. Names of records become sys_ids in `names`; `priority`, `risk`, `impact` are labels.

    `states`: pairs of a raw state of a model and the word of `states.Place` for it, beside the stock ones.
    `submit_state`: raw value or label, where a model offers several. `pre_approved`: `model` needs no approval.
    """

    app: str
    version: str
    environment: str
    kind: Kind
    short_description: str
    model: str = ""
    template: str = ""
    description: str = ""
    assignment_group: str = ""
    cmdb_ci: str = ""
    affected: tuple[str, ...] = ()
    priority: str = ""
    risk: str = ""
    impact: str = ""
    implementation_plan: str = ""
    backout_plan: str = ""
    test_plan: str = ""
    justification: str = ""
    parent: str = ""
    start: datetime | None = None
    end: datetime | None = None
    timeout_s: float = 3600
    interval_s: float = 60
    duration_s: float = 3600
    submit_state: str = ""
    states: tuple[tuple[str, str], ...] = ()
    moves: Moves = Moves.OURS
    pre_approved: bool = False
    cancel_on_timeout: bool = False
    on_withdrawn: OnWithdrawn = OnWithdrawn.FINISH
    require_evidence: bool = False

    def planned(self, now: datetime) -> tuple[datetime, datetime]:
        """Start and end. By default from now until an approval at the last moment still leaves its time."""
        start = self.start or now
        return start, self.end or max(start, now) + timedelta(seconds=self.timeout_s + self.duration_s)


@dataclass(frozen=True, slots=True)
class Evidence:
    """A file to be attached: `path` is where it is read, `sha256` its hash in hex."""

    name: str
    path: str
    size: int
    sha256: str
    content_type: str


class BadWish(Exception):
    """What is asked for cannot be asked of this instance, such as a name that is missing or stands for two.

    `then`: what to ask for instead.
    """

    def __init__(self, sentence: str, then: str = "") -> None:
        super().__init__(sentence)
        self.then = then


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A change as the instance shows it. `state` and `approval` are raw, `model` is a sys_id, `url` is for people.

    `dropped`: what it was sent and does not have, in words. `beginnings`: None where it shows no work notes.
    `unconflicted`: whether a check of a moment ago, by whomever, found no conflict; None: there was none.
    """

    sys_id: str
    number: str
    state: str
    approval: str
    created: datetime
    updated: datetime
    updated_by: str = ""
    state_label: str = ""
    kind: str = ""
    model: str = ""
    cmdb_ci: str = ""
    on_hold: bool = False
    hold_reason: str = ""
    start: datetime | None = None
    end: datetime | None = None
    work_start: datetime | None = None
    work_end: datetime | None = None
    close_code: str = ""
    mark: str = ""
    shown: str = ""
    url: str = ""
    dropped: tuple[str, ...] = ()
    beginnings: tuple[Beginning, ...] | None = None
    unconflicted: bool | None = None


@dataclass(frozen=True, slots=True)
class NextState:
    """A state a change may be moved to. `unmet`: names of the conditions that keep it from there."""

    value: str
    label: str
    available: bool = True
    unmet: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Approver:
    """Who was asked, when, and what was said. `state` is raw; `decided`: when the row last changed."""

    name: str
    state: str
    asked: datetime
    decided: datetime
    words: str = ""


@dataclass(frozen=True, slots=True)
class Conflict:
    """`type` is raw, such as `blackout` or `not_in_maintenance_window`."""

    type: str
    label: str


@dataclass(frozen=True, slots=True)
class Task:
    """A change task of ours: what one part did. `code`: its command's; None while it is open."""

    sys_id: str
    change: str
    part: Part
    code: int | None = None
    ended: datetime | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a run or a step. `started`: the command was. `recorded`: the change says what became of it.

    `code` is the exit code before `--strict`: the command's own, where one ran and was not withdrawn.
    """

    code: int
    outcome: Ending
    reason: str = ""
    number: str = ""
    sys_id: str = ""
    url: str = ""
    started: bool = False
    command_exit: int | None = None
    recorded: bool = True
