"""The integrations there are, a line each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from integration.cases.declaration import CASES
from integration.connection.declaration import CONNECTION

if TYPE_CHECKING:
    from integration.declaration import Function, Integration, Notification

INTEGRATIONS: tuple[Integration, ...] = (
    CONNECTION,
    CASES,
)


def function(owner: str) -> Function:
    return next(each for integration in INTEGRATIONS for each in integration.functions if each.owner == owner)


def notifications() -> tuple[Notification, ...]:
    return tuple(each for integration in INTEGRATIONS for each in integration.notifications)


def foreign_marks(key: str) -> tuple[str, ...]:
    """`correlation_display` of the records that the others make: nothing for the integration of this key to take."""
    return tuple(mark for integration in INTEGRATIONS if integration.key != key for mark in integration.marks)
