"""The table behind the `Links` port: one item per link with its claim, ledger rows beside it, one item per incident.

| PK | SK | what |
|---|---|---|
| `Case#<caseId>` | `latest` | the link (`doc`, JSON), its claim (`owner`, `expires`), `marked`, `unclean`, `due` |
| `Case#<caseId>` | `Comment#…` `Journal#…` `CaseFile#…` `IncidentFile#…` | ledger rows |
| `Case#<caseId>` | `Audit#<time>#<pass>` | what one pass changed; expires |
| `Incident#<sys_id>` | `latest` | its case, or the case being made for it |
| `Brake`, `Unreadable`, `Poll` | `latest` | counters and cursors |
| `Heard` | `event` `probe` | when the instance last told something; the webhook's function writes them |
"""

from __future__ import annotations

import json
import uuid
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.conditions import Attr, Key

from integration.aws.errors import ConditionFailed
from integration.aws.item import Check, Put, Update
from integration.cases import brake
from integration.cases.link import CASE, INCIDENT, Blocked, Link, as_known, loads_link
from integration.cases.ports import IncidentRow, LedgerRow, Row
from integration.cases.scheduling import DEAD_S
from integration.names import DUE_INDEX, REMOVE_AT
from integration.reconcile.errors import ClaimLost

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from boto3.dynamodb.conditions import ConditionBase

    from integration.aws.encryption import Box
    from integration.aws.item import Write
    from integration.aws.table import Table

LATEST, DUE_SHARD = "latest", "due"
SIDES = {"Case": CASE, "Incident": INCIDENT}
AUDIT_KEPT_S = 90 * 86_400
HOUR_S = 3600.0
ROWS_MOST = 97
"""Of the hundred writes of a transaction, beside the link and an audit line."""
DUE_MOST = 1000
KEPT_MOST = 10_000
"""Incidents whose case a container remembers: about 1 MiB."""


@dataclass(frozen=True, slots=True)
class Ending:
    """What a store does to the claim. `due` None: nobody needs to look; `unmarked`: only where no mark stands."""

    gone: tuple[str, ...] = ()
    due: float | None = None
    sets_due: bool = False
    unmarked: bool = False
    unclean: bool = False


