"""Writes down the calls of so many new workspaces: our own code runs over clients that only note what they are asked.

What is noted is made again bare, call for call, with its conditions, its rows as they are, its settings. A call that
our code makes otherwise from now on is so here, too.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from integration.aws.encryption import Envelope
from integration.aws.queue import Queue
from integration.aws.table import Table
from integration.workspaces.buckets import S3Buckets
from integration.workspaces.files import BucketFiles
from integration.workspaces.messages import WORKSPACE, due_event
from integration.workspaces.model import Order, Person, WorkspaceKind
from integration.workspaces.ordering import Ordering
from integration.workspaces.reconciler import Reconciler, Settings
from integration.workspaces.records import WorkspaceRecords

if TYPE_CHECKING:
    from collections.abc import Sequence

    from integration.reconcile.audit import Outcome
    from integration.workspaces.attempt import Report
    from integration.workspaces.bucket_settings import Rules
    from integration.workspaces.model import Member, Row
    from integration.workspaces.naming import BucketNames

CHECK, INSTANCE = "check", "instance"
SLUG = "bare"
_CLAIM_S, _KEY_BYTES, _WRAPPED_BYTES, _SECRET = 320.0, 32, 180, "s" * 43


@dataclass(frozen=True)
class Call:
    """`service`: a boto3 client's, or CHECK or INSTANCE, which are made by HTTP."""

    service: str
    operation: str
    asked: dict[str, Any]


@dataclass(frozen=True)
class Work:
    """`head`: calls of the order that come before, one after the other; each message it sends begins one of `each`.
    `tail`: those once all are made.
    """

    each: list[list[Call]]
    head: list[Call] = field(default_factory=list)
    tail: list[Call] = field(default_factory=list)

    @property
    def keys(self) -> set[tuple[str, str]]:
        """Of the rows that are written."""
        calls = [call.asked for part in (*self.each, self.head, self.tail) for call in part]
        writes = [write for asked in calls for each in asked.get("TransactItems", []) for write in each.values()]
        found = [each.get("Item") or each.get("Key") for each in (*writes, *calls) if "TableName" in each]
        return {(key["PK"]["S"], key["SK"]["S"]) for key in found}


@dataclass(frozen=True)
class Place:
    """What the worker's functions have of their deployment."""

    table: str
    queue_url: str
    names: BucketNames
    rules: Rules
    region: str


class _Noting:
    """A boto3 client of this service that notes; of the table it tells what was put there, as made."""

    def __init__(self, service: str, calls: list[Call]) -> None:
        self._service, self._calls = service, calls
        self._items: dict[str, dict[str, Any]] = {}

    def __getattr__(self, operation: str) -> partial[dict[str, Any]]:
        return partial(self._noted, operation)

    def _noted(self, operation: str, **asked: Any) -> dict[str, Any]:
        self._calls.append(Call(self._service, operation, asked))
        puts = (each["Put"]["Item"] for each in asked.get("TransactItems", []) if "Put" in each)
        self._items |= {item["PK"]["S"]: item for item in puts if "phase" in item}
        if operation == "get_item":
            return {"Item": self._items[asked["Key"]["PK"]["S"]]}
        ready = {"phase": {"S": "ready"}}
        return {
            "Responses": {
                table: [self._items[key["PK"]["S"]] | ready for key in wanted["Keys"]]
                for table, wanted in asked.get("RequestItems", {}).items()
            }
        }


class _Kms:
    """Asked once by a container, so not among the calls."""

    def generate_data_key(self, **_asked: Any) -> dict[str, bytes]:
        return {"Plaintext": bytes(_KEY_BYTES), "CiphertextBlob": bytes(_WRAPPED_BYTES)}


@dataclass(frozen=True)
class _Buckets(S3Buckets):
    def check(self, bucket: str) -> None:
        self.client.check(Bucket=bucket)


