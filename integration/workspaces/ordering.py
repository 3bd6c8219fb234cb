"""One pass on one request item: what it wants is begun, joined, extended or ended, and it is told, once.

The item a workspace was made for is told by the workspace's own passes. A second order, an extension, an end and a bulk
order have a row of their own, with a claim.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from integration.clients.errors import Refused
from integration.reconcile.audit import Outcome
from integration.reconcile.claims import Ending
from integration.reconcile.create_once import LATE_COMMIT_S, lands_until, outcome_unknown
from integration.reconcile.errors import ClaimLost, Later, kind_of
from integration.workspaces import bulk
from integration.workspaces.apply.telling import mark_of, moment, resolved, told
from integration.workspaces.attempt import LOOK_AGAIN_S, Report
from integration.workspaces.model import Action, BadOrder, NoteKey, OrderRow, Phase, Standing, Why
from integration.workspaces.planner import extended_until, may_extend, why_not_extended
from integration.workspaces.ports import NotShown

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from integration.workspaces.model import Order, Row
    from integration.workspaces.reconciler import Reconciler

SOON_S, WAIT_S = 5.0, 60.0
DELIVERED, CANCELLED, WITHDRAWN = str(NoteKey.DELIVERED), "cancelled", "withdrawn"
TAKEN_BACK = frozenset({Standing.WITHDRAWN, Standing.WAITING})
"""How an item stands whose approval was taken back."""


@dataclass
class Held:
    """An order's row under our claim. `about`: what its notes are marked by."""

    core: Reconciler
    owner: str
    stored: OrderRow
    row: OrderRow
    about: str
    announced: bool = False
    refused: bool = False
    """A note was: an item that takes none, or is not closed by one, is not asked for ever."""
    unbegun: bool = False
    """Nothing of it is begun, and it may be wanted again."""

    def save(self) -> None:
        self.core.records.save_order(self.owner, self.stored, self.row)
        self.stored = self.row

    def settle(self) -> None:
        """What became of a note that a dead pass announced."""
        if self.row.telling:
            self.row = resolved(self.core.orders, self.row, self.row.key, self.about, self.core.clock())

    def say(self, note: str, text: str, *, close: bool = False, private: bool = False) -> None:
        """Once, whatever became of a pass before."""
        self.settle()
        if note in self.row.told:
            return
        until = self.core.clock() + self.core.settings.claim_s + LATE_COMMIT_S
        self.row, self.announced = replace(self.row, telling=note, unsettled_until=until), True
        self.save()
        try:
            marked = f"{text}\n{mark_of(self.about, self.row)}"
            self.core.orders.tell(self.row.key, marked, close=close, private=private)
        except Refused:
            self.refused = True
        self.row, self.announced = told(self.row), False

    def let_go(self, due: float | None, *, unclean: bool = False) -> None:
        self.core.records.release_order(
            self.owner, self.stored, self.row, Ending(due, unclean=unclean, despite_mark=True)
        )

    def fail(self, error: Exception) -> None:
        if self.announced:
            lands = lands_until(self.core.clock()) if outcome_unknown(error) else 0
            self.row = replace(self.row, telling=self.row.telling if lands else "", unsettled_until=lands)
        self.let_go(getattr(error, "at", self.core.clock() + LOOK_AGAIN_S), unclean=not isinstance(error, Later))


