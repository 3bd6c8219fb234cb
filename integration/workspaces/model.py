"""The words of a workspace: what is ordered, what is stored, what is seen. Pure.

*order* a request item or a call · *row* what the table remembers of one workspace · *found* what this pass saw of its
bucket · *wish* what people want of a row, in attributes that no pass writes.
All times are epoch seconds of our clock; durations come in days.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum

from integration.reconcile.claims import Claim

DAY_S = 86_400.0
ADDRESS_S = 900.0
"""An address for an upload lives so long, whatever happens to the link; one for a download 300 s."""


class Phase(StrEnum):
    NEW = "new"
    MAKING = "making"
    READY = "ready"
    ENDING = "ending"
    GONE = "gone"


class WorkspaceKind(StrEnum):
    """A person has one `personal` workspace; the others have no such limit."""

    PERSONAL = "personal"
    TEAM = "team"
    DEMO = "demo"
    CLASS = "class"


class Action(StrEnum):
    NEW = "new"
    EXTEND = "extend"
    END = "end"


class Standing(StrEnum):
    """How a request item stands. `withdrawn`: rejected, or its approval taken back; `closed`: by hand."""

    WAITING = "waiting"
    APPROVED = "approved"
    WITHDRAWN = "withdrawn"
    CLOSED = "closed"
    DELETED = "deleted"


class Why(StrEnum):
    """Why a workspace ends."""

    EXPIRED = "expired"
    ASKED = "asked"
    CANCELLED = "cancelled"
    WITHDRAWN = "withdrawn"
    LEFT = "left"


class Setting(StrEnum):
    """What a bucket is set to once it is made, in this order."""

    ACCESS_BLOCK = "access block"
    VERSIONS = "versions"
    CORS = "cors"
    LIFECYCLE = "lifecycle"
    POLICY = "policy"


class NoteKey(StrEnum):
    """What is said on a request item, each once; `warn` and `extended` once for each expiry, `blocked` each reason."""

    DELIVERED = "delivered"
    EXTENDED = "extended"
    WARN_DAYS = "warn 2 days"
    WARN_HOURS = "warn 2 hours"
    BLOCKED = "blocked"
    CANCELLED = "cancelled"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Person:
    """`key`: `sn/<instance>/<sys_id>` from the catalog, `name/<folded>` from a bare call; `shown` is for people."""

    key: str
    shown: str

    @property
    def digest(self) -> str:
        """What stands for the key in rows and links."""
        return hashlib.sha256(self.key.encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """`key`: sys_id of a request item where `catalog`, else what makes a repeated call the same. `team`: who shares it;
    `names`: a bulk order, as typed. `workspace`: which one an extension or end is about, "" the person's.
    `number`: the request item's. `quantity`: as ordered; more than one is not made.
    """

    key: str
    person: Person
    action: Action = Action.NEW
    kind: WorkspaceKind = WorkspaceKind.PERSONAL
    team: tuple[Person, ...] = ()
    names: tuple[str, ...] = ()
    days: int | None = None
    cost_center: str = ""
    workspace: str = ""
    catalog: bool = False
    number: str = ""
    standing: Standing = Standing.APPROVED
    quantity: int = 1
    inactive: bool = False
    """Whoever it is for is inactive in the instance."""
    seen_at: float = 0


@dataclass(frozen=True, slots=True)
class Member:
    """`id`: digest of the person's key; `shown`: his name, encrypted for the row; a new `serial` ends his links."""

    id: str
    shown: str
    serial: int = 1


@dataclass(frozen=True, slots=True)
class Blocked:
    """A step could not be done. `said_after`: it is worth a note once it has lasted until then."""

    reason: str
    retry_at: float
    said_after: float = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Row(Claim):
    """What the table remembers of one workspace, with its claim.

    Wishes: `lives_until` (once delivered; `expires` is the claim's), `extended` (how often), `ended`, `end_at_once`,
    `room` (bytes of the quota that are free), `uploads_until` (when the last address given dies): written by whoever
    wishes, with a mark and a `due`. The rest only passes write. `told` and `serial`: notes said, and how many;
    `telling`: one that may be on its way until `unsettled_until`. `manifest`: digest of the one in the archive;
    `deleting`: no way back.
    """

    id: str = ""
    phase: Phase = Phase.NEW
    kind: WorkspaceKind = WorkspaceKind.PERSONAL
    person: str = ""
    members: tuple[Member, ...] = ()
    bucket: str = ""
    slug: str = ""
    attempt: int = 0
    created: float = 0
    ready: float = 0
    lives_until: float = 0
    extended: int = 0
    days: int = 0
    order: str = ""
    catalog: bool = False
    number: str = ""
    cost_center: str = ""
    quota: int = 0
    room: int = 0
    used: int = 0
    uploads_until: float = 0
    settled: float = 0
    ended: Why | None = None
    end_at_once: bool = False
    manifest: str = ""
    deleting: bool = False
    why: Why | None = None
    blocked: Blocked | None = None
    told: tuple[str, ...] = ()
    serial: int = 0
    telling: str = ""
    unsettled_until: float = 0
    proof: str = ""
    bulk: str = ""
    """Key of the bulk order it is one of: notes and result are that order's."""

    @property
    def delivered(self) -> bool:
        return self.ready > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRow(Claim):
    """What became of an order. `first`: its workspace was made for it, and carries its notes; others have theirs here:
    a second order, an extension, an end, a bulk order. `workspaces`: what it is about. `until`: the expiry it asked
    for, or that the one to be ended had. `accepted`: so many names of a bulk order have a row. `noted`: when its
    progress was last said.
    """

    key: str = ""
    action: Action = Action.NEW
    workspace: str = ""
    first: bool = False
    workspaces: tuple[str, ...] = ()
    until: float = 0
    accepted: int = 0
    noted: float = 0
    done: bool = False
    told: tuple[str, ...] = ()
    serial: int = 0
    telling: str = ""
    unsettled_until: float = 0


@dataclass(frozen=True, slots=True)
class Wanted:
    """`gone`: why it is to go; None: it is to be there. `at_once`: addresses already given are cut off."""

    gone: Why | None = None
    at_once: bool = False


@dataclass(frozen=True, slots=True)
class Version:
    """One version, or delete marker, of a file. `current`: the newest of its name, and no marker."""

    key: str
    version: str
    size: int = 0
    etag: str = ""
    current: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """A version that may be deleted. `kept`: its copy's key in the archive, "" for what a later one had replaced."""

    key: str
    version: str
    size: int = 0
    kept: str = ""
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """What this pass saw and did of the bucket. `missing`: settings not put yet. `entries`: of the manifest as it must
    become; `stored`: so many stand in the archive and may be deleted; `deleted`: so many are. `listed`: to the end;
    `short`: this pass has no time for more copies.
    """

    exists: bool = True
    missing: tuple[Setting, ...] = tuple(Setting)
    checked: bool = False
    entries: tuple[Entry, ...] = ()
    listed: bool = False
    short: bool = False
    stored: int = 0
    deleted: int = 0


@dataclass(frozen=True, slots=True)
class Policy:
    """What a deployment decides. `days_most`: how far one click extends, counted from the delivery."""

    days: int = 14
    days_most: int = 60
    days_ordered_most: int = 365
    quota: int = 5 * 1024**3
    names_most: int = 1000
    members_most: int = 50


class BadOrder(ValueError):
    """What is asked for cannot be; the sentence says what to ask for instead. `field`: of the order."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field
