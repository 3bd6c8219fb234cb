"""The table of workspaces: one item each with its claim, what was reserved beside it, the place of each person.

| PK | SK | what |
|---|---|---|
| `Workspace#<id>` | `latest` | the row, its claim, its wishes, `due` |
| `Workspace#<id>` | `Upload#<id>` | size reserved, and until when; expires |
| `Workspace#<id>` | `Audit#<time>#<pass>` | what one pass did; expires |
| `Person#<digest>` | `personal` | his live workspace and how many he had before |
| `Person#<digest>` | `Workspace#<id>` | what else is his |
| `Bucket#<name>` | `latest` | whose name it is: two workspaces never share a bucket |
| `Order#<key>` | `latest` | what became of an order, its claim, `due` |
"""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.conditions import Attr
from boto3.dynamodb.conditions import Key as Condition

from integration.aws.errors import ConditionFailed
from integration.aws.item import Delete, Put, Update
from integration.names import REMOVE_AT
from integration.reconcile.audit import audit_row
from integration.reconcile.claims import Ending
from integration.reconcile.errors import ClaimLost
from integration.reconcile.table_claims import TableClaims, due_at, leased
from integration.workspaces.model import BadOrder, Member, Phase, Row, Why, WorkspaceKind
from integration.workspaces.ports import Accepted
from integration.workspaces.quota import Upload
from integration.workspaces.row_codec import body_of, changes, order_row, workspace_row

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from integration.aws.encryption import Envelope
    from integration.aws.item import Key, Write
    from integration.aws.table import Table
    from integration.workspaces.model import OrderRow, Person
    from integration.workspaces.quota import Settlement

LATEST, PERSONAL = "latest", "personal"
GONE_KEPT_S, UPLOAD_KEPT_S = 400 * 86_400, 86_400
TRIES, WRITES_MOST = 20, 99
ORDER, PLACE, ROW, BUCKET = "order", "place", "row", "bucket"
_SEEN = {"version": 1}
"""Added by a wish, so that nobody claims the row as it was read before."""


