"""Every fault the two emulators and the plane know, against every function of the running system.

A cell is one fault and one function at work: something is written or looked for while the fault stands, then it is
mended, time passes, and what was to arrive has arrived exactly once, nothing else was said, no message is dead, the
metric that an operator's alarm reads has counted, and no log line of any function holds a text or a secret.
"""

from __future__ import annotations

import time
import traceback
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from integration.operations.waiting import NotYet
from tests.proofs.cases.plane.cells import CELLS, WEBHOOK, Cell
from tests.proofs.cases.plane.work import WORKS, Work
from tests.proofs.kit.part import Figures
from tests.proofs.kit.plane.privacy import leaks
from tests.proofs.kit.plane.stage import staged

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tests.proofs.kit.plane.stage import Stage

CELLS_PER_PAIR = 12
"""Then a fresh one: a long history belongs to other proofs."""
TRIES = 6
STRIKES_WITHIN_S = 30


class Group:
    """Some cells, one after the other, on one pair. What came twice, or was told too often, may show only later."""

    def __init__(self, stage: Stage, cells: Sequence[Cell]) -> None:
        self.stage, self.cells = stage, cells
        self.pair = stage.opened(f"{stage.secret_word} {uuid.uuid4().hex[:8]}")
        self.texts = [f"{stage.secret_word} {uuid.uuid4().hex[:12]}" for _ in cells]
        self.problems: list[tuple[Cell, str]] = []
        self.others = set(stage.linked()) - {self.pair.case_id}
        """Links of former groups."""
        stage.quiet()
        self.said = self.stage.look().said()

    def play(self) -> None:
        for cell, text in zip(self.cells, self.texts, strict=True):
            try:
                self.problems += [(cell, what) for what in self._played(cell, text)]
            except Exception:  # noqa: BLE001 - the other cells are played, and this one is told
                self.problems.append((cell, traceback.format_exc(limit=4)))
            self.stage.mend()
        self._pass_hours()
        for cell, text in zip(self.cells, self.texts, strict=True):
            copies = WORKS[cell.work].copies(self.stage, self.pair, text)
            if copies != 1 and cell.work != "poll for a case":  # the next one writes the same field
                self.problems.append((cell, f"{copies} copies"))
        if dead := self.stage.dead():
            self.problems.append((self.cells[0], f"or one after it: dead letters {dead}"))

    def _played(self, cell: Cell, text: str) -> Iterator[str]:
        stage, work, began = self.stage, WORKS[cell.work], time.time()
        if stage.waiting() or stage.link(self.pair.case_id).get("unsettled_until", 0) > began:
            self._pass_hours()  # a message of the last cell is to come back, or a lost write of it may still land
        answers, errors = len(stage.plane.front.statuses), {f.name: f.errors for f in stage.plane.functions}
        cell.fault.set(stage)
        work.do(stage, self.pair, text)
        yield from self._struck(cell, work, answers)
        if not cell.fault.stays:
            stage.quiet()
        cell.fault.mend(stage)
        if not self._arrives(work, text):
            yield "it does not arrive"
        told = stage.metrics_since(began)
        told |= {f"{f.name} errors" for f in stage.plane.functions if f.errors > errors[f.name]}
        told |= WEBHOOK if self._refused(answers) else set()
        if cell.metrics and not told & cell.metrics:
            yield f"no metric of {sorted(cell.metrics)}, only {sorted(told)}"
        said, self.said = self.said, self.stage.look().said()
        if self.said - said != cell.notes:
            yield f"{self.said - said} notes of ours instead of {cell.notes}"

    def _struck(self, cell: Cell, work: Work, answers: int) -> Iterator[str]:
        """Until the fault was met and, where it stays, the function has given up: what it retries hides the fault."""

        def given_up() -> bool:
            if not cell.fault.stays or not work.waits:
                return True
            return self._refused(answers) if cell.metrics & WEBHOOK else self.stage.waiting() > 0

        try:
            self.stage.until(lambda: cell.fault.met(self.stage) and given_up(), seconds=STRIKES_WITHIN_S)
        except NotYet:
            yield "the fault was never met"

    def _refused(self, answers: int) -> bool:
        """Whether the webhook has answered 5xx since it had given so many answers."""
        return any(status >= 500 for status in self.stage.plane.front.statuses[answers:])

    def _arrives(self, work: Work, text: str) -> bool:
        for _ in range(TRIES):
            self.stage.quiet()
            if work.copies(self.stage, self.pair, text):
                return True
            self._pass_hours()
        return False

    def _pass_hours(self) -> None:
        self.stage.hours_pass(sorted(set(self.stage.linked()) - self.others))


def play_cells(stage: Stage, cells: Sequence[Cell], show: Callable[[str], None]) -> Figures:
    found = Figures()
    for start in range(0, len(cells), CELLS_PER_PAIR):
        show(f"{stage.module}: cell {start + 1} of {len(cells)}")
        group = Group(stage, cells[start : start + CELLS_PER_PAIR])
        group.play()
        found.numbers["faults"] += len(group.cells)
        found.numbers["faults_survived"] += len(group.cells) - len({id(cell) for cell, _ in group.problems})
        problems = [f"[{stage.module}] {cell}: {what}" for cell, what in group.problems]
        found.problems += problems
        for problem in problems:  # at once: a run that is broken off has told what it found
            show(problem)
    return found


def _on(module: str, cells: Sequence[Cell], show: Callable[[str], None]) -> Figures:
    with staged(module) as stage:
        stage.still_clock()
        stage.scan_at_once()
        found = play_cells(stage, cells, show)
        found.problems += [f"[{module}] a log line tells {what}" for what in leaks(stage)]
        lines = sum(len(stage.plane.logs(f.name)) for f in stage.plane.functions)
        found.numbers["plane_log_lines"] += lines
        return found


def run(quick: bool, show: Callable[[str], None]) -> Figures:
    """Both modules share the cells: on two systems at once, each every second one. Quick: every twelfth, on one."""
    total = Figures()
    chosen = CELLS[::12] if quick else CELLS
    shares = {"itsm": chosen} if quick else {"itsm": chosen[::2], "ir": chosen[1::2]}
    with ThreadPoolExecutor(len(shares)) as beside:
        for found in beside.map(lambda share: _on(*share, show), shares.items()):
            total.add(found)
    total.notes.append(f"fault matrix: {len(chosen)} cells; `python -m tests.proofs --only plane-matrix`")
    return total