@dataclass(frozen=True)
class Ordering:
    """`wake`: sends passes on these workspaces, at once."""

    core: Reconciler
    wake: Callable[[Sequence[str]], None]

    def run(self, sys_id: str, deadline: float) -> Outcome[Report]:
        """For a message about a request item, or one that is due."""
        report = Report()
        try:
            return self._run(sys_id, deadline, report)
        except Exception as error:  # noqa: BLE001 - whatever it met, the outcome says it
            report.outcome = kind_of(error)
            return Outcome(report, error)

    def _run(self, sys_id: str, deadline: float, report: Report) -> Outcome[Report]:
        try:
            order = self.core.orders.read(sys_id)
            if order is None:
                report.outcome = "not ours"
            elif order.standing is not Standing.APPROVED:
                return self._unwanted(order, deadline, report)
            elif order.action is Action.NEW and not order.names:
                return self._new(checked(order), deadline, report)
            else:
                self._under_claim(sys_id, report, partial(self._wanted, order=checked(order), deadline=deadline))
        except BadOrder as bad:
            self._under_claim(sys_id, report, partial(_refuse, bad))
        except NotShown as hidden:
            self._under_claim(sys_id, report, partial(_wait_for, hidden))
            raise
        return Outcome(report)

    def _unwanted(self, order: Order, deadline: float, report: Report) -> Outcome[Report]:
        """Not approved, not any more, or over: what was begun for it goes, unless it was delivered.

        An approval taken back ends also that. It is wished first: nobody reads the item again afterwards.
        """
        known = self.core.records.order(order.key)
        report.outcome = "waits for its approval" if order.standing is Standing.WAITING else "not wanted"
        if known is None:
            return Outcome(report)
        if class_lives_on(known, order.standing):
            self._under_claim(order.key, report, self._withdraw, again=True)
        elif known.due is not None or not (known.done or known.first):
            self._under_claim(order.key, report, self._take_back)
        if not known.first:
            return Outcome(report)
        row = self.core.records.get(known.workspace)
        if row is None or (row.delivered and order.standing not in TAKEN_BACK):
            return Outcome(report)
        if row.delivered:
            self.core.records.end(row.id, Why.WITHDRAWN, self.core.clock())
        return self.core.run(row.id, deadline, order=order)

    def _new(self, order: Order, deadline: float, report: Report) -> Outcome[Report]:
        accepted = self.core.accept(order)
        row = accepted.row
        report.workspace, report.phase = row.id, row.phase
        if accepted.fresh or row.order == order.key:
            return self.core.run(row.id, deadline, accepted, order)
        if row.phase is not Phase.READY or row.ended:
            pause = SOON_S if row.phase in {Phase.NEW, Phase.MAKING} else WAIT_S
            later = Later("the person's other workspace is being made, or removed", self.core.clock() + pause)
            self._under_claim(order.key, report, partial(_wait, later))
        self._under_claim(order.key, report, partial(self._join, row=row))
        return Outcome(report)

    def _under_claim(self, key: str, report: Report, act: Callable[[Held], None], *, again: bool = False) -> None:
        """Acts once, or `again`. Nothing where a workspace was made for the order: that one's passes see to it.

        Raises `Later` where another pass is at work on it, and will look again.
        """
        now, owner = self.core.clock(), uuid.uuid4().hex
        row = self.core.records.claim_order(key, owner, now + self.core.settings.claim_s, now)
        if row is None:
            raise Later("another pass is at work on this order", now + SOON_S)
        report.pass_id, report.outcome = owner, "done"
        held = Held(self.core, owner, row, row, key)
        try:
            if again or not (row.done or row.first):
                self._once(held, act, report)
            report.done += ["note refused"] if held.refused else []
            held.let_go(None)
        except ClaimLost:
            raise
        except Exception as error:
            held.fail(error)
            raise

    def _once(self, held: Held, act: Callable[[Held], None], report: Report) -> None:
        try:
            act(held)
        except BadOrder as bad:
            report.outcome = "refused"
            held.say("refused", str(bad))
        held.row = replace(held.row, done=not held.unbegun)

    def _wanted(self, held: Held, order: Order, deadline: float) -> None:
        if order.action is Action.NEW:
            bulk.make(self.core, self.wake, held, order, deadline)
        elif order.action is Action.EXTEND:
            self._extend(held, order)
        else:
            self._end(held, order)

    # ------------------------------------------------------------------------------------------- what is wanted
    def _take_back(self, held: Held) -> None:
        """Unless it was we who closed it, in a pass that died: then all was said.

        What an end for a person began goes on, but may be extended again.
        """
        held.settle()
        held.unbegun = not (held.row.workspaces or held.row.workspace)
        if held.row.action is Action.END:
            rows = self.core.records.many(held.row.workspaces).values()
            for row in (each for each in rows if each.ended is Why.LEFT):
                self.core.records.end(row.id, Why.ASKED, self.core.clock())
        if DELIVERED in held.row.told or not held.row.workspaces or held.row.action is not Action.NEW:
            return
        for workspace in held.row.workspaces:
            self.core.records.end(workspace, Why.CANCELLED, self.core.clock())
        self.wake(held.row.workspaces)
        held.say(CANCELLED, "The order was taken back: what was made is removed.")

    def _withdraw(self, held: Held) -> None:
        """All that were delivered end as if they expired."""
        rows = self.core.records.many(held.row.workspaces).values()
        alive = [row.id for row in rows if row.phase is not Phase.GONE and not row.ended]
        for workspace in alive:
            self.core.records.end(workspace, Why.WITHDRAWN, self.core.clock())
        self.wake(alive)
        held.say(WITHDRAWN, "The approval was taken back: the workspaces of this order end.")

    def _join(self, held: Held, row: Row) -> None:
        link = self.core.settings.link(row, row.members[0])
        first = f", ordered by {row.number}" if row.number else ""
        text = f"There is a workspace already{first}; it lives until {moment(row.lives_until)}.\n{link}"
        held.row = replace(held.row, workspace=row.id)
        held.say("joined", text, close=True)

    def _extend(self, held: Held, order: Order) -> None:
        """The expiry is stored before it is wished, so that a repeat wishes the same. Dies after: wished again."""
        row, now = self._target(order), self.core.clock()
        if not held.row.until:
            until = extended_until(row, order.days or row.days, now, self.core.settings.policy, ordered=True)
            held.row = replace(held.row, action=order.action, until=until, workspace=row.id)
            held.save()
        if row.lives_until < held.row.until:
            if not may_extend(row):
                raise BadOrder("workspace", why_not_extended(row))
            self.core.records.extend(row, held.row.until, now)
            self.wake([row.id])
        held.say("extended", f"The workspace is extended until {moment(held.row.until)}.", close=True)

    def _end(self, held: Held, order: Order) -> None:
        """All that are the person's, whatever is wished meanwhile; of one that is named the last wish counts.

        The item is closed once they are gone, or that one is kept.
        """
        records, pause = self.core.records, WAIT_S
        if not held.row.workspaces:
            held.row, pause = self._to_be_ended(held.row, order), SOON_S
            held.save()
        rows = records.many(held.row.workspaces)
        alive = [row for row in rows.values() if row.phase is not Phase.GONE]
        kept = [moment(row.lives_until) for row in alive if 0 < held.row.until < row.lives_until]
        if kept:
            held.say("kept", f"It was extended meanwhile, until {kept[0]}, and stays: order its end anew.", close=True)
        elif alive:
            for row in (each for each in alive if not each.ended):
                records.end(row.id, Why.ASKED if order.workspace else Why.LEFT, self.core.clock())
            self.wake([row.id for row in alive])
            raise Later("the workspaces are being archived and removed", self.core.clock() + pause)
        else:
            proofs = "\n".join(f"{row.id}: {row.proof}" for row in rows.values())
            held.say("ended", f"Ended, and gone:\n{proofs}", close=True)

    def _to_be_ended(self, row: OrderRow, order: Order) -> OrderRow:
        """Stored before it is wished, with the expiry of the one that is named: a later one is a later wish."""
        if order.workspace:
            named = self._target(order)
            return replace(row, action=order.action, workspaces=(named.id,), until=named.lives_until)
        workspaces = tuple(self.core.records.of_person(order.person.digest))
        if not workspaces:
            raise BadOrder("person", "There is no workspace of this person: nothing is to be ended.")
        return replace(row, action=order.action, workspaces=workspaces)

    def _target(self, order: Order) -> Row:
        """The workspace an order is about: the one it names, which must be the person's, or the personal one."""
        records = self.core.records
        mine = [order.workspace] if order.workspace else records.of_person(order.person.digest)[:1]
        row = records.get(mine[0]) if mine else None
        if row is None or order.person.digest not in {row.person, *(each.id for each in row.members)}:
            raise BadOrder("workspace", "There is no such workspace of this person: `workspace list` shows them.")
        return row


def class_lives_on(row: OrderRow, stands: Standing) -> bool:
    """Whether an order delivered several, and nobody ended them since its approval was taken back."""
    return stands in TAKEN_BACK and DELIVERED in row.told and WITHDRAWN not in row.told


def _refuse(bad: BadOrder, _held: Held) -> None:
    raise bad


def _wait(later: Later, _held: Held) -> None:
    raise later


def _wait_for(hidden: NotShown, held: Held) -> None:
    """Said to the desk, once; the message comes back until it is shown."""
    text = f"Nothing is done yet: {hidden.reason}. Let the integration user read it; the order goes on by itself."
    held.say("not shown", text, private=True)
    raise hidden


def checked(order: Order) -> Order:
    if order.quantity != 1:
        raise BadOrder("quantity", "A workspace is ordered once: set the quantity to 1, or order a class by names.")
    if order.inactive and order.action is Action.NEW:
        raise BadOrder("person", "The person this is ordered for is inactive: nothing is made.")
    return order