class WorkspaceRecords:
    """`envelope` encrypts the names of people, each bound to its row."""

    def __init__(self, table: Table, envelope: Envelope) -> None:
        self._table, self._envelope = table, envelope
        self._rows = TableClaims(table, workspace_row)
        self._orders = TableClaims(table, order_row)

    # ------------------------------------------------------------------------------------------- the beginning
    def accept(
        self, order: str, people: Sequence[Person], make: Callable[[int, int], Row], owner: str, until: float
    ) -> Accepted:
        generation, attempt = 0, 1
        for _ in range(TRIES):
            row = self._begun(make(generation, attempt), people, owner)
            writes = _beginning(row, order, generation, until)
            try:
                self._table.transact([write for _, write in writes], str(uuid.uuid4()))
            except ConditionFailed as failed:
                met, standing = writes[failed.index][0], failed.item or {}
                if met == ROW or (met != BUCKET and standing.get("workspace")):
                    return self._standing(str(standing.get("workspace") or row.id))
                attempt += met == BUCKET
                generation = int(standing["generation"]) + 1 if met == PLACE else generation
            else:
                return Accepted(row, fresh=True)
        raise BadOrder("person", "too much is ordered for this person at once: order again")

    def accept_together(self, begun: Sequence[tuple[str, Person, Row]], due: float) -> bool:
        writes = [
            write
            for order, person, row in begun
            for _, write in _beginning(self._begun(row, [person], ""), order, 0, due)
        ]
        try:
            self._table.transact(writes, str(uuid.uuid4()))
        except ConditionFailed:
            return False
        return True

    def _begun(self, row: Row, people: Sequence[Person], owner: str) -> Row:
        members = [Member(each.digest, self._envelope.encrypt(each.shown, _key(row.id))) for each in people]
        return replace(row, members=tuple(members), owner=owner, version=1)

    def _standing(self, workspace: str) -> Accepted:
        row = self.get(workspace)
        if row is None:
            raise BadOrder("person", "this person's place is without a workspace: `workspace audit` names it")
        return Accepted(row, fresh=False)

    def name(self, owner: str, before: Row, row: Row) -> bool:
        place = self._table.get(f"Bucket#{row.bucket}", LATEST)
        if place and place["workspace"] != row.id:
            return False
        self._rows.save(_key(row.id), owner, changes(before, row), [_bucket(row)])
        return True

    # ------------------------------------------------------------------------------------------- reads
    def get(self, workspace: str) -> Row | None:
        return self._rows.get(_key(workspace))

    def many(self, workspaces: Iterable[str]) -> dict[str, Row]:
        items = self._table.batch(_key(each) for each in workspaces)
        return {row.id: row for row in (workspace_row(key, item) for key, item in items.items())}

    def of_person(self, person: str) -> list[str]:
        items = self._table.query(Condition("PK").eq(f"Person#{person}"), forward=False)
        return [str(item["workspace"]) for item in items if item.get("workspace")]

    def shown(self, row: Row, member: Member) -> str:
        return self._envelope.decrypt(member.shown, _key(row.id))

    def due(self, now: float) -> list[tuple[str, str, float]]:
        found = [(*pk.partition("#")[::2], at) for (pk, _), at in self._rows.due(now)]
        return [(kind, key, at) for kind, key, at in found if kind in {"Workspace", "Order"}]

    # ------------------------------------------------------------------------------------------- under the claim
    def claim(self, workspace: str, owner: str, until: float, now: float, known: Row | None = None) -> Row | None:
        return self._rows.claim(_key(workspace), owner, until, now, known)

    def mark(self, workspace: str, now: float) -> bool:
        return self._rows.mark(_key(workspace), now)

    def save(self, owner: str, before: Row, row: Row, *, clears_mark: bool = False, frees: bool = False) -> None:
        writes = _freeing(row) if frees else []
        self._rows.save(_key(row.id), owner, changes(before, row), writes, clears_mark=clears_mark)

    def freeze(self, owner: str, before: Row, row: Row) -> Row:
        held = Update(_key(row.id), changes(before, row), condition=Attr("owner").eq(owner))
        try:
            return workspace_row(_key(row.id), self._table.update(held))
        except ConditionFailed as failed:
            raise ClaimLost from failed

    def release(
        self,
        owner: str,
        before: Row,
        row: Row,
        ending: Ending,
        audit: Mapping[str, Any] | None = None,
        *,
        frees: bool = False,
    ) -> bool:
        writes = [*(_freeing(row) if frees else []), *([audit_row(_key(row.id)[0], audit)] if audit else [])]
        gone = {REMOVE_AT: int(row.created + GONE_KEPT_S)} if row.phase is Phase.GONE else {}
        return self._rows.release(_key(row.id), owner, changes(before, row) | gone, ending, writes)

    def hand_over(self, owner: str, before: Row, person: Person, due: float) -> Row | None:
        place = self._table.get(f"Person#{person.digest}", PERSONAL) or {}
        if before.kind is WorkspaceKind.PERSONAL and place.get("workspace"):
            return None
        member = Member(person.digest, self._envelope.encrypt(person.shown, _key(before.id)))
        others = (each for each in before.members if each.id not in {before.person, person.digest})
        row = replace(before, person=person.digest, members=(member, *others))
        writes = [*_freeing(before), _place(row, int(place["generation"]) + 1 if place else 0)]
        self._rows.release(_key(row.id), owner, changes(before, row), Ending(due, despite_mark=True), writes)
        return row

    def uploads(self, workspace: str) -> list[Upload]:
        items = self._table.query(Condition("PK").eq(_key(workspace)[0]) & Condition("SK").begins_with("Upload#"))
        return [Upload(str(item["SK"]), int(item["size"]), float(item["until"])) for item in items]

    def settle(self, owner: str, row: Row, settlement: Settlement, now: float) -> Row:
        held, values = Attr("owner").eq(owner), {"used": settlement.used, "settled": now}
        over: list[Write] = [Delete((_key(row.id)[0], each)) for each in settlement.over[:WRITES_MOST]]
        update = Update(_key(row.id), values, added={"room": settlement.room}, condition=held)
        self._table.transact([update, *over], str(uuid.uuid4()))
        return replace(row, used=settlement.used, settled=now, room=row.room + settlement.room)

    # ------------------------------------------------------------------------------------------- orders
    def order(self, key: str) -> OrderRow | None:
        return self._orders.get(_order_key(key))

    def orders(self, keys: Iterable[str]) -> dict[str, OrderRow]:
        items = self._table.batch(_order_key(each) for each in keys)
        return {row.key: row for row in (order_row(key, item) for key, item in items.items())}

    def claim_order(self, key: str, owner: str, until: float, now: float) -> OrderRow | None:
        return self._orders.claim(_order_key(key), owner, until, now)

    def save_order(self, owner: str, before: OrderRow, row: OrderRow) -> None:
        self._orders.save(_order_key(row.key), owner, changes(before, row))

    def release_order(self, owner: str, before: OrderRow, row: OrderRow, ending: Ending) -> bool:
        return self._orders.release(_order_key(row.key), owner, changes(before, row), ending)

    # ------------------------------------------------------------------------------------------- wishes, at any time
    def extend(self, row: Row, until: float, now: float) -> Row:
        alive = Attr("phase").is_in([Phase.READY, Phase.ENDING]) & Attr("deleting").ne(value=True)
        stays = Attr("ended").ne(Why.LEFT)
        wish = Update(
            _key(row.id),
            {"lives_until": until, **_wished(now)},
            added={"extended": 1, **_SEEN},
            removed=("ended", "end_at_once"),
            condition=alive & stays & Attr("lives_until").eq(row.lives_until),
        )
        try:
            return workspace_row(_key(row.id), self._table.update(wish))
        except ConditionFailed as failed:
            standing = workspace_row(_key(row.id), failed.item or {})
            if failed.retried and standing.lives_until == until:
                return standing
            raise BadOrder("workspace", "it is being removed, or was extended meanwhile: look again") from None

    def end(self, workspace: str, why: Why, now: float, *, at_once: bool = False) -> None:
        there = Attr("PK").exists() & Attr("phase").ne(Phase.GONE)
        wish = {"ended": why, **({"end_at_once": True} if at_once else {}), **_wished(now)}
        try:
            self._table.write(Update(_key(workspace), wish, added=_SEEN, condition=there))
        except ConditionFailed:
            return

    def reserve(self, row: Row, upload: str, size: int, now: float, until: float) -> bool:
        usable = Attr("phase").eq(Phase.READY) & Attr("ended").not_exists() & Attr("lives_until").gt(now)
        due = min(row.due or until, until)
        taken = Update(
            _key(row.id),
            {"uploads_until": until, **_wished(due)},
            added={"room": -size, **_SEEN},
            condition=usable & Attr("room").gte(size),
        )
        kept = {"size": size, "until": until, REMOVE_AT: int(until + UPLOAD_KEPT_S)}
        try:
            self._table.transact(
                [taken, Put({"PK": _key(row.id)[0], "SK": f"Upload#{upload}", **kept})], str(uuid.uuid4())
            )
        except ConditionFailed:
            return False
        return True

    def renew(self, workspace: str, members: Sequence[Member]) -> None:
        stored = body_of(Row(members=tuple(members)))["members"]
        self._table.write(Update(_key(workspace), {"members": stored}, added=_SEEN, condition=Attr("PK").exists()))


