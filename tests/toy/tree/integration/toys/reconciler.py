"""One pass: the group's row is claimed, and its one incident made, whatever becomes of an answer."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from integration.clients.servicenow.query import Query
from integration.reconcile.audit import Outcome
from integration.reconcile.claims import Claim, Ending
from integration.reconcile.create_once import create_once
from integration.reconcile.errors import EXPECTED, Later
from integration.reconcile.table_claims import TableClaims, claim_in
from integration.reconcile.verdict import Malformed
from integration.toys.declaration import MARK

if TYPE_CHECKING:
    from collections.abc import Mapping

    from integration.aws.table import Table as Rows
    from integration.clients.servicenow.table import Table

LATEST = "latest"
HOLD_S = 200.0


@dataclass(frozen=True, slots=True)
class Toy(Claim):
    incident: str = ""
    may_land_until: float = 0


@dataclass(frozen=True, slots=True)
class Wish:
    """`key`: of the group."""

    key: str


def wish_of(event: Mapping[str, Any]) -> Wish:
    """Raises `Malformed`."""
    sys_id = (event.get("detail") or {}).get("sys_id")
    if not isinstance(sys_id, str):
        raise Malformed("no group is named")
    return Wish(sys_id)


def claims(rows: Rows) -> TableClaims[Toy]:
    return TableClaims(rows, _toy)


def _toy(_key: tuple[str, str], item: Mapping[str, Any]) -> Toy:
    landing = float(item.get("mayLandUntil", 0))
    return Toy(**claim_in(item), incident=str(item.get("incident", "")), may_land_until=landing)


@dataclass(frozen=True)
class Reconciler:
    claims: TableClaims[Toy]
    instance: Table

    def run(self, group: str, deadline: float) -> Outcome[str]:
        """The incident's sys_id, or what kept it from being made."""
        try:
            return Outcome(self._worked(group, deadline))
        except EXPECTED as error:
            return Outcome("", error)

    def _worked(self, group: str, deadline: float) -> str:
        key, owner = (f"Toy#{group}", LATEST), uuid.uuid4().hex
        toy = self.claims.claim(key, owner, time.time() + HOLD_S, time.time())
        if toy is None:
            raise Later("another pass is at work", time.time() + 5)
        incident = toy.incident or self._made(key, owner, group, toy, deadline)
        self.claims.release(key, owner, {"incident": incident}, Ending(despite_mark=True))
        return incident

    def _made(self, key: tuple[str, str], owner: str, group: str, toy: Toy, deadline: float) -> str:
        one = OneIncident(self.claims, self.instance, key, owner, group)
        return one.find() or create_once(one, toy.may_land_until, deadline, time.time)


@dataclass(frozen=True)
class OneIncident:
    claims: TableClaims[Toy]
    instance: Table
    key: tuple[str, str]
    owner: str
    group: str

    @property
    def _correlation(self) -> str:
        return f"toy/{self.group}"

    def find(self) -> str | None:
        found = self.instance.query("incident", Query().equals("correlation_id", self._correlation), ["correlation_id"])
        return found[0].sys_id if found else None

    def announce(self, until: float) -> None:
        self.claims.save(self.key, self.owner, {"mayLandUntil": until})

    def make(self) -> str:
        values = {"correlation_id": self._correlation, "correlation_display": MARK, "short_description": "A toy"}
        return self.instance.create("incident", values, ["correlation_id"]).sys_id
