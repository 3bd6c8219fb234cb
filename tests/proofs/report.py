"""The page that says what was proved, with which numbers, when, and how to repeat it."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING

from tests.proofs.cases.guards_off import MECHANISMS
from tests.proofs.cases.histories import CALM, CALM_FROM, USUAL, WILD, WILD_FROM

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.proofs.kit.part import Depth, Figures
    from tests.proofs.kit.stage import Odds

TOLD = (
    "histories", "violations", "crash_points", "crash_points_survived", "faults", "faults_survived", "hostile_inputs",
    "soak_links", "lost", "duplicates",
)  # fmt: skip
"""Members of the last line, in order."""
SHOWN = 20
"""Findings that stand on the page."""


def last_line(numbers: Mapping[str, int]) -> dict[str, int]:
    return {name: numbers.get(name, 0) for name in TOLD}


def page(depth: Depth, results: Mapping[str, Figures]) -> str:
    return "\n".join(_lines(depth, results)) + "\n"


def _lines(depth: Depth, results: Mapping[str, Figures]) -> Iterator[str]:
    yield "# Reliability\n"
    yield "Written by `make prove`; do not edit. [The same figures](reliability.json) for machines.\n"
    yield HOW_TO_REPEAT
    problems = [f"{name}: {problem}" for name, figures in results.items() for problem in figures.problems]
    total = sum((figures.numbers for figures in results.values()), Counter[str]())
    minutes = sum(figures.seconds for figures in results.values()) / 60
    found = f"{len(problems)} lines of findings" if problems else "Nothing was found"
    yield f"**{found}** in {minutes:.0f} minutes.\n"
    yield f"```json\n{json.dumps(last_line(total))}\n```\n"
    yield from (f"- {problem}" for problem in problems[:SHOWN])
    if problems:
        yield ""
    yield "| part | what was counted | ended (UTC) | seconds | commit |\n|---|---|---|---|---|"
    for name, figures in results.items():
        counted = _counted(figures.numbers) if name != "without" else "see below"
        yield f"| {name} | {counted} | {figures.ended} | {figures.seconds:.0f} | {figures.commit} |"
    yield ""
    yield EXPLAINED.format(seeds=_seeds(depth))
    if "seeds" in results:
        yield "## Named seeds\n"
        yield from (f"- {note}" for note in results["seeds"].notes)
        yield ""
    yield from _on_plane(results)
    if results.get("without") and depth.lame:
        yield from _mechanisms(depth, results["without"])


HOW_TO_REPEAT = """\
```
make prove                                    # everything, writes this page
make prove ARGS="--quick"                     # a sample in a minute or two; part of `make test`
make prove ARGS="--only crashes"              # one part of the table below; the others keep their figures
make prove ARGS="--only histories --from-seed 1000000"   # other histories
make prove ARGS="--seed 7"                    # one history, told in words; a failing one is shortened
```

Every history comes from its seed, every crash point from its scenario and call: the same commit gives the same run.
The parts whose names begin with `plane-` run real processes on the local plane, where time is real, too; all others run
over in-memory twins of both systems and of the table (`tests/fakes`), where a death, a lost answer or an edit can be
placed at any single call.
The twins are held to the emulators and to DynamoDB by one contract suite, `tests/contract/cases`.
"""


def _on_plane(results: Mapping[str, Figures]) -> Iterator[str]:
    notes = [note for name, figures in results.items() if name.startswith("plane-") for note in figures.notes]
    if notes:
        yield "## On the plane\n"
        yield from (f"- {note}" for note in notes)
        yield ""


def _counted(numbers: Counter[str]) -> str:
    return ", ".join(f"{number:,} {name.replace('_', ' ')}" for name, number in sorted(numbers.items()))


EXPLAINED = """\
## What the parts are

**seeds**: histories that once went wrong or must never, each by its name, each also with its cure switched off.

**crashes**: every scenario is played undisturbed, then once for each of its calls and each way that call can go wrong:
death before and after its effect, alone and with the other side's event arriving at the dead claim; refused for now;
answer lost without effect, with it, and with it 2 and 59 seconds later (ServiceNow).
After redelivery and sweeps both systems must look as undisturbed, ids and times apart.

**histories**: people, events that are lost, doubled, late and disordered or come before what they are about can be
read, parallel passes, deaths and failures, interleaved before every call; clocks that differ, claims that expire, an
instance that ignores our sys_id or takes edits of closed records, a policy per field.
Seeds:

{seeds}

Afterwards: both sides agree or were told why not, nothing is doubled, no text or value is lost without a note, no
conflict was told about a value of ours, no other column was touched, the base is what both sides show, no text is in
the table, no claim is left, and one more pass with all writers replaced by failures ends well.
Where no event was lost, they agree before the first sweep.

Not a violation: an edit in the moment between our read and our write, since no API here writes conditionally.
In ServiceNow it is noticed and told, unless the answer to our write was lost as well, or the pass died before it could
tell.

Assumed: a read shows at least what we ourselves wrote before.

**contention**: many events for one link at once, from both sides: one writer at a time, and as few runs as for ten.

**poison**: a record that can never be made, or never be written, beside good ones; hours with a revoked token, a
missing role, or hidden records.

**hostile**: webhook calls, tokens, mapping files; what an instance answers to reads and to the look-up before a
creation; what the file store answers to presigned requests, over sockets: pages, redirects, wrong lengths, resets.

**soak**: many pairs in one deployment with the poller, 5 % of the calls failing, a tenth of the events lost.

**plane-…**: the same promises with real processes on the local plane.
"""
MECHANISMS_INTRO = """\
## What each mechanism prevents

Switched off one at a time, {lame:,} histories each, half of them wild.
Zero means: so few histories do not show the need, since another mechanism covers it most of the time, or the next sweep
puts right what goes wrong. A named seed shows each of them in one history, which must end badly without it.
"""


def _seeds(depth: Depth) -> str:
    rows = ["| seeds from | chance per call: death, failure, lost answer | lost events |", "|---|---|---|"]
    for first, odds in ((depth.first_seed, USUAL), (WILD_FROM, WILD), (CALM_FROM, CALM)):
        rows.append(f"| {first:,} | {_odds(odds)} | {odds.lost_event:.0%} |")
    return "\n".join(rows)


def _odds(odds: Odds) -> str:
    return f"{odds.crash:.0%}, {odds.fail:.0%}, {odds.lost_answer:.0%}"


def _mechanisms(depth: Depth, figures: Figures) -> Iterator[str]:
    yield MECHANISMS_INTRO.format(lame=depth.lame)
    yield "| switched off | what it is | histories violated | for example |\n|---|---|---|---|"
    for name, (meaning, _) in MECHANISMS.items():
        broken = [note.partition("\t")[2].strip() for note in figures.notes if note.partition("\t")[0] == name]
        yield f"| {name} | {meaning} | {figures.numbers[name]} | {broken[0].replace('|', '') if broken else ''} |"
