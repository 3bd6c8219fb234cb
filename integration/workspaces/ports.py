"""What a pass works with: the store of buckets, the instance's request items, the table, signed addresses.

Each raises the kinds of `clients.errors`. Adapters: `buckets`, `orders`, `records`; twins: `tests/fakes`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from integration.clients.errors import Misconfigured

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from integration.reconcile.claims import Ending
    from integration.workspaces.model import (
        Entry,
        Member,
        Order,
        OrderRow,
        Person,
        Row,
        Setting,
        Standing,
        Version,
        Why,
    )
    from integration.workspaces.quota import Settlement, Upload


class Buckets(Protocol):
    """One bucket a workspace, and the archive. `Refused` carries the store's code: `BucketAlreadyExists`,
    `TooManyBuckets`; nothing here deletes what it is not given by name and version.
    """

    def create(self, bucket: str, tags: Mapping[str, str]) -> None:
        """Make it with its tags in one call. Ours already: done."""

    def configure(self, bucket: str, setting: Setting) -> None: ...

    def check(self, bucket: str) -> None:
        """Write, read and remove a file through signed addresses. `Refused` where it did not come back as it was."""

    def close(self, bucket: str) -> bool:
        """Deny every write; False: there is no such bucket."""

    def versions(self, bucket: str, after: str = "") -> tuple[Sequence[Version], str]:
        """A thousand versions and markers, in the order of names, and where the next page begins ("" after the last).

        One that is not there has none.
        """

    def keep(self, bucket: str, version: Version, key: str) -> Entry:
        """Copy it to this key of the archive and compare. `Refused` where the copy differs."""

    def delete(self, bucket: str, entries: Sequence[Entry]) -> None:
        """Exactly these versions, a thousand at most; those that are gone are gone."""

    def drop(self, bucket: str) -> bool:
        """Delete it; False: it is not empty. One that is not there is deleted."""

    def exists(self, bucket: str) -> bool: ...

    def read(self, key: str) -> bytes | None:
        """Of the archive; None: there is no such key."""

    def write(self, key: str, content: bytes) -> None:
        """Into the archive."""


@dataclass(frozen=True, slots=True)
class Form:
    """An upload: POST these fields, then `file`, to `url`."""

    url: str
    fields: Mapping[str, str]


class Signer(Protocol):
    """Signed addresses, made with credentials that reach one bucket and no other."""

    def upload(self, bucket: str, key: str, size: int, content_type: str) -> Form:
        """Good for this key, type and exact size, for `ADDRESS_S`."""

    def download(self, bucket: str, key: str) -> str:
        """Good for 300 s; answered as an attachment, never shown."""


@dataclass(frozen=True, slots=True)
class File:
    """`at`: when it came, epoch seconds."""

    key: str
    size: int
    at: float


class Files(Signer, Protocol):
    """What a person does with the files of one workspace, with the same credentials."""

    def listed(self, bucket: str) -> tuple[Sequence[File], bool]:
        """What is there now, by name; True: there is more."""

    def remove(self, bucket: str, key: str) -> None:
        """It is marked as removed; its versions stay."""

    def restore(self, bucket: str, key: str) -> bool:
        """Take the mark away; False: the file is not removed. No version of a file is ever deleted by this."""


class NotShown(Misconfigured):
    """Something of an order of ours is hidden from our user: it is not known, and never taken for empty."""


@dataclass(frozen=True, slots=True)
class Listed:
    """`stands`: how each item stands. `hidden`: so many more are counted, and not shown."""

    stands: Mapping[str, Standing]
    hidden: int = 0


class Orders(Protocol):
    """Request items of our catalog item."""

    def listed(self, since: float, until: float) -> Listed:
        """What is approved and open, and what is not approved and changed since then; all as it was left before
        `until`. Epoch seconds.
        """

    def read(self, sys_id: str) -> Order | None:
        """With its variables, in one batch. None: it is another item's. Deleted: `Standing.DELETED`.

        `BadOrder` where a variable makes no sense; `NotShown` where one, or what people decide, is hidden.
        """

    def tell(self, sys_id: str, text: str, *, close: bool = False, private: bool = False) -> None:
        """Append a comment, which the instance may mail to the person, or a work note (`private`).

        `close`: and close the item complete. `Refused` where the instance takes it not, or the note alone.
        """

    def said(self, sys_id: str, mark: str) -> bool:
        """Whether a note of its journal holds this mark. `Misconfigured` where the journal is hidden."""

    def attach(self, sys_id: str, name: str, content: str) -> None:
        """A text file beside the item; one of this name with this content already is left."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """`row`: claimed by whoever asked where it is `fresh`; else the place the person has already, as it is stored."""

    row: Row
    fresh: bool


class Records(Protocol):
    """The table. What a pass writes goes under its claim (`claim` … `release`, as `reconcile.claims` says), and only
    what it changed since `before`; a wish goes at any time, leaves a mark, and sets `due` so that somebody looks.
    """

    def accept(
        self, order: str, people: Sequence[Person], make: Callable[[int, int], Row], owner: str, until: float
    ) -> Accepted:
        """Order, place of the person, row and name of the bucket in one transaction; claimed by `owner` ("": by nobody,
        and due at `until`).

        `make`: the row of the person's so many-th workspace, from 0, with so many-th name, from 1. Whoever asks again,
        or at once, gets what stands. Dies after: `due` is set, somebody goes on.
        """

    def accept_together(self, begun: Sequence[tuple[str, Person, Row]], due: float) -> bool:
        """At most 25, each with its order and its person, in one transaction; claimed by nobody, and due.

        False: one of them stands already, and nothing was written.
        """

    def name(self, owner: str, before: Row, row: Row) -> bool:
        """Record a bucket's name before it is tried; False: it is another workspace's."""

    def get(self, workspace: str) -> Row | None: ...

    def many(self, workspaces: Iterable[str]) -> Mapping[str, Row]: ...

    def of_person(self, person: str) -> Sequence[str]:
        """Ids of what is his, by the digest of his key: the personal one first."""

    def shown(self, row: Row, member: Member) -> str:
        """A member's name."""

    def due(self, now: float) -> Sequence[tuple[str, str, float]]:
        """Kind (`Workspace` or `Order`), id, and since when; the longest waiting first."""

    def claim(self, workspace: str, owner: str, until: float, now: float, known: Row | None = None) -> Row | None: ...

    def mark(self, workspace: str, now: float) -> bool: ...

    def save(self, owner: str, before: Row, row: Row, *, clears_mark: bool = False, frees: bool = False) -> None:
        """`frees`: the person's place is given up in the same transaction."""

    def freeze(self, owner: str, before: Row, row: Row) -> Row:
        """Saved, and the row with all that was wished by then: from here on no address can be given."""

    def release(
        self,
        owner: str,
        before: Row,
        row: Row,
        ending: Ending,
        audit: Mapping[str, Any] | None = None,
        *,
        frees: bool = False,
    ) -> bool: ...

    def hand_over(self, owner: str, before: Row, person: Person, due: float) -> Row | None:
        """Let go of it as this person's, with a new link; None: he has a personal one, and nothing was written."""

    def uploads(self, workspace: str) -> Sequence[Upload]:
        """What is reserved."""

    def settle(self, owner: str, row: Row, settlement: Settlement, now: float) -> Row:
        """Add what is free again, by difference; the row as it then is. At most 99 reservations end at a time."""

    def order(self, key: str) -> OrderRow | None: ...

    def orders(self, keys: Iterable[str]) -> Mapping[str, OrderRow]: ...

    def claim_order(self, key: str, owner: str, until: float, now: float) -> OrderRow | None: ...

    def save_order(self, owner: str, before: OrderRow, row: OrderRow) -> None: ...

    def release_order(self, owner: str, before: OrderRow, row: OrderRow, ending: Ending) -> bool: ...

    def extend(self, row: Row, until: float, now: float) -> Row:
        """The wish that it lives until then; takes back that it ends. `BadOrder` where there is no way back, or the row
        is not as it was read.
        """

    def end(self, workspace: str, why: Why, now: float, *, at_once: bool = False) -> None:
        """The wish that it ends. Done where it is gone, or was never there."""

    def reserve(self, row: Row, upload: str, size: int, now: float, until: float) -> bool:
        """Take so much of the quota until then; False: there is not so much room, or it is not to be used any more."""

    def renew(self, workspace: str, members: Sequence[Member]) -> None:
        """These are its members now, with the serials of their links."""
