"""Passes of one deployment: how a workspace begins, and how a pass on one is begun and ended."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from integration.reconcile.audit import Outcome
from integration.reconcile.claims import Ending
from integration.reconcile.errors import Later, kind_of
from integration.workspaces.attempt import LOOK_AGAIN_S, Attempt, Report
from integration.workspaces.model import BadOrder, Order, Phase, Policy, Row, WorkspaceKind
from integration.workspaces.naming import id_of_order, id_of_person, slug_of
from integration.workspaces.planner import days_of, may_use

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from integration.workspaces.model import Member, Person
    from integration.workspaces.naming import BucketNames
    from integration.workspaces.ports import Accepted, Buckets, Orders, Records


@dataclass(frozen=True)
class Settings:
    """What a deployment decides. `claim_s`: longer than a function runs. `link`: a member's personal link."""

    claim_s: float
    buckets: BucketNames
    link: Callable[[Row, Member], str]
    deployment: str = "default"
    policy: Policy = field(default_factory=Policy)


@dataclass(frozen=True)
class Reconciler:
    """`deadline` of a pass: from then on it begins nothing, and another goes on; epoch seconds."""

    buckets: Buckets
    orders: Orders
    records: Records
    settings: Settings
    clock: Callable[[], float]

    def accept(self, order: Order, *, begins: bool = True, index: int | None = None) -> Accepted:
        """A row for what is ordered, or the one that stands. Raises `BadOrder`.

        `begins`: the caller runs its first pass with what it gets; else it sends one, and a lost one is sent again
        after a while, not at each minute of a long queue. `index`: one of a bulk order, for `order.person`.
        """
        now = self.clock()
        people = tuple({each.key: each for each in (*reversed(order.team), order.person)}.values())[::-1]
        if len(people) > self.settings.policy.members_most:
            raise BadOrder("team", f"a team has {self.settings.policy.members_most} members at most")
        key = order.key if index is None else _key_of_one(order, index)

        def make(generation: int, attempt: int) -> Row:
            return self._row(order, key, generation, attempt, now, bulk=index is not None)

        owner = uuid.uuid4().hex if begins else ""
        return self.records.accept(key, people, make, owner, now + (self.settings.claim_s if begins else LOOK_AGAIN_S))

    def accept_together(self, order: Order, people: Sequence[tuple[int, Person]]) -> list[str]:
        """Ids of a bulk order's next, each person with the place among its names; where one stands already, one by one.

        Dies after: met again.
        """
        now = self.clock()
        ones = [(index, person, replace(order, person=person, names=())) for index, person in people]
        begun = [
            (_key_of_one(one, index), person, self._row(one, _key_of_one(one, index), 0, 1, now, bulk=True))
            for index, person, one in ones
        ]
        if self.records.accept_together(begun, now + LOOK_AGAIN_S):
            return [row.id for _, _, row in begun]
        return [self.accept(one, begins=False, index=index).row.id for index, _, one in ones]

    def _row(self, order: Order, key: str, generation: int, attempt: int, now: float, *, bulk: bool) -> Row:
        settings, kind = self.settings, order.kind
        personal = kind is WorkspaceKind.PERSONAL
        workspace = id_of_person(order.person, generation) if personal else id_of_order(key)
        slug = slug_of(order.person.shown)
        bucket = settings.buckets.of(workspace, slug, attempt)
        return Row(
            id=workspace,
            phase=Phase.NEW if bulk else Phase.MAKING,
            kind=kind,
            person=order.person.digest,
            bucket=bucket,
            slug=slug,
            attempt=attempt,
            created=now,
            days=days_of(order.days, settings.policy),
            order=order.key,
            catalog=order.catalog and not bulk,
            number=order.number,
            cost_center=order.cost_center,
            quota=settings.policy.quota,
            room=settings.policy.quota,
            bulk=order.key if bulk else "",
        )

    def hand_over(self, workspace: str, person: Person) -> Row:
        """To a successor, who gets a link; those of whoever had it die. Done again it changes nothing.

        Raises `BadOrder`, and `Later` where a pass is at work there.
        """
        now, owner, row = self.clock(), uuid.uuid4().hex, self.records.get(workspace)
        if row is None or not may_use(row, now):
            raise BadOrder("workspace", "Only a workspace in use can be handed over: `workspace list` shows them.")
        if row.person == person.digest:
            return row
        claimed = self.records.claim(workspace, owner, now + self.settings.claim_s, now, row)
        if claimed is None:
            raise Later("a pass is at work on this workspace", now + 1)
        handed = self.records.hand_over(owner, claimed, person, now)
        if handed is None:
            self.records.release(owner, claimed, claimed, Ending(now, despite_mark=True))
            raise BadOrder("person", "The successor has a personal workspace already: end that first.")
        return handed

    def run(
        self, workspace: str, deadline: float, accepted: Accepted | None = None, order: Order | None = None
    ) -> Outcome[Report]:
        """One pass. `accepted`: as `accept` gave it; `order`: its request item, as it was just read.

        The claim is let go however it ends; `verdict` says what becomes of the message.
        """
        report = Report(workspace=workspace)
        try:
            attempt = self._attempt(workspace, deadline, accepted, order, report)
        except Exception as error:  # noqa: BLE001 - whatever it met, the outcome says it
            report.outcome = kind_of(error)
            return Outcome(report, error)
        if attempt is None:
            return Outcome(report)
        try:
            attempt.drive()
        except Exception as error:  # noqa: BLE001 - whatever it met, what was done until then is told with it
            report.outcome = kind_of(error)
            attempt.fail(error)
            return Outcome(report, error)
        finally:
            report.phase, report.row = attempt.row.phase, attempt.row
        report.outcome = "rests" if report.rests else "goes on"
        return Outcome(report)

    def _attempt(
        self, workspace: str, deadline: float, accepted: Accepted | None, order: Order | None, report: Report
    ) -> Attempt | None:
        """None: there is no such workspace, or another pass is at work and will look again."""
        owner, row = uuid.uuid4().hex, accepted.row if accepted else self.records.get(workspace)
        report.pass_id = owner
        if accepted and accepted.fresh:
            report.pass_id = accepted.row.owner
            return Attempt(self, accepted.row.owner, deadline, accepted.row, accepted.row, order, 1, report)
        if row is None:
            report.outcome = "unknown"
            return None
        known: Row | None = row
        while True:
            now = self.clock()
            claimed = self.records.claim(workspace, owner, now + self.settings.claim_s, now, known)
            if claimed is not None:
                return Attempt(self, owner, deadline, claimed, claimed, order, claimed.version + 1, report)
            if self.records.mark(workspace, now):
                report.outcome, report.phase = "left a mark", row.phase
                return None
            known = None  # forget the stale row, or the next claim compares with an owner who has left


def _key_of_one(order: Order, index: int) -> str:
    return f"{order.key}/{index}"