def _key(workspace: str) -> Key:
    return f"Workspace#{workspace}", LATEST


def _order_key(key: str) -> Key:
    return f"Order#{key}", LATEST


def _wished(due: float) -> dict[str, Any]:
    return {"marked": True, **due_at(due)[0]}


def _bucket(row: Row) -> Put:
    return Put({"PK": f"Bucket#{row.bucket}", "SK": LATEST, "workspace": row.id})


def _beginning(row: Row, order: str, generation: int, until: float) -> list[tuple[str, Put | Update]]:
    """What is written at once, each with what its condition failing means; the first that fails is told."""
    new, unserved, (pk, sk) = Attr("PK").not_exists(), Attr("workspace").not_exists(), _key(row.id)
    claim, (_, not_due) = leased(row.owner, until) if row.owner else due_at(until)[0], due_at(None)
    return [
        (ORDER, Update(_order_key(order), {"workspace": row.id, "first": True}, removed=not_due, condition=unserved)),
        (PLACE, _place(row, generation)),
        (ROW, Put({"PK": pk, "SK": sk, "version": row.version, **body_of(row), **claim}, new)),
        (BUCKET, Put(_bucket(row).item, new)),
    ]


def _place(row: Row, generation: int) -> Put:
    """Of the person: the only personal one, or one more of the others."""
    place: dict[str, Any] = {"PK": f"Person#{row.person}", "workspace": row.id}
    if row.kind is not WorkspaceKind.PERSONAL:
        return Put({**place, "SK": _key(row.id)[0]})
    free = Attr("generation").eq(generation - 1) & Attr("workspace").not_exists()
    return Put({**place, "SK": PERSONAL, "generation": generation}, free if generation else Attr("PK").not_exists())


def _freeing(row: Row) -> list[Write]:
    """The person's place is given up in the write that says the workspace is gone."""
    if row.kind is not WorkspaceKind.PERSONAL:
        return [Delete((f"Person#{row.person}", _key(row.id)[0]))]
    ours = Attr("workspace").eq(row.id)
    return [Update((f"Person#{row.person}", PERSONAL), removed=("workspace",), condition=ours)]
