"""What the gate remembers: rows of the table `ServiceNowChanges`, whose row is the promise that an ask is answered.

| PK | SK | holds |
|---|---|---|
| `Change#<key>` | `latest` | sysId, number, model, told (encrypted), asked, submitted, updated, next, due, claim |
| `Change#<key>` | `Waiter#<id>` | kind, address and secret (encrypted), ends, answered, removeAt |
| `SysId#<sys_id>` | `latest` | key |

All expire (`removeAt`). No text of a change is in it but `told`, what the pipeline asked for, encrypted like a token.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.conditions import Attr
from boto3.dynamodb.conditions import Key as Condition

from integration.aws.errors import ConditionFailed
from integration.aws.item import Put, Update
from integration.changes.gate.waiter import Kind, Waiter
from integration.changes.model import Run
from integration.names import DUE, DUE_INDEX, REMOVE_AT
from integration.names import DUE_SHARD as SHARD
from integration.reconcile.claims import Claim
from integration.reconcile.errors import ClaimLost
from integration.reconcile.table_claims import DUE_SHARD, TableClaims, claim_in, due_at, leased

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from integration.aws.encryption import Envelope
    from integration.aws.item import Write
    from integration.aws.table import Table
    from integration.changes.gate.waiter import Ask
    from integration.reconcile.claims import Key

LATEST, WAITER = "latest", "Waiter#"
KEPT_S = 90 * 86_400
SOON_S = 60.0
"""What a pass left behind is looked at so soon."""
DUE_MOST = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Held(Claim):
    """One run's change. `told`: run and wish, encrypted; `model`: a sys_id; `next`: when it must be looked at whatever
    the instance says; `waiting`: how many do; `submitted`, `asked`: epoch seconds; `updated`: as last seen.
    """

    key: str
    told: str = field(default="", repr=False)
    sys_id: str = ""
    number: str = ""
    model: str = ""
    asked: float = 0
    waiting: int = 0
    submitted: float = 0
    updated: str = ""
    next: float = 0
    may_land_until: float = 0


def row_of(key: str) -> Key:
    return f"Change#{key}", LATEST


class Rows:
    def __init__(self, table: Table, envelope: Envelope) -> None:
        self._table, self._envelope = table, envelope
        self.claims: TableClaims[Held] = TableClaims(table, _held)

    def begin(self, key: str, ask: Ask, owner: str, now: float, until: float, lands: float) -> Held:
        """The change nobody asked for before, claimed, and who waits for it; one call. `ClaimLost`: somebody did."""
        row = row_of(key)
        told = json.dumps({"run": asdict(ask.run), "wanted": dict(ask.wanted)})
        item = {
            "PK": row[0], "SK": row[1], **leased(owner, until), "version": 1, "told": self._envelope.encrypt(told, row),
            "asked": now, "waiting": 1, "next": ask.waiter.answer_by, "mayLandUntil": lands,
            REMOVE_AT: _removed_at(ask.waiter),
        }  # fmt: skip
        try:
            self._table.transact([Put(item, Attr("PK").not_exists()), Put(self._waiter_item(key, ask.waiter))])
        except ConditionFailed:
            raise ClaimLost from None
        return _held(row, {**item, "mayLandUntil": 0})

    def add(self, key: str, waiter: Waiter) -> None:
        """Somebody else who waits for it."""
        self._table.put(self._waiter_item(key, waiter))

    def of(self, key: str) -> tuple[Held | None, list[Waiter]]:
        """The change and all who wait for it, in one query."""
        pk, _ = row_of(key)
        items = {item["SK"]: item for item in self._table.query(Condition("PK").eq(pk))}
        held = _held((pk, LATEST), items.pop(LATEST)) if LATEST in items else None
        waiters = [self._waiter((pk, sk), item) for sk, item in items.items() if sk.startswith(WAITER)]
        return held, waiters

    def key_of(self, sys_id: str) -> str | None:
        item = self._table.get(f"SysId#{sys_id}", LATEST)
        return str(item["key"]) if item else None

    def told(self, held: Held) -> tuple[Run, Mapping[str, str]]:
        """The run, and members of the wish."""
        found = json.loads(self._envelope.decrypt(held.told, row_of(held.key)))
        return Run(**found["run"]), found["wanted"]

    def due(self, now: float) -> Sequence[Held]:
        """What somebody must look at by now, the longest waiting first; one query."""
        waits = Condition(SHARD).eq(DUE_SHARD) & Condition(DUE).lte(now)
        items = self._table.query(waits, index=DUE_INDEX, limit=DUE_MOST)
        return [_held((item["PK"], item["SK"]), item) for item in items]

    def found(self, key: str, sys_id: str) -> list[Write]:
        """Which change it is, where there is one; for a transaction."""
        return [Put({"PK": f"SysId#{sys_id}", "SK": LATEST, "key": key})] if sys_id else []

    def answered(self, key: str, waiters: Sequence[Waiter]) -> list[Write]:
        """How they were; for a transaction."""
        pk, _ = row_of(key)
        return [Update((pk, WAITER + w.id), {"answered": w.answered}) for w in waiters]

    def remember(self, key: str, body: Mapping[str, Any], due: float | None, writes: Sequence[Write]) -> None:
        """What was seen, and when to look again; one call."""
        values, removed = due_at(due)
        latest = Update(row_of(key), {**body, **values}, removed=removed)
        if writes:
            self._table.transact([*writes, latest])
        else:
            self._table.write(latest)

    def postpone(self, held: Held, due: float) -> bool:
        return self.claims.postpone(row_of(held.key), held.version, due)

    def _waiter_item(self, key: str, waiter: Waiter) -> dict[str, Any]:
        place = row_of(key)[0], WAITER + waiter.id
        sealed = self._envelope.encrypt(json.dumps([dict(waiter.address), waiter.secret]), place)
        return {
            "PK": place[0], "SK": place[1], "kind": waiter.kind.value, "sealed": sealed, "ends": waiter.ends,
            REMOVE_AT: _removed_at(waiter),
        }  # fmt: skip

    def _waiter(self, place: Key, item: Mapping[str, Any]) -> Waiter:
        address, secret = json.loads(self._envelope.decrypt(item["sealed"], place))
        return Waiter(
            kind=Kind(item["kind"]), address=address, secret=secret, ends=float(item["ends"]),
            answered=item.get("answered", ""),
        )  # fmt: skip


def _removed_at(waiter: Waiter) -> int:
    return int(waiter.ends + KEPT_S)


def _held(key: Key, item: Mapping[str, Any]) -> Held:
    def seconds(name: str) -> float:
        return float(item.get(name, 0))

    return Held(
        **claim_in(item),
        key=key[0].removeprefix("Change#"),
        told=item.get("told", ""),
        sys_id=item.get("sysId", ""),
        number=item.get("number", ""),
        model=item.get("model", ""),
        updated=item.get("updated", ""),
        waiting=int(item.get("waiting", 0)),
        asked=seconds("asked"),
        submitted=seconds("submitted"),
        next=seconds("next"),
        may_land_until=seconds("mayLandUntil"),
    )
