"""`python -m bench [--quick]`: measure, show, draw, write docs/performance.md; the last line is the figures as JSON.

`--quick` counts calls without latency and leaves the page and the plots as they are.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from bench import burst, cold, growth, memory, page, plots, show
from bench.conditions import latency, one_at_a_time
from bench.figures import Figures
from bench.measure import measured
from bench.rows import rows
from bench.scene import Scene
from integration.local.running import Options, start

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.measure import Measured
    from integration.local.running import Running

BURST = 1000
SETTINGS = {"new_cases_per_hour": 1_000_000, "max_attachment_mb": 100}
"""No brake and no limit below AWS's own."""


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="counts only, in about a minute")
    parser.add_argument("--burst", type=int, default=BURST, help="records of a burst")
    asked = parser.parse_args(arguments)
    found = quick() if asked.quick else whole(asked.burst)
    show.all_of(found)
    if not asked.quick:
        plots.draw(found)
        page.write(found)
    print(json.dumps(found.as_json()))
    return 0


def quick() -> Figures:
    with start(Options(settings=SETTINGS)) as running:
        return Figures(rows=_rows(running, 0.0, 0.0), grown=growth.with_comments(running, (1, 30)))


def whole(count: int) -> Figures:
    """A system of its own for each part that fills it, so that none weighs on the next."""
    found = Figures()
    with start(Options(settings=SETTINGS)) as running:
        show.began("rows")
        found = replace(found, rows=_rows(running))
        show.began("memory")
        peaks = [memory.large_file_to_incident(running, 100), memory.large_file_to_case(running, 100)]
        show.began("growth")
        found = replace(found, grown=growth.with_comments(running, (1, 10, 100, 1000)))
    with start(Options(settings=SETTINGS)) as running:
        show.began("polls over closed cases")
        found = replace(found, polled=[growth.polls(running, more) for more in (100, 900, 9000)])
    bursts = []
    for what, size, scale in ((burst.cases, count, 1), (burst.incidents, count, 1), (burst.cases, count // 5, 5),
                              (burst.incidents, count // 5, 5)):  # fmt: skip
        with start(Options(settings=SETTINGS)) as running:
            show.began(f"a burst of {size}, latency times {scale:g}")
            bursts.append(what(running, size, scale))
    with start(Options(settings=SETTINGS)) as running:
        show.began("a case at every limit")
        peaks.append(memory.full_case(running))
    show.began("cold starts")
    starts = [cold.start_of(function, 5) for function in cold.CLIENTS]
    return replace(found, peaks=peaks, bursts=bursts, starts=starts)


def _rows(running: Running, servicenow_s: float | None = None, aws_s: float | None = None) -> list[Measured]:
    scene = Scene(running)
    with latency(running, servicenow_s, aws_s), one_at_a_time(running):
        return [measured(row, scene) for row in rows()]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
