"""The list of integrations as they are operated, one line each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from integration.connection.declaration import CONNECTION
from integration.operations.cases.declaration import CASES_OPERATED
from integration.operations.changes.declaration import CHANGES_OPERATED
from integration.operations.connection.declaration import CONNECTION_OPERATED
from integration.operations.declaration import load
from integration.operations.workspaces.declaration import WORKSPACES_OPERATED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from integration.declaration import Integration
    from integration.operations.checking.own import Checks
    from integration.operations.declaration import Operated
    from integration.operations.stacks.acknowledgements import Accepted
    from integration.operations.stacks.alarms import Alarm
    from integration.operations.stacks.permissions import Grant

ALL = "all"
OPERATED: tuple[Operated, ...] = (
    CASES_OPERATED,
    CHANGES_OPERATED,
    CONNECTION_OPERATED,
    WORKSPACES_OPERATED,
)


class UnknownKey(ValueError):
    """The message names those there are."""


def startable() -> tuple[str, ...]:
    """Keys of what a deployment may have or not; the connection is always there."""
    return tuple(each.integration.key for each in OPERATED if each.integration is not CONNECTION)


def named(keys: Iterable[str]) -> tuple[str, ...]:
    """Each once, in the order of the registry; `all` for every one. Raises `UnknownKey`."""
    there, given = startable(), tuple(keys)
    unknown = [key for key in given if key not in (*there, ALL)]
    if unknown:
        raise UnknownKey(f"there is no integration {unknown[0]!r}, only {', '.join(there)}; or {ALL}")
    return tuple(key for key in there if key in given or ALL in given)


def chosen(keys: Iterable[str]) -> tuple[Operated, ...]:
    """The connection, which is always there, then those of these keys."""
    there = {each.integration.key: each for each in OPERATED}
    return tuple(there[key] for key in dict.fromkeys((CONNECTION.key, *keys)))


def alarms(integrations: Sequence[Integration], prefix: str = "") -> tuple[Alarm, ...]:
    """Of all that stand in one stack; `prefix` tells what is common to all from another stack's."""
    from integration.operations.stacks.alarms import common  # noqa: PLC0415 - importing the CDK starts Node

    own = (load(each.alarms) for each in OPERATED if each.alarms and each.integration in integrations)
    return (*common(integrations, prefix), *(alarm for each in own for alarm in each))


def accepted() -> tuple[Accepted, ...]:
    """What stays whatever is deployed, then what stays with each."""
    from integration.operations.stacks.acknowledgements import ACCEPTED  # noqa: PLC0415 - importing the CDK starts Node

    return (*ACCEPTED, *(each for one in OPERATED if one.accepted for each in load(one.accepted)))


def checks() -> dict[str, Checks]:
    """Of those that have some, by key."""
    return {each.integration.key: load(each.checks) for each in OPERATED if each.checks}


def pages() -> dict[str, Callable[[], str]]:
    """Of all: where below docs/ each stands, and what gives its text."""
    return {name: text for each in OPERATED if each.pages for name, text in load(each.pages).items()}


def grants(operated: Iterable[Operated] = OPERATED) -> dict[str, tuple[Grant, ...]]:
    """Of all their roles, by owner."""
    return {owner: granted for each in operated if each.grants for owner, granted in load(each.grants).items()}
