"""Claims as attributes of the record's own item, so that one write takes or checks them.

`owner` and `expires` are the claim, `version` counts claims; `marked`, `unclean`, `killed` are there where they hold.
`due`, with `dueShard`, puts the item into the index of what waits.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, Generic

from boto3.dynamodb.conditions import Attr
from boto3.dynamodb.conditions import Key as Condition

from integration.aws.errors import ConditionFailed
from integration.aws.item import Update
from integration.names import DUE_INDEX
from integration.reconcile.claims import DEAD_S, R
from integration.reconcile.errors import ClaimLost

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from integration.aws.item import Write
    from integration.aws.table import Table
    from integration.reconcile.claims import Body, Ending, Key

DUE_SHARD = "due"
DUE_MOST = 1000
WRITES_MOST = 99
"""Of the hundred of a transaction, beside the record."""


class TableClaims(Generic[R]):
    """`row`: what an item says, with its claim (`claim_in`); an empty item is a record nobody wrote."""

    def __init__(self, table: Table, row: Callable[[Key, Mapping[str, Any]], R]) -> None:
        self._table, self._row = table, row

    def get(self, key: Key) -> R | None:
        item = self._table.get(*key)
        return self._row(key, item) if item else None

    def claim(
        self, key: Key, owner: str, until: float, now: float, known: R | None = None, body: Body | None = None
    ) -> R | None:
        """Claims with one conditional write; on failure tries again with the record that DynamoDB returned.

        A record that was written beside another's claim has no version yet.
        """
        while known is None or not known.live(now) or known.owner == owner:
            version = known.version if known else 0
            unchanged = Attr("version").eq(version) if version else Attr("version" if known else "PK").not_exists()
            values = {**leased(owner, until), "version": version + 1, **(body or {})}
            values |= {"killed": known.deaths} if known and known.deaths else {}
            try:
                self._table.write(Update(key, values, removed=("marked",), condition=unchanged))
            except ConditionFailed as failed:
                standing = self._row(key, failed.item or {})
                if standing.owner == owner:
                    return known or standing  # botocore sent it twice
                known = standing if failed.item else None
                continue
            return known or self._row(key, {})
        return None

    def postpone(self, key: Key, version: int, due: float | None) -> bool:
        values, removed = due_at(due)
        untouched = Attr("version").eq(version) & Attr("owner").not_exists()
        return self._written(Update(key, values, removed=removed, condition=untouched))

    def mark(self, key: Key, now: float) -> bool:
        live = Attr("owner").exists() & Attr("expires").gt(now)
        return self._written(Update(key, {"marked": True}, condition=live))

    def save(
        self, key: Key, owner: str, body: Body, writes: Sequence[Write] = (), *, clears_mark: bool = False
    ) -> None:
        held = Update(key, body, removed=("marked",) if clears_mark else (), condition=Attr("owner").eq(owner))
        rest = self._before(key, owner, body, writes)
        if rest:
            self._transact([held, *rest])
        else:
            self._write(held)

    def release(self, key: Key, owner: str, body: Body, ending: Ending, writes: Sequence[Write] = ()) -> bool:
        rest = self._before(key, owner, body, writes)
        try:
            self._transact([_let_go(key, owner, body, ending), *rest])
        except ClaimLost:
            row = self.get(key) if ending.heeds_mark else None
            if row is None or row.owner != owner:
                raise
            return False
        return True

    def due(self, now: float) -> list[tuple[Key, float]]:
        waits = Condition("dueShard").eq(DUE_SHARD) & Condition("due").lte(now)
        items = self._table.query(waits, index=DUE_INDEX, limit=DUE_MOST)
        return [((str(item["PK"]), str(item["SK"])), float(item["due"])) for item in items]

    def _before(self, key: Key, owner: str, body: Body, writes: Sequence[Write]) -> Sequence[Write]:
        """What does not fit into the last transaction is written in others before it; the rest."""
        while len(writes) > WRITES_MOST:
            self._transact([Update(key, body, condition=Attr("owner").eq(owner)), *writes[:WRITES_MOST]])
            writes = writes[WRITES_MOST:]
        return writes

    def _written(self, update: Update) -> bool:
        try:
            self._table.write(update)
        except ConditionFailed:
            return False
        return True

    def _write(self, update: Update) -> None:
        """One write that keeps the claim is the same when botocore sends it twice, and costs half a transaction."""
        if not self._written(update):
            raise ClaimLost

    def _transact(self, writes: Sequence[Write]) -> None:
        """The same when botocore sends it twice, also where the claim is let go."""
        try:
            self._table.transact(writes, token=str(uuid.uuid4()))
        except ConditionFailed as failed:
            raise ClaimLost from failed


def claim_in(item: Mapping[str, Any]) -> dict[str, Any]:
    """The members of `Claim`, from its attributes."""
    return {
        "version": int(item.get("version", 0)),
        "owner": item.get("owner", ""),
        "expires": float(item.get("expires", 0)),
        "marked": bool(item.get("marked")),
        "ended_unclean": bool(item.get("unclean")),
        "killed": int(item.get("killed", 0)),
        "due": float(item["due"]) if "due" in item else None,
    }


def leased(owner: str, until: float) -> dict[str, Any]:
    """A claim taken, as attributes."""
    return {"owner": owner, "expires": until, "due": until + DEAD_S, "dueShard": DUE_SHARD}


def due_at(due: float | None) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Attributes to be set and to be removed."""
    return ({}, ("due", "dueShard")) if due is None else ({"due": due, "dueShard": DUE_SHARD}, ())


def _let_go(key: Key, owner: str, body: Body, ending: Ending) -> Update:
    values, removed = due_at(ending.due)
    gone = ("owner", "expires") if ending.unclean else ("owner", "expires", "unclean", "killed")
    ours = Attr("owner").eq(owner)
    return Update(
        key,
        {**body, **({"unclean": True} if ending.unclean else {}), **values},
        removed=(*gone, *removed),
        condition=ours & Attr("marked").not_exists() if ending.heeds_mark else ours,
    )
