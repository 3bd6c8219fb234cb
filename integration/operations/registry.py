"""The list of integrations as they are operated, one line each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from integration.operations.cases.declaration import CASES_OPERATED
from integration.operations.connection.declaration import CONNECTION_OPERATED
from integration.operations.declaration import load

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from integration.declaration import Integration
    from integration.operations.declaration import Operated
    from integration.operations.stacks.alarms import Alarm
    from integration.operations.stacks.permissions import Grant

OPERATED: tuple[Operated, ...] = (
    CASES_OPERATED,
    CONNECTION_OPERATED,
)


def startable() -> tuple[str, ...]:
    """Keys of what a deployment may have or not; the connection is always there."""
    return tuple(each.integration.key for each in OPERATED if each.needs)


def chosen(keys: Iterable[str]) -> tuple[Operated, ...]:
    """What is always there, then those of these keys, each after what it needs."""
    found = {each.integration.key: each for each in OPERATED if not each.needs}
    for key in keys:
        each = next(each for each in OPERATED if each.integration.key == key)
        found |= {need.integration.key: need for need in chosen(each.needs)} | {key: each}
    return tuple(found.values())


def alarms(integrations: Sequence[Integration], prefix: str = "") -> tuple[Alarm, ...]:
    """Of all that stand in one stack; `prefix` tells what is common to all from another stack's."""
    from integration.operations.stacks.alarms import common  # noqa: PLC0415 - importing the CDK starts Node

    own = (load(each.alarms) for each in OPERATED if each.alarms and each.integration in integrations)
    return (*common(integrations, prefix), *(alarm for each in own for alarm in each))


def grants() -> dict[str, tuple[Grant, ...]]:
    """Of all roles, by owner."""
    return {owner: granted for each in OPERATED for owner, granted in load(each.grants).items()}
