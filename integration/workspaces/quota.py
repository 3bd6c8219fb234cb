"""How much of a workspace's quota is used, reserved and free. Pure.

`room` is taken when an address is given and corrected by differences only, so that a reservation made meanwhile stays.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class Upload:
    """A reservation: `size` bytes until that time."""

    id: str
    size: int
    until: float


@dataclass(frozen=True, slots=True)
class Settlement:
    """`used`: what is there; `room`: what is added to what is free; `over`: reservations that are done with."""

    used: int
    room: int
    over: tuple[str, ...]


def settled(used: int, present: int, uploads: Iterable[Upload], now: float) -> Settlement:
    """`used`: as it was known; `present`: what a list shows now, every version of every file.

    An upload that is there and whose reservation still lives counts twice until that ends: never too much is given.
    """
    over = [upload for upload in uploads if upload.until <= now]
    freed = sum(upload.size for upload in over)
    return Settlement(present, freed - (present - used), tuple(upload.id for upload in over))
