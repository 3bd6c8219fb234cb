"""Claims in memory, with the conditions of the real ones."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic

from integration.aws.item import Check, Delete, Put
from integration.reconcile.claims import DEAD_S, Claims, R
from integration.reconcile.errors import ClaimLost

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from integration.aws.item import Write
    from integration.reconcile.claims import Body, Ending, Key

NOBODY: dict[str, Any] = {
    "version": 0, "owner": "", "expires": 0, "marked": False, "unclean": False, "due": None, "killed": 0,
}  # fmt: skip


@dataclass
class FakeClaims(Claims[R], Generic[R]):
    """`rows` are records with their claims by key, `others` what was written beside them."""

    row: Callable[[Key, Mapping[str, Any]], R]
    rows: dict[Key, dict[str, Any]] = field(default_factory=dict)
    others: dict[Key, dict[str, Any]] = field(default_factory=dict)

    def get(self, key: Key) -> R | None:
        raw = self.rows.get(key)
        return self._read(key, raw) if raw else None

    def _read(self, key: Key, raw: Mapping[str, Any]) -> R:
        return self.row(key, {name: value for name, value in raw.items() if value is not None})

    def claim(
        self, key: Key, owner: str, until: float, now: float, known: R | None = None, body: Body | None = None
    ) -> R | None:
        raw = self.rows.setdefault(key, dict(NOBODY))
        if raw["owner"] and raw["expires"] > now and raw["owner"] != owner:
            return None
        before = self._read(key, raw)
        raw |= {"owner": owner, "expires": until, "marked": False, "version": raw["version"] + 1, **(body or {})}
        raw |= {"due": until + DEAD_S, "killed": before.deaths}
        return before

    def postpone(self, key: Key, version: int, due: float | None) -> bool:
        raw = self.rows.get(key)
        if raw is None or raw["version"] != version or raw["owner"]:
            return False
        raw["due"] = due
        return True

    def mark(self, key: Key, now: float) -> bool:
        raw = self.rows.get(key)
        if raw is None or not raw["owner"] or raw["expires"] <= now:
            return False
        raw["marked"] = True
        return True

    def save(
        self, key: Key, owner: str, body: Body, writes: Sequence[Write] = (), *, clears_mark: bool = False
    ) -> None:
        raw = self._held(key, owner)
        self._write(writes)
        raw |= {**body, "marked": raw["marked"] and not clears_mark}

    def release(self, key: Key, owner: str, body: Body, ending: Ending, writes: Sequence[Write] = ()) -> bool:
        raw = self._held(key, owner)
        if raw["marked"] and ending.heeds_mark:
            return False
        self._write(writes)
        raw |= {**body, "owner": "", "expires": 0, "unclean": ending.unclean, "due": ending.due}
        raw["killed"] = raw["killed"] if ending.unclean else 0
        return True

    def due(self, now: float) -> list[tuple[Key, float]]:
        waits = [(key, raw["due"]) for key, raw in self.rows.items() if raw["due"] is not None and raw["due"] <= now]
        return sorted(waits, key=lambda each: each[1])

    def _held(self, key: Key, owner: str) -> dict[str, Any]:
        raw = self.rows.get(key)
        if raw is None or raw["owner"] != owner:
            raise ClaimLost
        return raw

    def _write(self, writes: Sequence[Write]) -> None:
        """All or none."""
        if not all(holds(write.condition, self.others.get(_key_of(write), {})) for write in writes):
            raise ClaimLost
        for write in writes:
            self._write_one(_key_of(write), write)

    def _write_one(self, key: Key, write: Write) -> None:
        if isinstance(write, Put):
            self.others[key] = dict(write.item)
        elif isinstance(write, Delete):
            self.others.pop(key, None)
        elif not isinstance(write, Check):
            raise NotImplementedError("the twin writes whole items beside a record")


def _key_of(write: Write) -> Key:
    return (write.item["PK"], write.item["SK"]) if isinstance(write, Put) else write.key


def holds(condition: Any, item: Mapping[str, Any]) -> bool:
    """Whether an item is as a condition of boto3 says."""
    if condition is None:
        return True
    operator, values = (condition.get_expression()[member] for member in ("operator", "values"))
    if operator in {"AND", "OR"}:
        return (all if operator == "AND" else any)(holds(part, item) for part in values)
    name = values[0].name
    asked = {
        "attribute_exists": lambda: name in item,
        "attribute_not_exists": lambda: name not in item,
        "=": lambda: item.get(name) == values[1],
    }
    return asked[operator]()
