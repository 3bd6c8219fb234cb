"""What following one changed title costs a reader: how often its pass goes from one file to another.

`python -m bench.crossings` counts one pass over the in-memory twins, whose pair was in step before, and lists who calls
whom. `PYTHONPATH=<checkout> python bench/crossings.py` counts in the checkout of another commit.
"""

from __future__ import annotations

import gc
import sys
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.fakes import running as twins

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

AIM = 54
"""Crossings: half of the 108 at which a pass had six plans, and not by fewer files."""
ROOT = Path(twins.__file__).resolve().parents[2]
PORTS = frozenset({"tests/fakes/cases.py", "tests/fakes/incidents.py", "tests/fakes/links.py"})
KERNEL = "integration/reconcile/"
WORDS = frozenset({
    "asked.py", "audit.py", "base.py", "claims.py", "link.py", "look.py", "ports.py", "report.py", "wake.py",
})  # fmt: skip
"""Files of values that everything else speaks of, now or in earlier commits: who reads on does not go there."""
Edges = Counter[tuple[str, str]]


@dataclass(frozen=True)
class Crossings:
    """`calls` of our functions, `changes` those out of one file into another, of `files`, mappers and twins among them.

    `trips`: there and back between two files of the pass, and from one to a port; without the files of words.
    """

    calls: int
    changes: int
    files: int
    trips: Edges = field(default_factory=Counter)

    @property
    def crossings(self) -> int:
        return 2 * self.trips.total()

    @property
    def passed(self) -> int:
        """Files of the pass among which they are."""
        return len({file for trip in self.trips for file in trip if file not in PORTS})

    def as_json(self) -> dict[str, Any]:
        return {
            **{name: value for name, value in asdict(self).items() if name != "trips"},
            "crossings": self.crossings, "aim": AIM, "files_of_the_pass": self.passed,
        }  # fmt: skip


def of_a_title() -> Crossings:
    """A title changed on the case, in the pass that its event wakes."""
    running = twins.Running()
    running.case(running.cases.make("Root key used"))
    case_id, sys_id = running.linked()
    running.world.now += 600
    running.cases.records[case_id]["values"]["title"] = "Root key used twice"
    core, wake, deadline = running.reconciler, running.wake("case", case_id), running.world.now + twins.FUNCTION_S
    edges = calls_of(lambda: core.run(wake, deadline))
    if running.incidents.records[sys_id]["columns"]["short_description"] != "Root key used twice":
        raise AssertionError("the pass that was counted did not carry the title")
    return crossings_of(edges, "/".join(type(core).__module__.split(".")[:2]) + "/")


def calls_of(work: Callable[[], object]) -> Edges:
    """(file of the caller, file of the called) of each call of ours; what lies between them is left out."""
    edges: Edges = Counter()

    def profile(frame: FrameType, event: str, _: object) -> None:
        called = _file(frame) if event == "call" else ""
        if called:
            edges[_caller(frame), called] += 1

    before = sys.getprofile()
    gc.disable()  # what others left behind would end, and call, meanwhile
    sys.setprofile(profile)
    try:
        work()
    finally:
        sys.setprofile(before)
        gc.enable()
    return edges


def crossings_of(edges: Edges, heart: str) -> Crossings:
    """`heart`: the folder of the integration whose pass it is."""
    changes: Edges = Counter({edge: count for edge, count in edges.items() if edge[0] != edge[1]})
    trips: Edges = Counter({
        (caller, called): count
        for (caller, called), count in changes.items()
        if _of_the_pass(caller, heart) and (_of_the_pass(called, heart) or called in PORTS)
    })  # fmt: skip
    return Crossings(edges.total(), changes.total(), len({called for _, called in edges}), trips)


def _of_the_pass(file: str, heart: str) -> bool:
    return file.startswith((heart, KERNEL)) and file.rpartition("/")[2] not in WORDS


def _file(frame: FrameType) -> str:
    """Below the checkout; empty: none of ours."""
    name = frame.f_code.co_filename
    return name.removeprefix(f"{ROOT}/") if name.startswith(f"{ROOT}/") and name != __file__ else ""


def _caller(frame: FrameType) -> str:
    caller = frame.f_back
    while caller is not None and not _file(caller):
        caller = caller.f_back
    return _file(caller) if caller is not None else ""


def told(found: Crossings) -> str:
    return (
        f"one changed title: {found.crossings} crossings between {found.passed} files of a pass and its ports (aim "
        f"{AIM}); {found.calls} calls, {found.changes} of them into another file, {found.files} files in all"
    )


if __name__ == "__main__":
    counted = of_a_title()
    for (caller, called), count in counted.trips.most_common():
        print(f"{count:3} there and back  {caller} → {called}")
    print(told(counted))