class LinkRecords:
    """`box` encrypts the request of a creation in flight."""

    def __init__(self, table: Table, box: Box) -> None:
        self._table, self._box = table, box
        self._case_of: dict[str, str] = {}

    # ------------------------------------------------------------------------------------------- links and claims
    def get(self, case_id: str) -> Row | None:
        item = self._table.get(f"Case#{case_id}", LATEST)
        if not item:
            self._case_of.clear()  # the table was lost
        return _row(case_id, item) if item else None

    def claim(self, case_id: str, owner: str, until: float, now: float, known: Row | None = None) -> Row | None:
        """One write where `known` is still how the row stands; what a failed condition shows is tried next."""
        while known is None or not known.live(now) or known.owner == owner:
            version = known.version if known else 0
            unchanged = Attr("version").eq(version) if known else Attr("PK").not_exists()
            values = _claimed(owner, until) | {"version": version + 1, "caseId": case_id}
            values |= {"killed": known.deaths} if known and known.deaths else {}
            try:
                self._table.write(Update((f"Case#{case_id}", LATEST), values, removed=("marked",), condition=unchanged))
            except ConditionFailed as failed:
                standing = _row(case_id, failed.item or {})
                if standing.owner == owner:
                    return known or standing  # botocore sent it twice
                known = standing if failed.item else None
                continue
            return known or Row(Link(case_id))
        return None

    def postpone(self, case_id: str, version: int, due: float | None) -> bool:
        untouched = Attr("version").eq(version) & Attr("owner").not_exists()
        values = {"due": due, "dueShard": DUE_SHARD} if due is not None else {}
        removed = () if values else ("due", "dueShard")
        try:
            self._table.write(Update((f"Case#{case_id}", LATEST), values, removed=removed, condition=untouched))
        except ConditionFailed:
            return False
        return True

    def mark(self, case_id: str, now: float) -> bool:
        live = Attr("owner").exists() & Attr("expires").gt(now)
        try:
            self._table.write(Update((f"Case#{case_id}", LATEST), {"marked": True}, condition=live))
        except ConditionFailed:
            return False
        return True

    def save(self, owner: str, link: Link, rows: Sequence[LedgerRow] = ()) -> None:
        self._store(owner, link, rows, Ending())

    def clear_mark(self, owner: str, link: Link, rows: Sequence[LedgerRow] = ()) -> None:
        self._store(owner, link, rows, Ending(gone=("marked",)))

    def release(
        self, owner: str, link: Link, rows: Sequence[LedgerRow], due: float | None, audit: Mapping[str, Any] | None
    ) -> bool:
        ending = Ending(("owner", "expires", "unclean", "killed"), due, sets_due=True, unmarked=True)
        try:
            self._store(owner, link, rows, ending, [_audit(link, audit)] if audit else [])
        except ClaimLost:
            row = self.get(link.case_id)
            if row is None or row.owner != owner:
                raise
            return False
        return True

    def abandon(
        self,
        owner: str,
        link: Link,
        rows: Sequence[LedgerRow],
        due: float | None,
        audit: Mapping[str, Any] | None = None,
        *,
        unclean: bool = True,
    ) -> None:
        gone = ("owner", "expires") if unclean else ("owner", "expires", "unclean", "killed")
        ending = Ending(gone, due, sets_due=True, unclean=unclean)
        self._store(owner, link, rows, ending, [_audit(link, audit)] if audit else [])

    def _store(
        self, owner: str, link: Link, rows: Sequence[LedgerRow], ending: Ending, others: Sequence[Write] = ()
    ) -> None:
        """Link and ledger rows where the claim is ours, else `ClaimLost`. Many rows go before the claim is let go."""
        puts = [_ledger_put(link.case_id, row) for row in rows]
        while len(puts) > ROWS_MOST:
            self._transact([_link_update(owner, link, Ending()), *puts[:ROWS_MOST]])
            puts = puts[ROWS_MOST:]
        self._transact([_link_update(owner, link, ending), *puts, *others], keeps="owner" not in ending.gone)

    # ------------------------------------------------------------------------------------------- incidents
    def incident(self, sys_id: str) -> IncidentRow | None:
        """A linked incident keeps its case, so a container asks once; `claim_incident` goes by the table alone."""
        if sys_id in self._case_of:
            return IncidentRow(sys_id, case_id=self._case_of[sys_id])
        item = self._table.get(f"Incident#{sys_id}", LATEST)
        row = self._incident_row(sys_id, item) if item else None
        if row and row.case_id and len(self._case_of) < KEPT_MOST:
            self._case_of[sys_id] = row.case_id
        return row

    def claim_incident(self, row: IncidentRow, owner: str, until: float, now: float) -> IncidentRow | None:
        """The request is kept by the first who comes; a linked incident is told and left as it is."""
        free = Attr("owner").not_exists() | Attr("expires").lte(now) | Attr("owner").eq(owner)
        values = _claimed(owner, until) | {"incidentTable": row.table}
        key = (f"Incident#{row.sys_id}", LATEST)
        request = {"request": self._box.close(json.dumps(row.request), key)} if row.request else {}
        update = Update(key, values, defaults=request, condition=Attr("caseId").not_exists() & free)
        try:
            return self._incident_row(row.sys_id, self._table.update(update))
        except ConditionFailed as failed:
            known = self._incident_row(row.sys_id, failed.item or {})
            return known if known.case_id or known.owner == owner else None

    def free_incident(self, sys_id: str, owner: str, due: float) -> None:
        values, ours = {"due": due, "dueShard": DUE_SHARD}, Attr("owner").eq(owner)
        freed = Update((f"Incident#{sys_id}", LATEST), values, removed=("owner", "expires"), condition=ours)
        with suppress(ConditionFailed):
            self._table.write(freed)

    def block_incident(self, sys_id: str, owner: str, blocked: Blocked) -> None:
        due = {"due": blocked.retry_at, "dueShard": DUE_SHARD} if blocked.retry_at else {}
        freed = Update(
            (f"Incident#{sys_id}", LATEST),
            {"blocked": json.dumps(asdict(blocked)), **due},
            removed=("owner", "expires", "request", *(() if due else ("due", "dueShard"))),
            condition=Attr("owner").eq(owner),
        )
        try:
            self._table.write(freed)
        except ConditionFailed as failed:
            raise ClaimLost from failed

    def settle_incident(self, sys_id: str, now: float) -> None:
        free = Attr("caseId").not_exists() & (Attr("owner").not_exists() | Attr("expires").lte(now))
        settled = Update(
            (f"Incident#{sys_id}", LATEST), removed=("due", "dueShard"), condition=Attr("PK").exists() & free
        )
        with suppress(ConditionFailed):
            self._table.write(settled)

    def join(self, link: Link, owner: str) -> None:
        incident = {"caseId": link.case_id, "incidentTable": link.table, "instance": link.instance}
        put = Put(
            {"PK": f"Incident#{link.sys_id}", "SK": LATEST, **incident},
            Attr("caseId").not_exists() | Attr("caseId").eq(link.case_id),
        )
        self._transact([_link_update(owner, link, Ending()), put])

    def _incident_row(self, sys_id: str, item: Mapping[str, Any]) -> IncidentRow:
        kept, key = item.get("request"), (f"Incident#{sys_id}", LATEST)
        return IncidentRow(
            sys_id=sys_id,
            case_id=item.get("caseId", ""),
            table=item.get("incidentTable", ""),
            owner=item.get("owner", ""),
            expires=float(item.get("expires", 0)),
            request=json.loads(self._box.open(kept, key)) if kept else None,
            blocked=as_known(Blocked, json.loads(item["blocked"])) if "blocked" in item else None,
        )

    # ------------------------------------------------------------------------------------------- ledger
    def ledger(self, case_id: str, keys: Iterable[str]) -> dict[str, LedgerRow]:
        items = self._table.batch((f"Case#{case_id}", key) for key in keys)
        return {row.key: row for row in map(_ledger_row, items.values())}

    def whole_ledger(self, case_id: str, kind: str) -> dict[str, LedgerRow]:
        rows = self._query(Key("PK").eq(f"Case#{case_id}") & Key("SK").begins_with(f"{kind}#"))
        return {row.key: row for row in map(_ledger_row, rows)}

    # ------------------------------------------------------------------------------------------- counters
    def count_creation(self, now: float, limit: int, opener: str = "") -> bool:
        return brake.counted(self._table, now, limit, opener)

    def count_unreadable(self, case_id: str, now: float) -> int:
        """A handful of ids, each with its time; more than twenty is one outage, so no more are kept."""
        item = self._table.get("Unreadable", LATEST) or {}
        seen = {k: float(v) for k, v in item.items() if k not in {"PK", "SK"} and now - float(v) < HOUR_S}
        if case_id not in seen and len(seen) <= 20:
            seen[case_id] = now
            self._table.put({"PK": "Unreadable", "SK": LATEST, **seen})
        return len(seen)

    # ------------------------------------------------------------------------------------------- for poll and CLI
    def due(self, now: float) -> list[tuple[tuple[str, str], float]]:
        """Side, id and time of what somebody must look at by now, the longest waiting first; at most a thousand."""
        items = self._query(Key("dueShard").eq(DUE_SHARD) & Key("due").lte(now), index=DUE_INDEX, limit=DUE_MOST)
        keys = [(*str(item["PK"]).partition("#")[::2], float(item["due"])) for item in items]
        return [((SIDES[kind], key), at) for kind, key, at in keys if kind in SIDES]

    def known(self, records: Sequence[tuple[str, str]]) -> set[tuple[str, str]]:
        """Those, each a side and an id, of which there is an item: a link, a decision, a pass at work."""
        kinds = {side: kind for kind, side in SIDES.items()}
        items = self._table.batch((f"{kinds[side]}#{key}", LATEST) for side, key in records)
        return {(SIDES[kind], key) for kind, _, key in (pk.partition("#") for pk, _ in items)}

    def load(self, name: str) -> dict[str, Any]:
        item = self._table.get(name, LATEST)
        loaded: dict[str, Any] = json.loads(item["doc"]) if item else {}
        return loaded

    def store(self, name: str, content: Mapping[str, Any]) -> None:
        self._table.put({"PK": name, "SK": LATEST, "doc": json.dumps(dict(content))})

    # ------------------------------------------------------------------------------------------- calls
    def _query(self, key: ConditionBase, **more: Any) -> list[dict[str, Any]]:
        return list(self._table.query(key, **more))

    def _transact(self, writes: Sequence[Write], *, keeps: bool = False) -> None:
        """A transaction costs twice as much as one write, but is the same when botocore sends it twice; so is one write
        that `keeps` the claim.
        """
        try:
            if keeps and len(writes) == 1 and not isinstance(writes[0], Check):
                self._table.write(writes[0])
            else:
                self._table.transact(writes, token=str(uuid.uuid4()))
        except ConditionFailed as failed:
            raise ClaimLost from failed


