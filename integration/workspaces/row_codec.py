"""Rows as items of the table and back. An attribute stands for each field; what is None is not there."""

from __future__ import annotations

from dataclasses import fields
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeVar

from integration.reconcile.claims import Claim
from integration.reconcile.table_claims import claim_in
from integration.workspaces.model import Action, Blocked, Member, OrderRow, Phase, Row, Why, WorkspaceKind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from integration.reconcile.claims import Key

R = TypeVar("R", Row, OrderRow)
_CLAIM = {each.name for each in fields(Claim)}
_READ: dict[str, Callable[[Any], Any]] = {
    "phase": Phase,
    "kind": WorkspaceKind,
    "why": Why,
    "ended": Why,
    "action": Action,
    "told": tuple,
    "workspaces": tuple,
    "members": lambda listed: tuple(Member(**each) for each in listed),
    "blocked": lambda stored: Blocked(**stored),
}


def body_of(row: Row | OrderRow) -> dict[str, Any]:
    """All its own attributes, without the claim."""
    own = {each.name: getattr(row, each.name) for each in fields(row) if each.name not in _CLAIM | {"id", "key"}}
    return {name: _stored(value) for name, value in own.items() if value is not None}


def changes(before: R, row: R) -> dict[str, Any]:
    """What a pass changed, and no more: a wish that was written meanwhile stays."""
    names = [each.name for each in fields(row) if each.name not in _CLAIM]
    changed = {name: getattr(row, name) for name in names if getattr(row, name) != getattr(before, name)}
    return {name: _stored(value) for name, value in changed.items()}


def workspace_row(key: Key, item: Mapping[str, Any]) -> Row:
    return Row(id=key[0].removeprefix("Workspace#"), **_own(Row, item), **claim_in(item))


def order_row(key: Key, item: Mapping[str, Any]) -> OrderRow:
    return OrderRow(key=key[0].removeprefix("Order#"), **_own(OrderRow, item), **claim_in(item))


def _own(kind: type[Row | OrderRow], item: Mapping[str, Any]) -> dict[str, Any]:
    names = {each.name for each in fields(kind)} - _CLAIM - {"id", "key"}
    return {name: _READ.get(name, _as_is)(item[name]) for name in names if item.get(name) is not None}


def _stored(value: Any) -> Any:
    match value:
        case StrEnum():
            return str(value)
        case tuple():
            return [_stored(each) for each in value]
        case Member():
            return {"id": value.id, "shown": value.shown, "serial": value.serial}
        case Blocked():
            return {"reason": value.reason, "retry_at": value.retry_at, "said_after": value.said_after}
    return value


def _as_is(value: Any) -> Any:
    return value
