"""A toy that stands on the kernel and is nothing we sync: orders, each of which is to stand once in a shop."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from integration.clients.errors import Refused, Unavailable
from integration.reconcile.claims import Claim, Ending
from integration.reconcile.create_once import create_once, lands_until, outcome_unknown
from integration.reconcile.errors import Later
from integration.reconcile.table_claims import claim_in
from tests.fakes.claims import FakeClaims

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from integration.reconcile.claims import Key

PASS_S = 180.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Order(Claim):
    """An order as one read showed it."""

    number: str
    note: str = ""
    receipt: str = ""
    may_land_until: float = 0


def order(key: Key, item: Mapping[str, Any]) -> Order:
    said = {name: item[name] for name in ("note", "receipt", "may_land_until") if name in item}
    return Order(number=key[0].removeprefix("Order#"), **said, **claim_in(item))


class Killed(BaseException):
    """The process died here."""


@dataclass
class Shop:
    """Takes each number once. `hook(moment)` with `before` or `after` a sale is where tests interfere."""

    now: float = 1_700_000_000.0
    sold: list[str] = field(default_factory=list)
    under_way: list[tuple[float, str]] = field(default_factory=list)
    """What was sent and is not seen yet, with when it will be."""
    hook: Callable[[str], None] = lambda _: None
    refuses: list[Refused] = field(default_factory=list)

    def find(self, number: str) -> str | None:
        self.sold += [sent for at, sent in self.under_way if at <= self.now]
        self.under_way = [(at, sent) for at, sent in self.under_way if at > self.now]
        return f"receipt of {number}" if number in self.sold else None

    def sell(self, number: str) -> str:
        self.hook("before")
        if self.refuses:
            raise self.refuses.pop()
        if self.find(number):
            raise Refused("shop", "sold already")
        self.sold.append(number)
        self.hook("after")
        return f"receipt of {number}"

    def late(self, number: str, after_s: float) -> None:
        """The answer is lost, and it is sold only by then."""
        self.under_way.append((self.now + after_s, number))
        raise Unavailable("shop", "no answer", outcome_unknown=True)


@dataclass
class Sale:
    """One order, about to be made in the shop."""

    shop: Shop
    claims: FakeClaims[Order]
    key: Key
    owner: str

    def find(self) -> str | None:
        return self.shop.find(self.key[0])

    def announce(self, until: float) -> None:
        self.claims.save(self.key, self.owner, {"may_land_until": until})

    def make(self) -> str:
        return self.shop.sell(self.key[0])


@dataclass
class Counter:
    """A pass of the toy: claim, look, make, record."""

    shop: Shop = field(default_factory=Shop)
    claims: FakeClaims[Order] = field(default_factory=lambda: FakeClaims(order))

    def run(self, key: Key, owner: str) -> str:
        """What became of it, in a word."""
        now = self.shop.now
        row = self.claims.claim(key, owner, now + PASS_S + 20, now)
        if row is None:
            return "left a mark" if self.claims.mark(key, now) else "let go meanwhile"
        sale = Sale(self.shop, self.claims, key, owner)
        try:
            receipt = sale.find() or create_once(sale, row.may_land_until, now + PASS_S, lambda: self.shop.now)
        except Later as later:
            self.claims.release(key, owner, {}, Ending(later.at, unclean=True))
            return "later"
        except Exception as error:
            until = lands_until(self.shop.now) if outcome_unknown(error) else 0
            self.claims.release(key, owner, {"may_land_until": until}, Ending(self.shop.now, unclean=True))
            raise
        released = self.claims.release(key, owner, {"receipt": receipt, "may_land_until": 0}, Ending())
        return "sold" if released else "marked"
