"""Writes the start and lets the command run, at most once for all jobs of a run; takes a start back under which nothing
runs.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from integration.changes import beginning, closing, planner
from integration.changes.model import Ending, Moves
from integration.changes.plan import Cancel, Stop, What
from integration.changes.sight import Sight
from integration.changes.states import Place, state_for
from integration.clients.errors import RemoteError
from integration.reconcile.create_once import LATE_COMMIT_S, MARGIN_S

if TYPE_CHECKING:
    from collections.abc import Sequence

    from integration.changes.model import Change, Evidence, Run, Task, Wish
    from integration.changes.plan import Start
    from integration.changes.ports import Child
    from integration.changes.sight import Desk

LANDS_S = LATE_COMMIT_S + MARGIN_S
"""How late what was sent may still take effect."""


class Starting(Sight):
    def __init__(
        self, desk: Desk, wish: Wish, target: Run | str, evidence: Sequence[Evidence] = (), child: Child | None = None
    ) -> None:
        super().__init__(desk, wish, target, evidence)
        self._child = child
        self._lost_s: float | None = None
        """When the answer to a start was lost."""
        self._opened: tuple[Task, tuple[Task, ...]] | None = None
        """The task of our part, and those there were before."""

    def _start(self, step: Start) -> Stop | None:
        """Write it, and start the command if the answer lets it. Whoever died here left `work_start` and a note."""
        part, change = self.seen.part, self.seen.change
        if part and change and not any(each.code is None for each in closing.tasks_of_part(self.seen)):
            before = self.seen.tasks or ()
            made = self._changes.open_task(change, part)
            self._opened, self.seen = (made, before), replace(self.seen, tasks=(*before, made))
        begun = change is not None and change.work_start is not None and not step.state
        if not (begun and self.seen.began and self._is_noted()):
            self.seen = replace(self.seen, began=True, beginnings=None)
            at = None if begun else self._changes.now()
            change = self._changes.start(self.seen.mine, step.state, self._beginning(step), at)
            self._wrote(change, lambda place: place is Place.IMPLEMENT)
            self.seen = replace(self.seen, beginnings=change.beginnings)
        elif part:
            self.look(What.CHANGES)
            change = self.seen.change
        if change is None or not planner.may_run(self.wish, change, self._changes.now()):
            return None
        beaten = self._beaten(change)
        if beaten:
            return beaten
        if step.again:
            self._say("a try before began and never told its end: the command runs again")
        if self._child:
            self._child.start()
        self.seen = replace(self.seen, running=True)
        return None

    def _is_noted(self) -> bool:
        """Another's start of the change is none of our part; where notes are hidden, what was sent counts."""
        if self.seen.part and self.seen.beginnings is None:
            self.look(What.BEGINNINGS)
        found = self.seen.beginnings if self.seen.part else None
        return not found or any(each.token == self.seen.token for each in found)

    def _beaten(self, change: Change) -> Stop | None:
        """Another job of the run began before ours did. Of several that leave it to each other the last cancels it."""
        if not any(each.token == self.seen.token for each in self.seen.beginnings or ()):
            self.look(What.BEGINNINGS)
        another = beginning.first(self.seen)
        if another is None:
            return None
        reason = beginning.in_words(another, self.seen, change.number)
        self._changes.note(change.sys_id, beginning.left(self.seen.token))
        if self.seen.part:
            self._let_go_of_part()
            return Stop(Ending.MISPLACED, reason)
        self.look(What.BEGINNINGS)
        if self.wish.moves is Moves.OURS and beginning.nobody_runs(self.seen.beginnings or ()):
            none = "Several jobs of one run began at once, and none of them ran its command."
            self._changes.cancel(change.sys_id, state_for(Place.CANCELED, self.wish), none)
        return Stop(Ending.MISPLACED, reason)

    def _let_go_of_part(self) -> None:
        """An open task would keep the change open for a job that runs nothing; unless the other took it for its own."""
        if not self._opened:
            return
        made, before = self._opened
        self.look(What.TASKS)
        known = {made.sys_id, *(each.sys_id for each in before)}
        found = closing.tasks_of_part(self.seen)
        if made in found and any(each.sys_id not in known for each in found):
            self._changes.drop_task(made)

    def _beginning(self, step: Start) -> str:
        part = self.seen.part
        who = f"Part {part} of the pipeline" if part else "The pipeline"
        again = " A try before began and never told its end." if step.again else ""
        return f"{who} begins.{again} {beginning.said(self.seen.token, self.seen.job, part)}"

    def _start_may_land(self) -> bool:
        """After a wait: what is given up before a start has landed would stay in Implement."""
        left = 0.0 if self._lost_s is None else self._lost_s + LANDS_S - self._clock.seconds()
        if self.seen.running or self.seen.code is not None or left <= 0:
            return False
        self._clock.sleep(left)
        self.seen = replace(self.seen, stale=True, beginnings=None)
        return True

    def let_go(self) -> None:
        """Whoever ends without having run anything looks once whether our start is written, and cancels it. Of one that
        may land later it says that nothing runs under it: `settle`, or a re-run, goes by that.
        """
        if not self.seen.began or self.seen.running or self.seen.code is not None:
            return
        with suppress(RemoteError):
            self.look(What.CHANGES)
            self.look(What.BEGINNINGS)
            step = planner.given_up(self.wish, self.seen, Stop(Ending.TIMED_OUT, "it ended before"))
            if isinstance(step, Cancel):
                self._changes.cancel(step.sys_id, step.state, step.reason)
            elif self._lost_s is not None:
                self._changes.note(self.seen.mine, beginning.left(self.seen.token, "It ended before its command ran."))