def _claimed(owner: str, until: float) -> dict[str, Any]:
    return {"owner": owner, "expires": until, "due": until + DEAD_S, "dueShard": DUE_SHARD}


def _link_update(owner: str, link: Link, ending: Ending) -> Update:
    values: dict[str, Any] = {"doc": link.dumps(), "state": link.state, "sysId": link.sys_id, "number": link.number}
    removed = ending.gone
    if ending.unclean:
        values["unclean"] = True
    if ending.sets_due:
        values |= {"due": ending.due, "dueShard": DUE_SHARD} if ending.due is not None else {}
        removed += () if ending.due is not None else ("due", "dueShard")
    ours = Attr("owner").eq(owner)
    condition = ours & Attr("marked").not_exists() if ending.unmarked else ours
    return Update((f"Case#{link.case_id}", LATEST), values, removed=removed, condition=condition)


def _audit(link: Link, audit: Mapping[str, Any]) -> Put:
    sort = f"Audit#{audit['at']:.3f}#{audit['pass']}"
    what = {"what": json.dumps(dict(audit)), REMOVE_AT: int(audit["at"] + AUDIT_KEPT_S)}
    return Put({"PK": f"Case#{link.case_id}", "SK": sort, **what})


def _row(case_id: str, item: Mapping[str, Any]) -> Row:
    doc = item.get("doc")
    return Row(
        link=loads_link(doc) if doc else Link(case_id),
        version=int(item.get("version", 0)),
        owner=item.get("owner", ""),
        expires=float(item.get("expires", 0)),
        marked=bool(item.get("marked")),
        ended_unclean=bool(item.get("unclean")),
        killed=int(item.get("killed", 0)),
        due=float(item["due"]) if "due" in item else None,
    )


def _ledger_put(case_id: str, row: LedgerRow) -> Put:
    kept = {"print": row.fingerprint, "peers": list(row.peers), "why": row.why, "attempts": row.attempts}
    return Put({"PK": f"Case#{case_id}", "SK": row.key} | {name: value for name, value in kept.items() if value})


def _ledger_row(item: Mapping[str, Any]) -> LedgerRow:
    kind, _, entry = str(item["SK"]).partition("#")
    peers = tuple(item.get("peers", ()))
    return LedgerRow(kind, entry, item.get("print", ""), peers, item.get("why", ""), int(item.get("attempts", 0)))
