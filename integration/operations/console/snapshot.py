"""The data that the page shows. Times are epoch seconds; empty or zero: not known in this mode.

Titles are texts of people and go to the browser of the operator only, never into a log.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class CaseCard:
    case_id: str
    title: str
    status: str
    updated: float = 0
    created: float = 0
    resolver: str = ""
    pending: str = ""
    comments: int = 0
    files: int = 0


@dataclass(frozen=True, slots=True)
class IncidentCard:
    """`label` is the state as ServiceNow displays it; `url` opens the record in the instance."""

    sys_id: str
    number: str
    title: str = ""
    state: str = ""
    label: str = ""
    updated: float = 0
    updated_by: str = ""
    entries: int = 0
    files: int = 0
    url: str = ""


@dataclass(frozen=True, slots=True)
class PassCard:
    """One pass as its log line or its audit row tells it: ids, reasons and counts, no text of a record.

    `side` is the side that woke it; `retry_at` is when its message comes back, 0 where it is done with.
    """

    at: float
    pass_id: str
    side: str
    case_id: str = ""
    sys_id: str = ""
    trigger: str = ""
    outcome: str = ""
    plan: tuple[str, ...] = ()
    done: tuple[str, ...] = ()
    seconds: float = 0
    lag_s: float = -1
    error: str = ""
    system: str = ""
    why: str = ""
    retry_at: float = 0

    @property
    def conflicts(self) -> tuple[str, ...]:
        return tuple(reason for reason in self.plan if "both changed" in reason)


@dataclass(frozen=True, slots=True)
class LinkCard:
    """`reasons` say why it is not simply in step; `held_until` is the claim's end; `acted`: the last that wrote."""

    case_id: str
    sys_id: str
    number: str
    standing: str
    reasons: tuple[str, ...] = ()
    changed: float = 0
    lag_s: float = -1
    due: float = 0
    held_until: float = 0
    conflicts: int = 0
    last: PassCard | None = None
    acted: PassCard | None = None


@dataclass(frozen=True, slots=True)
class QueueCard:
    """`key` names its place on the map; `oldest_s` is the age of its oldest message, -1 where nobody says."""

    key: str
    name: str
    waiting: int = 0
    in_flight: int = 0
    delayed: int = 0
    dead: int = 0
    paused: bool = False
    oldest_s: float = -1


@dataclass(frozen=True, slots=True)
class FunctionCard:
    key: str
    name: str
    invocations: int = 0
    errors: int = 0


@dataclass(frozen=True, slots=True)
class LagPoint:
    """`side` is where the change was made; empty for a percentile over many (`most`: the slowest of them)."""

    at: float
    seconds: float
    side: str = ""
    most: float = 0


@dataclass(frozen=True, slots=True)
class Switch:
    """One thing that can be broken, and healed again. `once`: it strikes one time and is over by itself."""

    key: str
    title: str
    explains: str
    node: str
    on: bool
    once: bool = False


@dataclass(frozen=True, slots=True)
class Panel:
    """What an integration besides cases tells of itself. `said`: what wants looking at, each with what to do."""

    title: str
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    said: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Snapshot:
    """`figures` are the numbers of the header by name; `period` says what they count; `missing`: what is unread."""

    mode: str
    module: str
    deployment: str
    place: str
    cases: tuple[CaseCard, ...] = ()
    incidents: tuple[IncidentCard, ...] = ()
    links: tuple[LinkCard, ...] = ()
    queues: tuple[QueueCard, ...] = ()
    functions: tuple[FunctionCard, ...] = ()
    lag: tuple[LagPoint, ...] = ()
    figures: dict[str, float] = field(default_factory=dict)
    period: str = ""
    statuses: tuple[str, ...] = ()
    states: tuple[tuple[str, str], ...] = ()
    unshown: int = 0
    panels: tuple[Panel, ...] = ()
    missing: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Traffic:
    """Something passed. `path` are places of the map in order; `number` grows by one per event."""

    number: int
    at: float
    kind: str
    path: tuple[str, ...]
    said: str
    case_id: str = ""
    sys_id: str = ""
    what: PassCard | None = None

    def as_json(self) -> dict[str, Any]:
        return asdict(self)
