"""Twins of what a workspace's pass works with, and one system of them with a clock of its own.

Every call goes through `System.call`: where tests count, kill a pass before or after it, or let it fail.
"""

from __future__ import annotations

import hashlib
import itertools
import json
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from integration.clients.errors import Refused, Unavailable
from integration.workspaces.model import (
    DAY_S,
    BadOrder,
    Entry,
    Order,
    Person,
    Phase,
    Policy,
    Row,
    Setting,
    Standing,
    Version,
)
from integration.workspaces.naming import CHECK_FILE, BucketNames
from integration.workspaces.ordering import Ordering
from integration.workspaces.ports import Listed
from integration.workspaces.reconciler import Reconciler, Settings
from integration.workspaces.records import WorkspaceRecords
from integration.workspaces.row_codec import workspace_row
from integration.workspaces.unheard import MINUTE_S, Unheard
from tests.fakes.orders import Killed
from tests.fakes.table import MemoryTable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from integration.reconcile.audit import Outcome
    from integration.workspaces.attempt import Report
    from integration.workspaces.model import Member

BEFORE, AFTER, LOST, NOT_NOW = "death before", "death after", "answer lost, effect", "refused for now"
FAULTS = (BEFORE, AFTER, LOST, NOT_NOW)
CLAIM_S, FUNCTION_S, REAPER_S = 200.0, 180.0, 60.0
START = 1_800_000_000.0
POLICY = Policy(days=14, quota=1000)


class PlainEnvelope:
    """As `aws.encryption.Envelope`, without a key: what is bound to one row cannot be read in another."""

    def encrypt(self, text: str, row: tuple[str, str]) -> str:
        return json.dumps([text, *row])

    def decrypt(self, encrypted: str, row: tuple[str, str]) -> str:
        text, *bound = json.loads(encrypted)
        assert tuple(bound) == row
        return str(text)


@dataclass
class Bucket:
    tags: dict[str, str]
    settings: set[Setting] = field(default_factory=set)
    closed: bool = False
    versions: list[tuple[Version, bytes]] = field(default_factory=list)


