"""The brake on new cases, since cases cannot be deleted: how many an hour, in all and of one opener.

One item, so one write a creation. It counts each opener under a digest, as user names may be e-mail addresses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from boto3.dynamodb.conditions import Attr

from integration.aws.errors import ConditionFailed
from integration.aws.item import Put, Update
from integration.cases.link import value_fingerprint

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from boto3.dynamodb.conditions import ConditionBase

    from integration.aws.table import Table

KEY = ("Brake", "latest")
STOPPED, HELD = "stopped", "held"
"""Since when: for all; for one opener at least, while others go on."""
HOUR_S = 3600.0
_DIGEST = 16


def share(limit: int) -> int:
    """How many new cases an hour are one opener's at most; small limits are everybody's."""
    return max(5, limit // 5)


def counted(table: Table, now: float, limit: int, opener: str) -> bool:
    """An hour's window from its first creation. An hour after a stop another opens, with half the limit."""
    item: Mapping[str, Any] = {}
    for write in _windows(now, limit, opener):
        try:
            table.write(write)
        except ConditionFailed as failed:
            item = failed.item or item
        else:
            return True
    most = _half(limit) if "halved" in item else limit
    table.write(Update(KEY, defaults={STOPPED if item.get("count", most) >= most else HELD: now}))
    return False


def _windows(now: float, limit: int, opener: str) -> Iterator[Put | Update]:
    """Where a window cannot be begun, a neighbour may just have begun it: then this one counts in there."""
    theirs = {f"by {value_fingerprint('opener', opener)[:_DIGEST]}": 1} if opener else {}
    running, halved = Attr(STOPPED).not_exists(), Attr("halved").exists()
    lately = running & Attr("began").gt(now - HOUR_S)
    over = running & (Attr("began").not_exists() | Attr("began").lte(now - HOUR_S))
    first = {"PK": KEY[0], "SK": KEY[1], "count": 1, "began": now, **theirs}
    whole = _one_more(theirs, limit, lately & ~halved)
    half = _one_more(theirs, _half(limit), lately & halved)
    yield from (whole, half)
    yield Put(first, over)
    yield Put(first | {"halved": True}, Attr(STOPPED).lte(now - HOUR_S))
    yield from (whole, half)


def _one_more(theirs: Mapping[str, float], most: int, window: ConditionBase) -> Update:
    fits = window & Attr("count").lt(most)
    for name in theirs:
        fits &= Attr(name).not_exists() | Attr(name).lt(share(most))
    return Update(KEY, added={"count": 1, **theirs}, condition=fits)


def _half(limit: int) -> int:
    return max(1, limit // 2)


def stopped_since(table: Table) -> tuple[float | None, float | None]:
    """When the brake went on for all, and when for one opener; epoch seconds. None: it is off."""
    item = table.get(*KEY) or {}
    stopped, held = (float(item[whom]) if whom in item else None for whom in (STOPPED, HELD))
    return stopped, held


def release(table: Table) -> None:
    """The hour's count begins anew, for everybody."""
    table.delete(*KEY)
