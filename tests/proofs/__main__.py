"""`python -m tests.proofs`: everything at full depth, or a sample with `--quick`."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from tests.proofs import workspaces
from tests.proofs.cases import contention, crashes, guards_off, histories, hostile, hours, poison, seeds, soak
from tests.proofs.cases.histories import shortest_story
from tests.proofs.kit.on_plane import plane_parts
from tests.proofs.kit.part import FULL, QUICK, Figures
from tests.proofs.report import last_line, page

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.proofs.kit.part import Depth, Part

CONSOLE = Console(stderr=True)
PARTS = (
    *(module.PART for module in (seeds, crashes, histories, contention, poison, hostile, soak, hours, guards_off)),
    workspaces.DEATHS,
    workspaces.HISTORIES,
    *plane_parts(lambda line: CONSOLE.print(line, markup=False, highlight=False)),
)
PAGE = Path(__file__).parents[2] / "docs" / "reliability.md"
FIGURES = PAGE.with_suffix(".json")
SHOWN = 60
"""Lines of findings per part that are printed."""


@click.command()
@click.option("--quick", is_flag=True, help="A sample of everything.")
@click.option("--seed", type=int, help="Play one history and tell it in words.")
@click.option("--from-seed", type=int, default=0, help="First seed of the histories.")
@click.option("--jobs", type=click.IntRange(1), default=2, show_default=True, help="Processes.")
@click.option("--only", type=click.Choice([part.name for part in PARTS]), multiple=True, help="These parts.")
def main(quick: bool, seed: int | None, from_seed: int, jobs: int, only: tuple[str, ...]) -> None:
    """Prove what always holds. At full depth docs/reliability.md is written; other parts' figures stay as they were."""
    if seed is not None:
        click.echo("\n".join(shortest_story(seed)))
        return
    depth = replace(QUICK if quick else FULL, jobs=jobs, first_seed=from_seed)
    keep = partial(_keep, depth) if not quick and not from_seed else lambda _: None
    if not quick and not from_seed and not only:
        FIGURES.unlink(missing_ok=True)
    results = _run([part for part in PARTS if not only or part.name in only], depth, keep)
    numbers = sum((figures.numbers for figures in results.values()), Counter[str]())
    click.echo(json.dumps(last_line(numbers)))
    sys.exit(any(figures.problems for figures in results.values()))


def _run(parts: list[Part], depth: Depth, keep: Callable[[dict[str, Figures]], None]) -> dict[str, Figures]:
    """Each is kept as it ends, so that a run that is broken off was not for nothing."""
    results: dict[str, Figures] = {}
    columns = (TextColumn("{task.description:48}"), BarColumn(), TextColumn("{task.completed}/{task.total}"))
    with Progress(*columns, TimeElapsedColumn(), console=CONSOLE) as progress:
        for part in parts:
            steps = part.steps(depth)
            if not steps:
                continue
            task, begun = progress.add_task(part.title, total=steps), time.monotonic()
            results[part.name] = found = part.run(depth, lambda n, task=task: progress.advance(task, n))  # type: ignore[misc]
            found.seconds, found.ended = time.monotonic() - begun, f"{datetime.now(UTC):%Y-%m-%d %H:%M}"
            found.commit = commit()
            keep(results)
            if not CONSOLE.is_terminal:  # where no bar is drawn, a line for each part
                CONSOLE.print(f"{part.title}: {found.seconds:.0f} s, {len(found.problems)} findings", highlight=False)
            for problem in found.problems[:SHOWN]:
                CONSOLE.print(problem, markup=False, highlight=False)
    return results


def commit() -> str:
    """Short; empty outside a clone."""
    asked = ["git", "rev-parse", "--short", "HEAD"]
    return subprocess.run(asked, cwd=PAGE.parent, capture_output=True, text=True, check=False).stdout.strip()


def _keep(depth: Depth, results: dict[str, Figures]) -> None:
    """The page beside the figures it shows; of parts that were not run, those of their last time."""
    known = json.loads(FIGURES.read_text()) if FIGURES.exists() else {}
    found = {name: Figures(**figures | {"numbers": Counter(figures["numbers"])}) for name, figures in known.items()}
    found |= results
    ordered = {part.name: found[part.name] for part in PARTS if part.name in found}
    FIGURES.write_text(json.dumps({name: vars(figures) for name, figures in ordered.items()}, indent=1) + "\n")
    PAGE.write_text(page(depth, ordered))


if __name__ == "__main__":
    main()
