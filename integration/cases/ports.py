"""What the sync core needs of the world. Errors: `clients.errors` and `ClaimLost`; `None` means: no such record."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from integration.reconcile.claims import Claim

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from contextlib import AbstractContextManager

    from integration.cases.link import Blocked, Link
    from integration.model import Case, Incident
    from integration.reconcile.claims import Ending
    from integration.reconcile.hold import Hold

COMMENT, JOURNAL, CASE_FILE, INCIDENT_FILE = "Comment", "Journal", "CaseFile", "IncidentFile"
INVESTIGATION = "Investigation"


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """What became of one comment, journal entry or attachment; `fingerprint` is of the text or status last dealt with.

    `peers` are its counterparts on the other side (comment ids, journal references, attachment ids); none: it was
    skipped on purpose and `why` says so. `attempts` counts uploads that were begun.
    """

    kind: str
    id: str
    fingerprint: str = ""
    peers: tuple[str, ...] = ()
    why: str = ""
    attempts: int = 0

    @property
    def key(self) -> str:
        return f"{self.kind}#{self.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row(Claim):
    """A link as one read of the table showed it."""

    link: Link


@dataclass(frozen=True, slots=True)
class IncidentRow:
    """`Incident#<sys_id>`: the case it is linked to, or the case being made for it with the exact request, or why none
    is made or linked.
    """

    sys_id: str
    case_id: str = ""
    table: str = ""
    owner: str = ""
    expires: float = 0
    request: Mapping[str, Any] | None = None
    blocked: Blocked | None = None


LinkHold: TypeAlias = "Hold[Row, Link, LedgerRow]"
"""A pass's hold on a link."""


class Ledger(Protocol):
    """The rows beside a link."""

    def ledger(self, case_id: str, keys: Iterable[str]) -> dict[str, LedgerRow]: ...

    def whole_ledger(self, case_id: str, kind: str) -> dict[str, LedgerRow]: ...


class IncidentRows(Protocol):
    """The incidents' rows."""

    def incident(self, sys_id: str) -> IncidentRow | None: ...

    def claim_incident(self, row: IncidentRow, owner: str, until: float, now: float) -> IncidentRow | None:
        """Take the right to make or refuse a case, keeping `row.request` unless one is kept. None: a live claim."""

    def free_incident(self, sys_id: str, owner: str, due: float) -> None:
        """Give that right back; the kept request stays, and by `due` somebody must look."""

    def block_incident(self, sys_id: str, owner: str, blocked: Blocked) -> None:
        """Give that right back with the reason, and forget the request: nothing was made with it. Nobody needs to look
        again where `blocked.retry_at` is 0.
        """

    def settle_incident(self, sys_id: str, now: float) -> None:
        """Nobody need look at a record without a case any more, unless a live claim stands."""


class Links(IncidentRows, Ledger, Protocol):
    """The table. Every write is conditional; `ClaimLost` is raised where the claim is no longer ours."""

    def get(self, case_id: str) -> Row | None: ...

    def claim(self, case_id: str, owner: str, until: float, now: float, known: Row | None = None) -> Row | None:
        """Take a free or dead claim and the mark with it; None: a live one stands.

        The row as it was before (`owner`: whose dead claim). `known`, the row as last read, only saves a call.
        """

    def postpone(self, case_id: str, version: int, due: float | None) -> bool:
        """Set when somebody must look next, unless the row was claimed since it had that version; False: it was."""

    def mark(self, case_id: str, now: float) -> bool:
        """Leave a mark for the holder; False: there is no live claim any more."""

    def save(self, owner: str, link: Link, rows: Sequence[LedgerRow] = (), *, clears_mark: bool = False) -> None:
        """Store the link and ledger rows in one transaction. `clears_mark`: the holder is about to read again."""

    def release(
        self,
        owner: str,
        link: Link,
        rows: Sequence[LedgerRow],
        ending: Ending,
        audit: Mapping[str, Any] | None = None,
    ) -> bool:
        """Store and let go; False: a mark stands that `ending` heeds, and nothing was written.

        `audit` is kept beside the link for a time: `pass`, `at` in epoch seconds, ids and words.
        """

    def join(self, link: Link, owner: str) -> None:
        """Save the claimed link and its incident row in one transaction. `ClaimLost`: either is linked elsewhere."""

    def count_unreadable(self, case_id: str, now: float) -> int:
        """Note that this link's incident cannot be read; how many links were noted so within the last hour."""

    def count_creation(self, now: float, limit: int, opener: str = "") -> bool:
        """Count one case about to be made, for its opener, too; empty: for nobody's share.

        False: the brake is on (or this one put it on), or the opener's share is used up, for an hour.
        """


