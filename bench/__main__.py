"""`python -m bench [--quick] [--only PART …]`: measure, show, draw, write docs/performance.md.

The last line is the figures as JSON. `--quick` counts calls without latency; it and `--only` leave page and plots as
they are. An aim that is missed is told in the tables; a part that could not be measured is told, too, and ends with 1.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bench import page, plots, show
from bench.figures import Figures
from bench.parts import PARTS, QUICK

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

BURST = 1000


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="counts only, in about a minute")
    parser.add_argument("--only", action="append", choices=PARTS, help="this part; may be given several times")
    parser.add_argument("--burst", type=int, default=BURST, help=f"records or workspaces of a burst ({BURST})")
    asked = parser.parse_args(arguments)
    names = QUICK if asked.quick else asked.only or PARTS
    found = measured(names, asked.burst)
    show.all_of(found)
    if names is PARTS and found.took_s.keys() == PARTS.keys():
        plots.draw(found)
        page.write(found)
    print(json.dumps(found.as_json()))
    return 1 if found.missing else 0


def measured(names: Iterable[str], burst: int) -> Figures:
    """Part by part, each on a system of its own. What breaks one part is told; the others are worth having, those
    before a Ctrl-C too.
    """
    found = Figures(at=datetime.now(UTC).date().isoformat(), load=round(os.getloadavg()[0], 1))
    for name in names:
        began = time.monotonic()
        show.began(name)
        try:
            more = (PARTS | QUICK)[name](burst)
        except KeyboardInterrupt:
            return replace(found, missing=found.missing | {name: "interrupted"})
        except Exception as error:  # noqa: BLE001 - whatever it is, it is this part's result
            found = replace(found, missing=found.missing | {name: f"{type(error).__name__}: {error}"})
        else:
            found = found.with_more(more)
        took_s = round(time.monotonic() - began)
        found = replace(found, took_s=found.took_s | {name: took_s})
        show.ended(name, took_s, found.missing.get(name))
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
