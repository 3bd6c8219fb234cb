"""A toy that stands on the kernel and is nothing we sync: orders, each with a note."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from integration.reconcile.claims import Claim
from integration.reconcile.table_claims import claim_in

if TYPE_CHECKING:
    from collections.abc import Mapping

    from integration.reconcile.claims import Key


@dataclass(frozen=True, slots=True, kw_only=True)
class Order(Claim):
    """An order as one read showed it."""

    number: str
    note: str = ""


def order(key: Key, item: Mapping[str, Any]) -> Order:
    return Order(number=key[0].removeprefix("Order#"), note=item.get("note", ""), **claim_in(item))