@dataclass(frozen=True, slots=True)
class IncidentRead:
    """One look at an incident; `at` is the instance's own clock when it answered."""

    incident: Incident
    at: float
    emails: Mapping[str, str] = field(default_factory=dict)
    """sys_id of a user on the watch list → e-mail address; unknown or without address: not in it."""
    shown: bool = False
    """Its journal is that which the record displays, whole, since its rows are hidden."""
    unread: bool = False
    """Rows are hidden and nothing is displayed that can be read: the journal says nothing."""


class Content(Protocol):
    """An open download: `iter` yields chunks of at most 1 MiB; `size` is None where the server did not say."""

    size: int | None

    def iter(self) -> Iterable[bytes]: ...


class Cases(Protocol):
    """AWS Security Incident Response, for one account and region."""

    def own(self, creator: str) -> bool:
        """Whether a creator is one of this deployment's functions, beyond doubt."""

    def read(self, case_id: str, *, investigations: bool = False, comments: bool = True) -> Case | None: ...

    def tags(self, arn: str) -> Mapping[str, str]: ...

    def create(self, request: Mapping[str, Any], token: str) -> str: ...

    def update(self, case_id: str, changes: Mapping[str, Any]) -> None: ...

    def set_status(self, case_id: str, status: str) -> None: ...

    def close(self, case_id: str) -> None: ...

    def response_team(self) -> Sequence[str]:
        """E-mail addresses of the membership's incident response team; read once."""

    def comment(self, case_id: str, body: str, token: str) -> str: ...

    def upload(self, case_id: str, file_name: str, content: Content, size: int, token: str) -> None:
        """Whole or not at all; a name that is taken raises `Refused`."""

    def download(self, case_id: str, attachment_id: str) -> AbstractContextManager[Content]: ...


class Incidents(Protocol):
    """One ServiceNow instance and table."""

    instance: str
    table: str

    def own(self, user_name: str) -> bool: ...

    def read(self, sys_id: str, since: float | None) -> IncidentRead | None:
        """The record, its journal since then (None: all) and its attachments, in one call where possible.

        A hidden journal is no error: `shown` and `unread` tell.
        """

    def find(self, correlation_id: str) -> Sequence[str]:
        """sys_ids of the records that carry it; every one was checked to do so."""

    def create(self, values: Mapping[str, str]) -> Incident: ...

    def update(self, sys_id: str, values: Mapping[str, str]) -> Incident:
        """The record as the instance says it now is; journal fields in `values` append one entry each."""

    def matches(self, sys_id: str, encoded_query: str) -> bool: ...

    def users(self, emails: Sequence[str]) -> Mapping[str, str]:
        """E-mail address → sys_id of the one active user who has it; others are left out."""

    def readable(self) -> bool:
        """Whether this user sees any record that others opened: tells a hidden table from a hidden record.

        Where nobody else opened one, our own count.
        """

    def hides(self, sys_id: str) -> bool:
        """Whether the record is there, though this user may not see it. False: it is not, or nothing tells."""

    def close_codes(self) -> Mapping[str, str]:
        """Value → label of the closure codes the instance offers, or is known to use; empty: nothing tells."""

    def upload(self, sys_id: str, file_name: str, content: Content, size: int | None) -> str:
        """The attachment's sys_id, once the instance's hash is that of what was sent."""

    def download(self, attachment_id: str) -> AbstractContextManager[Content]: ...
