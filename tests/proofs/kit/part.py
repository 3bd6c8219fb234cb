"""What every part of the proofs takes and gives.

A part over the fakes is a module with `PART`. A part over the running plane, of `tests/proofs/cases/plane/`, offers

    def run(quick: bool, show: Callable[[str], None]) -> Figures: ...

The first line of its docstring is the title that progress and docs/reliability.md show. It is found by its place (no
list to edit) and runs after the others, at full depth only; names beginning with `_` or `test_` are left out.
`show` tells progress: one short line each time something new begins. What comes back:

- `numbers`: counts by name. Those of `report.TOLD` (`crash_points`, `crash_points_survived`, `faults`,
  `faults_survived`, `soak_links`, `lost`, `duplicates`, ...) are added to the last line; any other name (`plane_kills`)
  stands in this part's row of docs/reliability.md.
- `problems`: what did not hold, a line each; one is enough to fail the run. An exception becomes one.
- `notes`: lines below the table of docs/reliability.md: seeds, how to repeat, what was left out and why.
"""

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
    histories: int
    wild_histories: int
    events: int
    good_cases: int
    hostile: int
    soak_links: int
    lame: int
    jobs: int = 2
    first_seed: int = 0


QUICK = Depth("quick", share=20, histories=200, wild_histories=60, events=60,
              good_cases=60, hostile=1_500, soak_links=40, lame=0)  # fmt: skip
FULL = Depth("full", share=1, histories=12_000, wild_histories=3_000, events=200,
             good_cases=500, hostile=10_000, soak_links=1_000, lame=200)  # fmt: skip


@dataclass
class Figures:
    """`numbers` of one part, and what did not hold, in words. Who runs it sets how long it took, when it ended and of
    what commit it was.
    """

    numbers: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    seconds: float = 0.0
    ended: str = ""
    commit: str = ""

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
