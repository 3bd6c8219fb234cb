"""Many seeded histories; a violation is shortened and told in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.proofs.kit.choices import Choices, shortest
from tests.proofs.kit.part import Depth, Figures, Part, spread
from tests.proofs.kit.stage import Odds, Stage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

CHUNK = 50
USUAL = Odds()
WILD = Odds(crash=0.06, fail=0.03, lost_answer=0.12, lost_event=0.3, edits=12)
"""Nearly every pass is disturbed, several times."""
CALM = Odds(crash=0, fail=0, lost_answer=0, lost_event=0, early_event=0, edits=16)
"""Nothing fails; what is left are people, parallel passes and disorder."""
WILD_FROM, CALM_FROM = 10_000_000, 20_000_000
"""First seeds, so that a seed names its odds."""
STORIES = 3


def odds_of(seed: int) -> Odds:
    return CALM if seed >= CALM_FROM else WILD if seed >= WILD_FROM else USUAL


def played(source: int | Sequence[int], odds: Odds) -> tuple[Stage, list[str]]:
    stage = Stage(Choices(source), odds)
    return stage, stage.play()


def run_seeds(seeds: Sequence[int]) -> Figures:
    found = Figures()
    for seed in seeds:
        stage, wrong = played(seed, odds_of(seed))
        found.numbers += stage.count
        found.numbers["histories"] += 1
        found.numbers["violations"] += bool(wrong)
        found.problems += [f"seed {seed}: {what}" for what in wrong]
    return found


def chunks(depth: Depth) -> list[tuple[range]]:
    wanted = (
        (depth.first_seed, depth.histories),
        (WILD_FROM + depth.first_seed, depth.wild_histories),
        (CALM_FROM + depth.first_seed, depth.wild_histories),
    )
    return [
        (range(start, min(start + CHUNK, first + number)),)
        for first, number in wanted
        for start in range(first, first + number, CHUNK)
    ]


def run(depth: Depth, advance: Callable[[int], None]) -> Figures:
    total = Figures()
    for part in spread(run_seeds, chunks(depth), depth.jobs):
        total.add(part)
        advance(part.numbers["histories"])
    seeds = list(dict.fromkeys(int(problem.split()[1].rstrip(":")) for problem in total.problems))
    for seed in seeds[:STORIES]:
        total.problems += [f"the history of seed {seed}, shortened:", *shortest_story(seed)]
    return total


def shortest_story(seed: int) -> Iterator[str]:
    """The history of a seed, shortened while the same rule stays broken, in words."""
    odds = odds_of(seed)
    stage, wrong = played(seed, odds)
    wanted = {rule(what) for what in wrong}

    def fails(choices: Sequence[int]) -> bool:
        return any(rule(what) in wanted for what in played(choices, odds)[1])

    stage, wrong = played(shortest(stage.choices.played, fails), odds)
    yield from stage.story
    yield from wrong


def rule(what: str) -> str:
    """Without the particulars: the same rule broken in the same way."""
    return "".join(" " if c.isdigit() else c for c in what[2:])[:60]


def steps(depth: Depth) -> int:
    return depth.histories + 2 * depth.wild_histories


PART = Part("histories", "random histories, interleaved at every call", steps, run)