@dataclass
class MemoryBuckets:
    """The store. `land` is an upload that began in time: it comes whatever the bucket's policy says by then.

    It fails the test itself where a file is deleted that the archive lacks, or a bucket comes without tags.
    """

    call: Callable[[str, Callable[[], Any]], Any] = lambda _name, act: act()
    buckets: dict[str, Bucket] = field(default_factory=dict)
    archive: dict[str, bytes] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)
    most: int = 10_000
    page: int = 1000
    made: int = 0
    dropped: list[str] = field(default_factory=list)
    numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    # ---- what people do
    def land(self, name: str, key: str, content: bytes) -> bool:
        bucket = self.buckets.get(name)
        if bucket is None:
            return False
        self._replace(bucket, key, content)
        return True

    def put(self, name: str, key: str, content: bytes) -> bool:
        return not self.buckets[name].closed and self.land(name, key, content)

    def remove(self, name: str, key: str) -> None:
        bucket = self.buckets[name]
        self._supersede(bucket, key)
        bucket.versions.append((Version(key, f"m{next(self.numbers)}"), b""))

    def current(self, name: str) -> dict[str, bytes]:
        return {each.key: content for each, content in self.buckets[name].versions if each.current}

    def _replace(self, bucket: Bucket, key: str, content: bytes) -> None:
        self._supersede(bucket, key)
        etag = hashlib.md5(content, usedforsecurity=False).hexdigest()
        version = Version(key, f"v{next(self.numbers)}", len(content), etag, current=True)
        bucket.versions.append((version, content))

    @staticmethod
    def _supersede(bucket: Bucket, key: str) -> None:
        bucket.versions = [
            (replace(each, current=False) if each.key == key else each, content) for each, content in bucket.versions
        ]

    # ---- the port
    def create(self, bucket: str, tags: Mapping[str, str]) -> None:
        def act() -> None:
            assert tags["Workspace"], "a bucket without an owner"
            if bucket in self.taken:
                raise Refused("aws", "taken", code="BucketAlreadyExists")
            if bucket not in self.buckets and len(self.buckets) >= self.most:
                raise Refused("aws", "too many", code="TooManyBuckets")
            self.made += bucket not in self.buckets
            self.buckets.setdefault(bucket, Bucket(dict(tags)))

        self.call("create bucket", act)

    def configure(self, bucket: str, setting: Setting) -> None:
        def act() -> None:
            self.buckets[bucket].settings.add(setting)
            if setting is Setting.POLICY:
                self.buckets[bucket].closed = False

        self.call(f"configure {setting}", act)

    def check(self, bucket: str) -> None:
        """Assume, POST, GET, delete."""
        self.call("check assume", lambda: None)
        self.call("check post", lambda: self.land(bucket, CHECK_FILE, b"check"))
        self.call("check get", lambda: None)
        self.call("check delete", lambda: self.remove(bucket, CHECK_FILE))

    def close(self, bucket: str) -> bool:
        def act() -> bool:
            if bucket in self.buckets:
                self.buckets[bucket].closed = True
            return bucket in self.buckets

        return bool(self.call("close bucket", act))

    def versions(self, bucket: str, after: str = "") -> tuple[Sequence[Version], str]:
        def act() -> tuple[Sequence[Version], str]:
            listed = [each for each, _ in self.buckets[bucket].versions] if bucket in self.buckets else []
            start = int(after or 0)
            end = start + self.page
            return listed[start:end], str(end) if end < len(listed) else ""

        found: tuple[Sequence[Version], str] = self.call("list versions", act)
        return found

    def keep(self, bucket: str, version: Version, key: str) -> Entry:
        def act() -> Entry:
            held = {each.version: content for each, content in self.buckets[bucket].versions}
            content = held[version.version]
            self.archive[key] = content
            return Entry(version.key, version.version, len(content), key, hashlib.sha256(content).hexdigest())

        entry: Entry = self.call("copy", act)
        return entry

    def delete(self, bucket: str, entries: Sequence[Entry]) -> None:
        def act() -> None:
            assert len(entries) <= 1000
            names = {(each.key, each.version) for each in entries}
            stands = self.buckets[bucket]
            for version, content in stands.versions:
                if (version.key, version.version) in names and version.current and version.key != CHECK_FILE:
                    assert content in self.archive.values(), f"{version} is deleted, and the archive lacks it"
            stands.versions = [each for each in stands.versions if (each[0].key, each[0].version) not in names]

        self.call("delete versions", act)

    def drop(self, bucket: str) -> bool:
        def act() -> bool:
            if bucket in self.buckets and self.buckets[bucket].versions:
                return False
            if self.buckets.pop(bucket, None) is not None:
                self.dropped.append(bucket)
            return True

        return bool(self.call("delete bucket", act))

    def exists(self, bucket: str) -> bool:
        return bool(self.call("head bucket", lambda: bucket in self.buckets))

    def read(self, key: str) -> bytes | None:
        found: bytes | None = self.call("read archive", lambda: self.archive.get(key))
        return found

    def write(self, key: str, content: bytes) -> None:
        self.call("write archive", lambda: self.archive.update({key: content}))


@dataclass
class Item:
    """A request item, and when somebody changed it. `closed_by_us`: state closed complete, written with a note."""

    order: Order
    changed: float = START
    notes: list[str] = field(default_factory=list)
    closed_by_us: int = 0
    private: int = 0
    lists: dict[str, str] = field(default_factory=dict)


@dataclass
class MemoryOrders:
    clock: Callable[[], float]
    call: Callable[[str, Callable[[], Any]], Any] = lambda _name, act: act()
    items: dict[str, Item] = field(default_factory=dict)
    hidden: int = 0

    def stands(self, sys_id: str, standing: Standing) -> None:
        item = self.items[sys_id]
        item.order, item.changed = replace(item.order, standing=standing), self.clock()

    def listed(self, since: float, until: float) -> Listed:
        def act() -> Listed:
            left = {key: item for key, item in self.items.items() if item.changed < until}
            closed = {Standing.CLOSED, Standing.DELETED}
            wanted = {
                key: item.order.standing for key, item in left.items()
                if item.order.standing is Standing.APPROVED
                or (item.changed >= since and item.order.standing not in closed)
            }  # fmt: skip
            return Listed(wanted, self.hidden)

        found: Listed = self.call("list orders", act)
        return found

    def read(self, sys_id: str) -> Order | None:
        def act() -> Order | None:
            item = self.items.get(sys_id)
            return replace(item.order, seen_at=self.clock()) if item else None

        found: Order | None = self.call("read order", act)
        return found

    def tell(self, sys_id: str, text: str, *, close: bool = False, private: bool = False) -> None:
        def act() -> None:
            item = self.items[sys_id]
            if item.order.standing is Standing.DELETED:
                raise Refused("servicenow", "no record")
            item.notes.append(text)
            item.changed = self.clock()
            item.private += private
            if close:
                item.closed_by_us += 1
                item.order = replace(item.order, standing=Standing.CLOSED)

        self.call("tell order", act)

    def said(self, sys_id: str, mark: str) -> bool:
        return bool(self.call("read journal", lambda: any(mark in note for note in self.items[sys_id].notes)))

    def attach(self, sys_id: str, name: str, content: str) -> None:
        self.call("attach", lambda: self.items[sys_id].lists.update({name: content}))