@dataclass
class _Instance:
    """Of request items that are ours, as `ServiceNowOrders` asks it."""

    calls: list[Call]
    orders: dict[str, Order]

    def read(self, sys_id: str) -> Order | None:
        self._note("read", sys_id)
        return self.orders[sys_id]

    def tell(self, sys_id: str, text: str, *, close: bool = False, private: bool = False) -> None:
        assert close
        assert not private
        self._note("close", sys_id, text=text)

    def said(self, sys_id: str, mark: str) -> bool:
        raise AssertionError(f"nothing of {sys_id} is doubtful, nor is {mark}")

    def attach(self, sys_id: str, name: str, content: str) -> None:
        self._note("files", sys_id)
        self._note("attach", sys_id, name=name, content=content)

    def _note(self, operation: str, sys_id: str, **more: str) -> None:
        self.calls.append(Call(INSTANCE, operation, {"sys_id": sys_id, **more}))


@dataclass
class _Pen:
    place: Place
    calls: list[Call]
    orders: dict[str, Order]

    def __post_init__(self) -> None:
        place, noting = self.place, partial(_Noting, calls=self.calls)
        records = WorkspaceRecords(Table(noting("dynamodb"), place.table), Envelope(_Kms(), "key"))
        files = BucketFiles(None, None, "")  # type: ignore[arg-type]  # a noted check signs nothing
        buckets = _Buckets(noting("s3"), files, "", place.rules, place.region)
        settings = Settings(_CLAIM_S, place.names, _link)
        self.core = Reconciler(buckets, _Instance(self.calls, self.orders), records, settings, time.time)
        self.queue = Queue(noting("sqs"), place.queue_url)

    def wake(self, workspaces: Sequence[str]) -> None:
        self.queue.send([(due_event(WORKSPACE, each), 0) for each in workspaces])

    def noted(self) -> list[Call]:
        """What was noted since."""
        noted = self.calls.copy()
        self.calls.clear()
        return noted

    def ordered(self, sys_id: str) -> list[Call]:
        return self._whole(Ordering(self.core, self.wake).run(sys_id, math.inf))

    def made(self, workspace: str) -> list[Call]:
        return self._whole(self.core.run(workspace, math.inf))

    def _whole(self, outcome: Outcome[Report]) -> list[Call]:
        if outcome.error:
            raise outcome.error
        return self.noted()


def of_orders(place: Place, items: Sequence[str]) -> Work:
    """Each request item an order of its own, as `workspace_load.orders` has them made."""
    kinds = {each: _order(each, number, WorkspaceKind.TEAM) for number, each in enumerate(items)}
    pen = _Pen(place, [], kinds)
    return Work([pen.ordered(each) for each in items])


def of_one(place: Place, item: str, count: int) -> Work:
    """So many by one order, as `workspace_load.in_one` has them made."""
    names = tuple(f"{SLUG} {number}" for number in range(count))
    pen = _Pen(place, [], {item: _order(item, 0, WorkspaceKind.CLASS, names)})
    order = pen.ordered(item)
    looks = next(index for index, call in enumerate(order) if call.operation == "batch_get_item")
    return Work([pen.made(each) for each in _begun(order[:looks])], order[:looks], order[looks:])


def _begun(calls: Sequence[Call]) -> list[str]:
    """Ids of the workspaces whose rows these put."""
    writes = [write for call in calls for write in call.asked.get("TransactItems", [])]
    puts = [write["Put"]["Item"] for write in writes if "Put" in write]
    return [item["PK"]["S"].partition("#")[2] for item in puts if "phase" in item]


def _order(item: str, number: int, kind: WorkspaceKind, names: tuple[str, ...] = ()) -> Order:
    person = Person(f"name/{SLUG} {number}", f"{SLUG} {number}")
    return Order(key=item, person=person, kind=kind, names=names, catalog=True, number=item[:10], seen_at=math.inf)


def _link(row: Row, member: Member) -> str:
    """As long as one."""
    return f"http://127.0.0.1:12345/restapis/0123456789/prod/w#{row.id}.{member.id}.{_SECRET}"
