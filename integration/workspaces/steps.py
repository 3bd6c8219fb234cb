"""What the planner may say is to be done next. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from integration.workspaces.model import Setting, Why


@dataclass(frozen=True, slots=True)
class Name:
    """Give the bucket its next name; recorded before it is tried."""

    attempt: int


@dataclass(frozen=True, slots=True)
class Create:
    """Make the bucket, tagged in the same call."""


@dataclass(frozen=True, slots=True)
class Configure:
    setting: Setting


@dataclass(frozen=True, slots=True)
class Check:
    """Write, read and remove a file through signed addresses."""


@dataclass(frozen=True, slots=True)
class Deliver:
    """It is ready: its time begins."""


@dataclass(frozen=True, slots=True)
class Tell:
    """Say it on the request item, once."""

    note: str


@dataclass(frozen=True, slots=True)
class Settle:
    """Sum what is there and give back what was reserved and never came."""


@dataclass(frozen=True, slots=True)
class Freeze:
    """It ends: no address is given any more."""

    why: Why


@dataclass(frozen=True, slots=True)
class Thaw:
    """Somebody wants it after all, in time."""


@dataclass(frozen=True, slots=True)
class WaitFor:
    """Addresses that were given live until then."""

    until: float


@dataclass(frozen=True, slots=True)
class Close:
    """The bucket takes no more writes."""


@dataclass(frozen=True, slots=True)
class Archive:
    """List the bucket and copy what the manifest lacks, for as long as time is left."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """Store it. `complete`: deleting may begin, and there is no way back from then on."""

    complete: bool


@dataclass(frozen=True, slots=True)
class Empty:
    """Delete what the manifest names, and nothing else."""


@dataclass(frozen=True, slots=True)
class Drop:
    """Delete the bucket; the store's own check says whether it is empty."""


@dataclass(frozen=True, slots=True)
class Prove:
    """See that it is not there, and store what became of its files."""


@dataclass(frozen=True, slots=True)
class Release:
    """It is gone: the person's place is free again."""


@dataclass(frozen=True, slots=True)
class Block:
    """A step is refused: said once, tried again at `retry_at`. `unnamed`: every name for the bucket is somebody else's,
    so none is its own.
    """

    reason: str
    retry_at: float
    said_after: float = 0
    unnamed: bool = False


@dataclass(frozen=True, slots=True)
class Nothing:
    """Rest. `due`: when somebody must look; None: never."""

    due: float | None = None


Step: TypeAlias = (
    Name | Create | Configure | Check | Deliver | Tell | Settle | Freeze | Thaw | WaitFor | Close | Archive
    | Manifest | Empty | Drop | Prove | Release | Block | Nothing
)  # fmt: skip
