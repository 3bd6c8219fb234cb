"""Items and expressions of DynamoDB as plain Python: numbers are int or float, expressions are written once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeAlias

from boto3.dynamodb.conditions import ConditionExpressionBuilder
from boto3.dynamodb.types import Binary, TypeDeserializer, TypeSerializer

if TYPE_CHECKING:
    from boto3.dynamodb.conditions import ConditionBase

Item: TypeAlias = dict[str, Any]
Key: TypeAlias = tuple[str, str]
"""PK and SK."""
_serialize, _deserialize = TypeSerializer().serialize, TypeDeserializer().deserialize


@dataclass(frozen=True, slots=True)
class Put:
    """Replace the whole item; `item` has PK and SK."""

    item: Mapping[str, Any]
    condition: ConditionBase | None = None


@dataclass(frozen=True, slots=True)
class Update:
    """Change attributes: `values` are set, `defaults` set where there is none, `added` are summed, `removed` go."""

    key: Key
    values: Mapping[str, Any] = field(default_factory=dict)
    defaults: Mapping[str, Any] = field(default_factory=dict)
    added: Mapping[str, float] = field(default_factory=dict)
    removed: Sequence[str] = ()
    condition: ConditionBase | None = None


@dataclass(frozen=True, slots=True)
class Delete:
    key: Key
    condition: ConditionBase | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """In a transaction: an item that is not written, but must be as the condition says."""

    key: Key
    condition: ConditionBase


Write: TypeAlias = Put | Update | Delete | Check


def to_item(plain: Mapping[str, Any]) -> Item:
    return {name: _serialize(_exact(value)) for name, value in plain.items()}


def from_item(stored: Mapping[str, Any]) -> Item:
    return {name: _plain(_deserialize(value)) for name, value in stored.items()}


def key_of(key: Key) -> Item:
    return to_item({"PK": key[0], "SK": key[1]})


def request(write: Write) -> Item:
    """What the API wants to know of one write, but for the table's name."""
    asked: Item = {"Item": to_item(write.item)} if isinstance(write, Put) else {"Key": key_of(write.key)}
    names: dict[str, str] = {}
    values: dict[str, Any] = {}
    if isinstance(write, Update):
        asked["UpdateExpression"] = _changes(write, names, values)
    if write.condition is not None:
        asked["ConditionExpression"] = expression(write.condition, names, values)
    if names:
        asked["ExpressionAttributeNames"] = names
    if values:
        asked["ExpressionAttributeValues"] = to_item(values)
    return asked


def expression(condition: ConditionBase, names: dict[str, str], values: dict[str, Any], *, key: bool = False) -> str:
    """The text of a condition; placeholders are added to `names` and `values`."""
    built = ConditionExpressionBuilder().build_expression(condition, is_key_condition=key)
    names.update(built.attribute_name_placeholders)
    values.update(built.attribute_value_placeholders)
    return built.condition_expression


def _changes(write: Update, names: dict[str, str], values: dict[str, Any]) -> str:
    def place(name: str, value: Any = None, form: str = "{n}") -> str:
        number = len(names)
        names[f"#u{number}"] = name
        if "{v}" in form:
            values[f":u{number}"] = value
        return form.format(n=f"#u{number}", v=f":u{number}")

    sets = [place(name, value, "{n} = {v}") for name, value in write.values.items()]
    sets += [place(name, value, "{n} = if_not_exists({n}, {v})") for name, value in write.defaults.items()]
    adds = [place(name, value, "{n} {v}") for name, value in write.added.items()]
    removes = [place(name) for name in write.removed]
    clauses = (("SET", sets), ("ADD", adds), ("REMOVE", removes))
    return " ".join(f"{verb} {', '.join(parts)}" for verb, parts in clauses if parts)


def _exact(value: Any) -> Any:
    """DynamoDB's numbers are decimal."""
    if isinstance(value, float):
        return Decimal(str(value))
    if isinstance(value, Mapping):
        return {name: _exact(member) for name, member in value.items()}
    if isinstance(value, list | tuple):
        return [_exact(member) for member in value]
    return value


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, Binary):
        return bytes(value)  # type: ignore[call-overload]  # the stub leaves __bytes__ out
    if isinstance(value, dict):
        return {name: _plain(member) for name, member in value.items()}
    if isinstance(value, list):
        return [_plain(member) for member in value]
    return value
