"""A history's choices as numbers, so that any history can be repeated from its seed and shortened when it fails.

Zero is always the calm choice: choices that have run out play on without any disturbance.
"""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

TOP = 1 << 16
T = TypeVar("T")


class Choices:
    """From a seed, endless; or from recorded numbers, followed by zeros. `played` is what was read."""

    def __init__(self, source: int | Sequence[int]) -> None:
        self._random = Random(source) if isinstance(source, int) else None
        self._left = iter(()) if isinstance(source, int) else iter(source)
        self.played: list[int] = []

    def next(self) -> int:
        number = self._random.randrange(TOP) if self._random else next(self._left, 0)
        self.played.append(number)
        return number

    def below(self, limit: int) -> int:
        return self.next() * limit // TOP

    def pick(self, among: Sequence[T]) -> T:
        return among[self.below(len(among))]

    def chance(self, share: float) -> bool:
        """Always reads one number, so that choices stay in step whatever the share."""
        return self.next() >= (1 - share) * TOP


def shortest(choices: Sequence[int], fails: Callable[[Sequence[int]], bool], tries: int = 1500) -> list[int]:
    """Fewer and calmer choices that still fail: pieces are cut out or made zero, large ones first."""
    kept = list(choices)
    size = max(1, len(kept) // 2)
    while size:
        start = 0
        while start < len(kept):
            better = None
            for candidate in _simpler(kept, start, size):
                tries -= 1
                if tries < 0:
                    return kept
                if fails(candidate):
                    better = candidate
                    break
            start += 0 if better is not None and len(better) < len(kept) else size
            kept = kept if better is None else better
        size //= 2
    return kept


def _simpler(choices: list[int], start: int, size: int) -> Iterator[list[int]]:
    piece = choices[start : start + size]
    yield choices[:start] + choices[start + size :]
    if any(piece):
        yield choices[:start] + [0] * len(piece) + choices[start + size :]
