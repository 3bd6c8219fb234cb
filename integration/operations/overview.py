"""What an integration says of itself to an operator."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from integration.clients.errors import RemoteError
from integration.reconcile.errors import EXPECTED
from servicenow_setup.errors import SetupError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

FORESEEN = (RemoteError, *EXPECTED, SetupError)


@dataclass(frozen=True)
class Shown:
    """A table of `status`."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]


@dataclass(frozen=True)
class Overview:
    """`rows` have the same words each, and ids for values; `attention`: sentences, each with what to do next.

    `document` has members of its own for the top of `status --json`; `lines` and `tables` print them.
    """

    rows: tuple[Mapping[str, Any], ...] | None = None
    attention: tuple[str, ...] = ()
    document: Mapping[str, Any] = field(default_factory=dict)
    lines: tuple[str, ...] = ()
    tables: tuple[Shown, ...] = ()


@dataclass(frozen=True)
class Looks:
    """Reads one part after the other: what cannot be read hides no other, and wants looking at."""

    attention: list[str] = field(default_factory=list)

    def part(self, what: str, look: Callable[[], Any], otherwise: Any) -> Any:
        try:
            return look()
        except FORESEEN as error:
            self.attention.append(f"{what} cannot be read: {error}")
            return otherwise
