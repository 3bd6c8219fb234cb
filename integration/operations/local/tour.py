"""A scripted day in both directions: each step is one thing a person does and what must then stand on the other side.

A step has arrived only if what it carried is there exactly once and reads as it should. At the end the whole day is
counted again: what stands twice is a duplicate, however it got there.
"""

from __future__ import annotations

import math
import statistics
import time
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from integration.operations.waiting import NotYet, until

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from integration.operations.cases.people import People
    from integration.operations.tour import Part, Step, Sweep

PATIENCE_S = 60.0
LOOK_S = 0.05


@dataclass(frozen=True)
class Outcome:
    """`lag_s` is from the end of the act to the first look that saw it; None where it did not arrive, which `why` says,
    and where nothing was to change.
    """

    name: str
    direction: str
    arrived: bool
    lag_s: float | None
    why: str = ""


@dataclass
class Tour:
    """The outcome of a day, as `--json` prints it."""

    module: str
    steps: list[Outcome] = field(default_factory=list)
    duplicates: int = 0
    dead_letters: int = 0
    calls: dict[str, int] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        return all(step.arrived for step in self.steps) and not self.duplicates and not self.dead_letters

    def as_json(self) -> dict[str, Any]:
        lags = sorted(step.lag_s for step in self.steps if step.lag_s is not None)
        return {
            "ok": self.ok,
            "module": self.module,
            "steps": [asdict(step) for step in self.steps],
            "lag_p50_s": round(statistics.median(lags), 3) if lags else None,
            "lag_p95_s": round(percentile(lags, 0.95), 3) if lags else None,
            "calls": self.calls,
            "duplicates": self.duplicates,
            "dead_letters": self.dead_letters,
        }


def percentile(ordered: list[float], share: float) -> float:
    """The smallest value that at least this share of the values does not exceed."""
    return ordered[max(0, math.ceil(len(ordered) * share) - 1)]


def run(
    parts: Sequence[Part],
    people: People,
    module: str,
    dead_letters: Callable[[], int],
    sweep: Sweep,
    tell: Callable[[Outcome], None],
) -> Tour:
    """Every step in turn; one that does not arrive is noted and the day goes on."""
    tour = Tour(module)
    for part in parts:
        part.prepare(people)
        for step in part.steps(people, sweep):
            outcome = _taken(people, step)
            tour.steps.append(outcome)
            tell(outcome)
    tour.duplicates = sum(part.duplicates(people) for part in parts)
    tour.dead_letters, tour.calls = dead_letters(), people.calls()
    return tour


def _taken(people: People, step: Step) -> Outcome:
    try:
        step.act(people)
        lag_s = _seen(people, step)
    except RuntimeError as error:
        why = str(error)
    except (LookupError, ValueError) as error:
        why = f"{type(error).__name__} {error}, as where an earlier step did not arrive"
    else:
        return Outcome(step.name, step.direction, arrived=True, lag_s=lag_s)
    return Outcome(step.name, step.direction, arrived=False, lag_s=None, why=why)


def _seen(people: People, step: Step) -> float | None:
    """How long it took; None of a quiet one. Raises NotYet."""
    if not step.quiet:
        began = time.monotonic()
        until(lambda: step.arrived(people), PATIENCE_S, "what must then stand", LOOK_S)
        return round(time.monotonic() - began, 3)
    until(people.running.still, what="rest")
    if not step.arrived(people):
        raise NotYet("something changed")
    return None
