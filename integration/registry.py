"""The list of integrations, one line each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from integration.cases.declaration import CASES
from integration.changes.declaration import CHANGES
from integration.connection.declaration import CONNECTION
from integration.names import DEAD_SUFFIX
from integration.workspaces.declaration import WORKSPACES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from integration.declaration import Function, Integration
    from integration.names import Names

INTEGRATIONS: tuple[Integration, ...] = (
    CASES,
    CHANGES,
    CONNECTION,
    WORKSPACES,
)
DEFAULT = (CASES.key,)
"""Keys of what a deployment has besides the connection where nothing else is named."""

FUNCTIONS = tuple(each for integration in INTEGRATIONS for each in integration.functions)
NOTIFICATIONS = tuple(each for integration in INTEGRATIONS for each in integration.notifications)


def deploys(integration: Integration) -> bool:
    return bool(integration.stack)


def stacks(names: Names, integrations: Iterable[Integration] = INTEGRATIONS) -> tuple[str, ...]:
    """In the order they are deployed: the connection's first, on which the others stand; before each what it keeps."""
    ordered = sorted(filter(deploys, integrations), key=lambda each: each.stack != CONNECTION.stack)
    return tuple(dict.fromkeys(names.of(one) for each in ordered for one in (each.keeps, each.stack) if one))


def kept(names: Names, integrations: Iterable[Integration] = INTEGRATIONS) -> tuple[str, ...]:
    """Those of them that outlive the others."""
    return tuple(names.of(each.keeps) for each in integrations if each.keeps)


def with_connection(keys: Iterable[str]) -> tuple[Integration, ...]:
    """What a deployment with these consists of."""
    named = {CONNECTION.key, *keys}
    return tuple(each for each in INTEGRATIONS if each.key in named)


def function(owner: str) -> Function:
    return next(each for each in FUNCTIONS if each.owner == owner)


def queues(names: Names, integrations: Iterable[Integration] = INTEGRATIONS) -> tuple[str, ...]:
    return tuple(names.of(queue) for integration in integrations for queue in integration.queues)


def dead_letter_queues(names: Names, integrations: Iterable[Integration] = INTEGRATIONS) -> tuple[str, ...]:
    each_queue = queues(names, integrations)
    others = (names.of(other) for integration in integrations for other in integration.dead_letters_of)
    return tuple(each + DEAD_SUFFIX for each in (*each_queue, *others))


def foreign_marks(key: str) -> tuple[str, ...]:
    """`correlation_display` of the records that the others make: nothing for the integration of this key to take."""
    return tuple(mark for integration in INTEGRATIONS if integration.key != key for mark in integration.marks)
