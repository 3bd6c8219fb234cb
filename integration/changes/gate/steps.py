"""Carries out what the planner wants before a deployment may begin: finds, makes and submits the change, or looks.

| dies | then |
|---|---|
| after the ask was registered | its row is due in a minute, and the next pass makes the change |
| after the change was made | found by its mark; nothing is made before what was sent can land no more |
| after it was submitted | seen by its state |
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from integration.changes.creation import Creation
from integration.changes.key import shown_of
from integration.changes.model import Ending
from integration.changes.plan import Adopt, Cancel, Close, Create, Look, Seen, Stop, Submit, What
from integration.changes.planner import looked, next_step
from integration.changes.states import REJECTED, Place, place_of
from integration.clients.errors import Refused
from integration.reconcile.create_once import create_once
from integration.reconcile.errors import Later

if TYPE_CHECKING:
    from collections.abc import Callable

    from integration.changes.model import Change, Run, Wish
    from integration.changes.plan import Step
    from integration.changes.ports import Changes

STEPS_MOST = 20
CHECKED_AFTER_S = 5.0
"""A check for conflicts that has not ended by the look is asked for again so soon."""


@dataclass
class Steps:
    """One run's change, from wherever it stands to what is known now. `wish`: its names are sys_ids.

    `seen` begins with what earlier passes remember. `may_land_until`: as one of them announced.
    """

    changes: Changes
    wish: Wish
    run: Run
    key: str
    seen: Seen
    deadline: float
    clock: Callable[[], float]
    may_land_until: float

    @property
    def number(self) -> str:
        return self.seen.change.number if self.seen.change else ""

    def taken(self) -> Step:
        """The first step that is nobody's to take but the pipeline's: `Wait`, `Start` or `Stop`, or one unknown here.

        Raises `RemoteError`, and `Later` where something has to end before.
        """
        for _ in range(STEPS_MOST):
            step = next_step(self.wish, self.seen, self.changes.now())
            if not self._took(step):
                return step
        return Stop(Ending.MISPLACED, f"the change was not settled after {STEPS_MOST} steps")

    def _took(self, step: Step) -> bool:
        match step:
            case Look():
                self._look(step.what)
            case Create():
                self._take(self._made(step.number))
            case Adopt():
                self._take(step.change)
            case Submit():
                self._submit(step.state)
            case Close() | Cancel() if step.sys_id != self.seen.mine:
                self._ended(step)
            case _:
                return False
        return True

    def _look(self, what: What) -> None:
        mine = self.seen.mine
        if what is What.CHANGES:
            self._show(self.changes.look(mine) if mine else self.changes.find(self.key))
        elif what is What.APPROVERS:
            self.seen = replace(self.seen, approvers=self.changes.approvers(mine))
        elif what is What.NEXT_STATES:
            self.seen = replace(self.seen, next_states=self.changes.next_states(mine))
        elif what is What.CONFLICTS:
            self._check()

    def _show(self, changes: tuple[Change, ...]) -> None:
        """Who was asked is read only where somebody may have said no: nobody here is told of the others."""
        seen = replace(looked(self.wish, self.seen, changes), stale=False, fresh=True)
        change = seen.change
        doubt = change and (change.approval == REJECTED or place_of(change, self.wish) is Place.NEW)
        self.seen = replace(seen, approvers=None if doubt else ())

    def _check(self) -> None:
        found = self.changes.conflicts(self.seen.mine)
        if found is None:
            raise Later("conflicts are being checked", self.clock() + CHECKED_AFTER_S)
        self.seen = replace(self.seen, conflicts=found, fresh=False)

    def _take(self, change: Change) -> None:
        self.seen = replace(self.seen, mine=change.sys_id)
        self._show((*(each for each in self.seen.changes or () if each.sys_id != change.sys_id), change))

    def _ended(self, step: Close | Cancel) -> None:
        """Another change of this run, which somebody may not let us end."""
        try:
            if isinstance(step, Close):
                self.changes.close(step.sys_id, step.state)
            else:
                self.changes.cancel(step.sys_id, step.state, step.reason)
        except Refused:
            self.seen = replace(self.seen, stuck=self.seen.stuck | {step.sys_id})
        self.seen = replace(self.seen, stale=True)

    def _made(self, number: int) -> Change:
        creation = Creation(self.changes, self.wish, self.key, number, shown_of(self.run, self.wish))
        return create_once(creation, self.may_land_until, self.deadline, self.clock)

    def _submit(self, state: str) -> None:
        """Refused in words, or silently: then it is New still."""
        try:
            self._take(self.changes.submit(self.seen.mine, state))
        except Refused as refused:
            self.seen = replace(self.seen, refusal=refused.reason, next_states=None)
            return
        change = self.seen.change
        if change and place_of(change, self.wish) is Place.NEW:
            self.seen = replace(self.seen, refusal=f"it stayed {change.state_label or 'New'}", next_states=None)


def begun(shown: str, *, sys_id: str, submitted: float) -> Seen:
    """What is known before the first look; the jobs attach evidence, and see who of them begins. `shown`: empty where
    nobody told it.
    """
    at = datetime.fromtimestamp(submitted, UTC) if submitted else None
    return Seen(shown=shown, mine=sys_id, files=frozenset(), approvers=(), beginnings=(), submitted=at)
