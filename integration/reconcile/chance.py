"""What an instance refuses by chance is done again at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from integration.clients.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
TRIES = 3


def repeated(action: Callable[[], T]) -> T:
    """A refusal by chance had no effect, and the next try would not meet it."""
    for _ in range(TRIES - 1):
        try:
            return action()
        except Refused as refused:
            if not refused.by_chance:
                raise
    return action()
