"""One pass on one workspace: plan, do, remember, until there is nothing to do, or no time."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from integration.clients.errors import Misconfigured, Refused, Unavailable
from integration.reconcile.audit import Report as Audited
from integration.reconcile.claims import Ending
from integration.reconcile.create_once import LATE_COMMIT_S, lands_until, outcome_unknown
from integration.reconcile.errors import EXPECTED, ClaimLost, Later, kind_of
from integration.workspaces.apply import ending, making, telling
from integration.workspaces.model import BadOrder, Blocked, Found, Order, Person, Phase, Standing
from integration.workspaces.planner import RETRY_S, plan, refused, unanswered, wanted_of
from integration.workspaces.ports import NotShown
from integration.workspaces.steps import (
    Archive,
    Block,
    Check,
    Close,
    Configure,
    Create,
    Deliver,
    Drop,
    Empty,
    Freeze,
    Manifest,
    Name,
    Nothing,
    Prove,
    Release,
    Settle,
    Tell,
    Thaw,
    WaitFor,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from integration.workspaces.model import Row
    from integration.workspaces.reconciler import Reconciler
    from integration.workspaces.steps import Step

_DONE_BY: dict[type[Any], Callable[[Attempt], None]] = {
    Create: making.create,
    Check: making.check,
    Deliver: making.deliver,
    Settle: making.settle,
    Thaw: ending.thaw,
    Close: ending.close,
    Archive: ending.archive,
    Empty: ending.empty,
    Drop: ending.drop,
    Prove: ending.prove,
    Release: ending.release,
}
_AS_SAID: dict[type[Any], Callable[[Attempt, Any], None]] = {
    Name: making.name,
    Configure: making.configure,
    Freeze: ending.freeze,
    Manifest: ending.manifest,
    Tell: telling.tell,
}
"""These say more than their name."""
STEPS_MOST = 10_000
HURRY_S = 10.0
"""So long before its deadline a pass begins no further copy."""
LOOK_AGAIN_S = 300.0
"""What failed is looked at then, should its message be lost."""


@dataclass
class Report(Audited):
    """`delivered_s`: from the order to the delivery, where this pass made it. `rests`: no more is to be done now.
    `found`: orders whose news was lost. `row`: as the pass left it; None: it had none.
    """

    workspace: str = ""
    phase: Phase = Phase.NEW
    delivered_s: float | None = None
    blocked: str = ""
    found: int = 0
    rests: bool = False
    row: Row | None = None


@dataclass
class Attempt:
    """`stored`: the row as the table has it, but for wishes; `row`: as this pass has it. `order`: as it was read.

    `announced`: the note that this pass is about to send; `refused`: kinds of steps that something did not let it do,
    each but once. `frees`: the place is given up with the next write.
    """

    core: Reconciler
    owner: str
    deadline: float
    row: Row
    stored: Row
    order: Order | None
    version: int
    report: Report = field(default_factory=Report)
    found: Found | None = None
    announced: str = ""
    refused: set[type[Any]] = field(default_factory=set)
    frees: bool = False
    held: bool = True

    def now(self) -> float:
        return self.core.clock()

    @property
    def seen(self) -> Found:
        return self.found or Found()

    @property
    def hurried(self) -> bool:
        return self.deadline - self.now() < HURRY_S

    # ------------------------------------------------------------------------------------------- the loop
    def drive(self) -> None:
        """Raises what ends a pass."""
        row = self.row
        undecided = row.catalog and not (row.delivered or row.ended or row.phase is Phase.GONE)
        if undecided and self.order is None:
            try:
                self.read_order()
            except NotShown as hidden:
                self._follow(Block(hidden.reason, self.now() + RETRY_S))
        for _ in range(STEPS_MOST):
            now = self.now()
            step: Step = plan(wanted_of(self.row, self.order, now), self.row, self.found, now)
            if isinstance(step, WaitFor | Nothing) or now >= self.deadline:
                if self._rests(step, now):
                    return
                self.look_again()
            else:
                self._do(step)
            if not self.held:
                return
        raise Later("this workspace is changed again and again", self.now() + 1)

    def read_order(self) -> None:
        """What is another item's now is taken back; variables that stopped making sense change nothing any more."""
        gone = Order(key=self.row.order, person=Person("", ""), standing=Standing.DELETED)
        try:
            order = self.core.orders.read(self.row.order) or gone
        except BadOrder:
            order = self.order or replace(gone, standing=Standing.APPROVED)
        self.order = replace(order, seen_at=self.now())

    def _rests(self, step: Step, now: float) -> bool:
        """False: somebody wished something meanwhile."""
        due = step.due if isinstance(step, Nothing) else step.until if isinstance(step, WaitFor) else now
        audit = self.report.audit(now, "rests")
        if not self._release(Ending(due), audit):
            return False
        self.report.rests = due is None or due > now
        return True

    def _do(self, step: Step) -> None:
        """What a rule, right or quota does not let be blocks the workspace; what only does not answer ends the pass."""
        try:
            self._carry_out(step)
        except (Refused, Misconfigured) as error:
            if isinstance(step, Tell):
                self._unsaid(error)
                return
            follows = refused(step, getattr(error, "code", "") or error.reason, self.row, self.now())
            if not isinstance(follows, Name):
                if type(step) in self.refused:
                    raise
                self.refused.add(type(step))
            self._follow(follows)
        except Unavailable as error:
            if isinstance(step, Tell | Deliver) or error.system != "aws":
                raise
            unsettled = lands_until(self.now()) if error.outcome_unknown else self.row.unsettled_until
            self.row = replace(self.row, unsettled_until=unsettled)
            block = unanswered(self.row, str(error), self.now())
            self._follow(block)
            if block.retry_at <= self.now():
                raise
        else:
            self.report.done.append(type(step).__name__.lower())

    def _carry_out(self, step: Step) -> None:
        if type(step) in _AS_SAID:
            _AS_SAID[type(step)](self, step)
        else:
            _DONE_BY[type(step)](self)

    def _follow(self, step: Step) -> None:
        if isinstance(step, Name):
            self.found = None
            making.name(self, step)
        elif isinstance(step, Block):
            self.found, self.report.blocked = None, step.reason
            self.row = replace(self.row, blocked=Blocked(step.reason, step.retry_at, step.said_after))
            self.row = replace(self.row, bucket="", attempt=0) if step.unnamed else self.row

    def _unsaid(self, error: Refused | Misconfigured) -> None:
        """An item that takes no note is not asked for ever; a missing right is somebody's to give."""
        if isinstance(error, Misconfigured):
            raise error
        self.row, self.announced = telling.told(self.row), ""
        self.report.done.append("note refused")

    # ------------------------------------------------------------------------------------------- what is stored
    def save(self) -> None:
        self.core.records.save(self.owner, self.stored, self.row, frees=self.frees)
        self.stored, self.frees = self.row, False

    def freeze(self) -> None:
        self.row = self.stored = self.core.records.freeze(self.owner, self.stored, self.row)
        self.version = self.row.version

    def announce(self, note: str) -> None:
        """Store that it may be on its way, before it is."""
        until = self.now() + self.core.settings.claim_s + LATE_COMMIT_S
        self.row = replace(self.row, telling=note, unsettled_until=until)
        self.save()
        self.announced = note

    def look_again(self) -> None:
        """Clear the mark, then read: what is wished after that leaves another."""
        self.core.records.save(self.owner, self.stored, self.row, clears_mark=True, frees=self.frees)
        row = self.core.records.get(self.row.id)
        if row is None:
            raise ClaimLost
        self.row = self.stored = row
        self.version, self.frees = row.version, False

    def no_way_back(self) -> None:
        """Let go, heeding marks, and take it again: where somebody wished something meanwhile, there is one."""
        now = self.now()
        if not self._release(Ending(now), None, replace(self.row, deleting=True)):
            self.look_again()
            return
        free = replace(self.row, owner="", expires=0, version=self.version)
        row = self.core.records.claim(self.row.id, self.owner, now + self.core.settings.claim_s, now, free)
        if row is None:
            self.held = False
            return
        self.found = self.found if row.version == self.version else None
        self.row = self.stored = row
        self.version = row.version + 1

    def _release(self, how: Ending, audit: dict[str, object] | None, row: Row | None = None) -> bool:
        """`row`: as it is only where this is done."""
        row = row or self.row
        done = self.core.records.release(self.owner, self.stored, row, how, audit, frees=self.frees)
        if done:
            self.row = self.stored = row
            self.frees = False
        return done

    def fail(self, error: Exception) -> None:
        """Let go at once, keeping what is known; where that fails too the claim expires."""
        if isinstance(error, ClaimLost) or not self.held:
            return
        now = self.now()
        if self.announced:
            lands = lands_until(now) if outcome_unknown(error) else 0
            self.row = replace(self.row, telling=self.row.telling if lands else "", unsettled_until=lands)
        due, unclean = (error.at, False) if isinstance(error, Later) else (now + LOOK_AGAIN_S, True)
        audit = self.report.audit(now, kind_of(error))
        try:
            self._release(Ending(due, unclean=unclean, despite_mark=True), audit)
        except EXPECTED as also:
            self.report.reasons.append(f"the claim was left to expire: {kind_of(also)}")
