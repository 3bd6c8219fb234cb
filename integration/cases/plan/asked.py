"""What a plan must know beyond both sides, asked only where it matters to it. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Asks:
    """Questions that a plan still has; asked, it is made again."""

    team: bool = False
    users: tuple[str, ...] = ()
    close_codes: bool = False

    def __bool__(self) -> bool:
        return self != Asks()

    def __or__(self, other: Asks) -> Asks:
        return Asks(self.team or other.team, self.users + other.users, self.close_codes or other.close_codes)


@dataclass(frozen=True, slots=True)
class Answers:
    """`team`: addresses of the response team. `users`: per address that was asked for, the sys_id, or the address
    itself. `close_codes`: those that the instance offers. None: not asked.
    """

    team: tuple[str, ...] | None = None
    users: Mapping[str, str] = field(default_factory=dict)
    close_codes: Mapping[str, str] | None = None
