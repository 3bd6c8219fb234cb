"""One DynamoDB table in memory, with the conditions of the real one; the contract suite of rows holds it to moto."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from integration.aws.errors import ConditionFailed
from integration.aws.item import Check, Delete, Put, Update

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from boto3.dynamodb.conditions import ConditionBase

    from integration.aws.item import Item, Key, Write


@dataclass
class MemoryTable:
    """As `aws.table.Table`. `call(name, act)` carries each call out: where tests count, interfere and kill."""

    call: Callable[[str, Callable[[], Any]], Any] = lambda _name, act: act()
    items: dict[Key, Item] = field(default_factory=dict)
    written: int = 0

    def get(self, pk: str, sk: str) -> Item | None:
        found: Item | None = self.call("get", lambda: copy.deepcopy(self.items.get((pk, sk))))
        return found

    def batch(self, keys: Iterable[Key]) -> dict[Key, Item]:
        wanted = list(keys)
        found: dict[Key, Item] = self.call(
            "batch", lambda: {key: copy.deepcopy(self.items[key]) for key in wanted if key in self.items}
        )
        return found

    def put(self, item: Mapping[str, Any], condition: ConditionBase | None = None) -> None:
        self.write(Put(item, condition))

    def delete(self, pk: str, sk: str, condition: ConditionBase | None = None) -> None:
        self.write(Delete((pk, sk), condition))

    def write(self, write: Put | Update | Delete) -> None:
        self.call(type(write).__name__.lower(), lambda: self._all([write]))

    def update(self, update: Update) -> Item:
        def act() -> Item:
            self._all([update])
            return copy.deepcopy(self.items[update.key])

        item: Item = self.call("update", act)
        return item

    def transact(self, writes: Sequence[Write], token: str = "") -> None:
        assert token
        self.call("transact", lambda: self._all(writes))

    def query(
        self, key: ConditionBase, *, index: str = "", limit: int | None = None, forward: bool = True
    ) -> Iterator[Item]:
        def act() -> list[Item]:
            found = [copy.deepcopy(item) for item in self.items.values() if holds(key, item)]
            return sorted(found, key=lambda item: item["due" if index else "SK"], reverse=not forward)[:limit]

        yield from self.call("query", act)

    def _all(self, writes: Sequence[Write]) -> None:
        """All or none."""
        keys = [_key_of(write) for write in writes]
        assert len(set(keys)) == len(keys) <= 100
        for index, (key, write) in enumerate(zip(keys, writes, strict=True)):
            if write.condition is not None and not holds(write.condition, self.items.get(key, {})):
                raise ConditionFailed(copy.deepcopy(self.items.get(key)), index=index)
        for key, write in zip(keys, writes, strict=True):
            if not isinstance(write, Check):
                self._one(key, write)

    def _one(self, key: Key, write: Put | Update | Delete) -> None:
        self.written += 1
        if isinstance(write, Delete):
            self.items.pop(key, None)
        elif isinstance(write, Put):
            self.items[key] = copy.deepcopy(dict(write.item))
        else:
            item = self.items.setdefault(key, {"PK": key[0], "SK": key[1]})
            item |= copy.deepcopy(dict(write.values))
            item |= {name: value for name, value in write.defaults.items() if name not in item}
            item |= {name: item.get(name, 0) + more for name, more in write.added.items()}
            for name in write.removed:
                item.pop(name, None)


def _key_of(write: Write) -> Key:
    return (write.item["PK"], write.item["SK"]) if isinstance(write, Put) else write.key


def holds(condition: ConditionBase, item: Mapping[str, Any]) -> bool:
    """Whether an item is as a condition of boto3 says; what is not there compares with nothing."""
    asked = condition.get_expression()
    operator, values = asked["operator"], asked["values"]
    if operator in {"AND", "OR"}:
        return (all if operator == "AND" else any)(holds(part, item) for part in values)
    there, mine, rest = values[0].name in item, item.get(values[0].name), values[1:]
    answers: dict[str, Callable[[], bool]] = {
        "attribute_exists": lambda: there,
        "attribute_not_exists": lambda: not there,
        "=": lambda: there and mine == rest[0],
        "<>": lambda: mine != rest[0],
        ">": lambda: there and mine > rest[0],
        ">=": lambda: there and mine >= rest[0],
        "<=": lambda: there and mine <= rest[0],
        "IN": lambda: there and mine in rest[0],
        "begins_with": lambda: there and str(mine).startswith(rest[0]),
    }
    return bool(answers[operator]())
