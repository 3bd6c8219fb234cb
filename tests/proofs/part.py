"""What every part of the proofs takes and gives."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True)
class Depth:
    """How much of everything; `share`: every how many-th crash point is played."""

    name: str
    share: int
    seconds_at_most: int
    histories: int
    wild_histories: int
    machine: int
    events: int
    good_cases: int
    hostile: int
    soak_links: int
    lame: int
    jobs: int = 2
    first_seed: int = 0


QUICK = Depth("quick", share=20, seconds_at_most=300, histories=200, wild_histories=60, machine=12, events=60,
              good_cases=60, hostile=1_500, soak_links=40, lame=0)  # fmt: skip
FULL = Depth("full", share=1, seconds_at_most=7200, histories=40_000, wild_histories=10_000, machine=400, events=200,
             good_cases=500, hostile=60_000, soak_links=1_000, lame=1_000)  # fmt: skip


@dataclass
class Figures:
    """`numbers` of one part, and what did not hold, in words."""

    numbers: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, other: Figures) -> None:
        self.numbers += other.numbers
        self.problems += other.problems
        self.notes += other.notes


@dataclass(frozen=True)
class Part:
    """`steps` says how many times `run` will call what it is given to tell progress."""

    name: str
    title: str
    steps: Callable[[Depth], int]
    run: Callable[[Depth, Callable[[int], None]], Figures]


def spread(work: Callable[..., R], arguments: Sequence[tuple[Any, ...]], jobs: int) -> Iterator[R]:
    """The results in order, on so many processes; with one, in this one."""
    if jobs == 1:
        yield from (work(*each) for each in arguments)
        return
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        yield from pool.map(work, *zip(*arguments, strict=True))