@dataclass
class System:
    """`kill`: one call, counted from 1, and its fault.

    `fails`: what a call of that name raises, before it does anything, or after where its outcome is unknown.
    """

    now: float = START
    calls: list[str] = field(default_factory=list)
    kill: tuple[int, str] | None = None
    fails: dict[str, Exception] = field(default_factory=dict)
    at_call: Callable[[int, str], None] = lambda _number, _name: None
    policy: Policy = POLICY
    regional: bool = True
    deadline_s: float = FUNCTION_S

    def __post_init__(self) -> None:
        self.table = MemoryTable(self.call)
        self.records = WorkspaceRecords(self.table, PlainEnvelope())
        self.buckets = MemoryBuckets(self.call)
        self.orders = MemoryOrders(self.clock, self.call)
        names = BucketNames("123456789012", "eu-central-1", self.regional)
        settings = Settings(CLAIM_S, names, _link, policy=self.policy)
        self.reconciler = Reconciler(self.buckets, self.orders, self.records, settings, self.clock)
        self.woken: list[str] = []
        self.ordering = Ordering(self.reconciler, self.woken.extend)
        self.unheard = Unheard(self.orders, self.records, self.woken.extend, self.clock)
        self.outcomes: list[Outcome[Report]] = []
        self.waits: dict[str, float] = {}
        self.looked: dict[str, float] = {}
        self.tries: dict[str, int] = {}

    def clock(self) -> float:
        return self.now

    def call(self, name: str, act: Callable[[], Any]) -> Any:
        self.calls.append(name)
        number = len(self.calls)
        self.at_call(number, name)
        fault = self.kill[1] if self.kill and self.kill[0] == number else ""
        self.kill = None if fault else self.kill
        if fault == BEFORE:
            raise Killed
        error = self.fails.get(name) or (busy_of(name, lost=fault == LOST) if fault in {LOST, NOT_NOW} else None)
        if error is not None and not getattr(error, "outcome_unknown", False):
            raise error
        answer = act()
        if error is not None:
            raise error
        if fault == AFTER:
            raise Killed
        return answer

    def people(self, act: Callable[[], Any]) -> Any:
        """What a person does through a page that answers in the end; refused, he leaves it."""
        with suppress(BadOrder):
            return self.unobserved(act)

    def unobserved(self, act: Callable[[], Any]) -> Any:
        """What tests look at counts for nothing and dies of nothing."""
        kept = (self.calls, self.kill, self.fails, self.at_call)
        self.calls, self.kill, self.fails, self.at_call = [], None, {}, lambda _number, _name: None
        try:
            return act()
        finally:
            self.calls, self.kill, self.fails, self.at_call = kept

    # ---- what happens
    def ordered(self, key: str, order: Order) -> None:
        self.orders.items[key] = Item(replace(order, key=key, catalog=True), self.now)

    def hear(self, key: str) -> None:
        """A message about an order."""
        self._survive(key, lambda: self.ordering.run(key, self.now + self.deadline_s))

    def look_for_orders(self) -> Outcome[Report]:
        """As the worker does, when the reaper asks it to."""
        return self.unheard.run(str(int(self.now // MINUTE_S)), self.now + self.deadline_s)

    def post(self, order: Order) -> str:
        """A call from outside: accepted, and its first pass run."""
        accepted = self.reconciler.accept(order)
        if accepted.fresh:
            self.outcomes.append(self.reconciler.run(accepted.row.id, self.now + self.deadline_s, accepted))
        return accepted.row.id

    def look(self, workspace: str) -> None:
        self._survive(workspace, lambda: self.reconciler.run(workspace, self.now + self.deadline_s))

    def _survive(self, about: str, act: Callable[[], Outcome[Report]]) -> None:
        """As a queue does: what failed comes back, what died comes back once its claim ran out."""
        try:
            outcome = act()
        except Killed:
            self.waits[about] = self.now + CLAIM_S + 10
            return
        self.outcomes.append(outcome)
        if outcome.error is not None and not isinstance(outcome.error, AssertionError):
            self.tries[about] = self.tries.get(about, 0) + 1
            self.waits[about] = max(getattr(outcome.error, "at", 0), self.now + min(600, 10 * 2 ** self.tries[about]))
        elif outcome.error is not None:
            raise outcome.error
        else:
            self.tries.pop(about, None)

    def settle(self, until: float | None = None, most: int = 10_000) -> None:
        """Messages come back and the reaper looks, until then; by default as long as what died takes to be free."""
        end = self.now + 2 * CLAIM_S if until is None else until
        for _ in range(most):
            due = [each for each in self._due(end) if each[1] <= end]
            if not due:
                self.now = max(self.now, end)
                return
            self.now = max(self.now, min(at for _, at in due))
            for about in dict.fromkeys(about for about, at in due if at <= self.now):
                self.waits.pop(about, None)
                self.looked[about] = self.now
                (self.hear if about in self.orders.items else self.look)(about)
        raise AssertionError("it never comes to rest")

    def _due(self, end: float) -> list[tuple[str, float]]:
        due = [(pk.partition("#")[2], item["due"]) for (pk, _), item in self.table.items.items() if "due" in item]
        self.waits |= dict.fromkeys(self.woken, self.now)
        self.woken.clear()
        ticks = [(key, max(at, self.looked.get(key, at - REAPER_S) + REAPER_S)) for key, at in due if at <= end]
        return [*ticks, *self.waits.items()]

    # ---- what is
    def rows(self) -> dict[str, Row]:
        items = self.table.items.items()
        rows = [workspace_row(key, item) for key, item in items if key[1] == "latest" and key[0][0] == "W"]
        return {row.id: row for row in rows}

    def row(self, workspace: str) -> Row:
        return self.rows()[workspace]

    def at_rest(self) -> None:
        """What always holds once nothing is due: half-made is finished or removed, buckets and rows match, each note
        is there once, and another pass writes nothing but its claim.
        """
        rows, places = self.rows(), {}
        for row in rows.values():
            assert row.phase in {Phase.READY, Phase.GONE} or row.blocked, row
            if row.phase is not Phase.GONE and row.kind == "personal":
                assert row.person not in places, "two personal workspaces of one person"
                places[row.person] = row.id
        alive = {row.bucket for row in rows.values() if row.phase is Phase.READY}
        assert set(self.buckets.buckets) == alive
        assert all(bucket.settings == set(Setting) and not bucket.closed for bucket in self.buckets.buckets.values())
        for item in self.orders.items.values():
            marks = [note.splitlines()[-1] for note in item.notes]
            assert len(marks) == len(set(marks)), item.notes
            assert len({note.replace(mark, "") for note, mark in zip(item.notes, marks, strict=True)}) == len(marks)
            assert item.closed_by_us <= 1
        for row in rows.values():
            self._idles(row)

    def _idles(self, row: Row) -> None:
        def again() -> tuple[Row, Row]:
            stored = self.buckets.made, len(self.buckets.archive), sum(len(e.notes) for e in self.orders.items.values())
            self.reconciler.run(row.id, self.now + self.deadline_s)
            assert stored == (
                self.buckets.made, len(self.buckets.archive), sum(len(e.notes) for e in self.orders.items.values()),
            )  # fmt: skip
            return row, self.rows()[row.id]

        before, after = self.unobserved(again)
        assert replace(after, version=0, marked=False, due=None) == replace(before, version=0, marked=False, due=None)


def _link(row: Row, member: Member) -> str:
    return f"https://api.example/prod/w#{row.id}.{member.id}.secret{member.serial}"


def ada(**more: Any) -> Order:
    """An order for Ada."""
    return Order(**{"key": "order1", "person": Person("name/ada", "Ada"), "days": 14, **more})


def busy_of(call: str, *, lost: bool = False) -> Unavailable:
    """No answer to this call; of a read nothing is ever lost."""
    of_instance = "order" in call or call in {"attach", "read journal"}
    reads = call.startswith(("read", "list", "head", "get", "batch", "query")) or call == "check get"
    return Unavailable(
        "servicenow" if of_instance else "aws", f"no answer to {call}", outcome_unknown=lost and not reads
    )


def busy(name: str = "no answer", *, lost: bool = False) -> Unavailable:
    return Unavailable("aws", name, outcome_unknown=lost)


__all__ = ["DAY_S", "START", "Killed", "System", "ada", "busy"]
