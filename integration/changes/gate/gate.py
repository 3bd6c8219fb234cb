"""One pass of the gate: look at the change once, tell each who waits what it means for them, remember that.

An answer is sent before it is remembered, since each may be sent again. Whoever cannot be answered is tried again with
the message; the others are not held up.
"""

from __future__ import annotations

import uuid
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from integration.changes.gate import verdict
from integration.changes.gate.names import ANSWERED, ASKED, FAILED, FORGOTTEN, NOT_MADE, REJECTED
from integration.changes.gate.rows import SOON_S, row_of
from integration.changes.gate.steps import Steps, begun
from integration.changes.gate.wishes import TOLD, wish_of
from integration.changes.key import key_of, shown_of
from integration.changes.model import BadWish, Ending
from integration.changes.plan import Stop
from integration.changes.states import ENDED, place_of
from integration.clients.errors import Refused, RemoteError
from integration.reconcile.audit import Outcome
from integration.reconcile.claims import Ending as Release
from integration.reconcile.create_once import LATE_COMMIT_S, lands_until, outcome_unknown
from integration.reconcile.errors import EXPECTED, Later

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from integration.changes.gate.rows import Held, Rows
    from integration.changes.gate.waiter import Answer, Ask, Kind, Waiter
    from integration.changes.model import Wish
    from integration.changes.plan import Step
    from integration.changes.ports import Changes

BUSY_S, DAY_S = 5.0, 86_400.0
EXPIRED = "expired"
"""How a wait ended that could not be answered before."""


@dataclass
class Report:
    """Of one pass: ids, counts, bounded words."""

    sys_id: str = ""
    number: str = ""
    counts: Counter[str] = field(default_factory=Counter)
    done: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Gate:
    """`resolved`: a wish with the sys_ids of its names. `claim_s`: longer than a pass can take."""

    rows: Rows
    changes: Changes
    resolved: Callable[[Wish], Wish]
    callbacks: Mapping[Kind, Callable[[Waiter, Answer], str]]
    clock: Callable[[], float]
    claim_s: float

    def asked(self, ask: Ask, deadline: float) -> Outcome[Report]:
        report = Report(counts=Counter({ASKED: 1}))
        return _reported(report, lambda: self._asked(ask, deadline, report))

    def changed(self, sys_id: str, deadline: float) -> Outcome[Report] | None:
        """None: nobody waits for that change."""
        key = self.rows.key_of(sys_id)
        return self.due(key, deadline) if key else None

    def due(self, key: str, deadline: float) -> Outcome[Report]:
        report = Report()
        return _reported(report, lambda: self._due(key, deadline, report))

    def _asked(self, ask: Ask, deadline: float, report: Report) -> None:
        now = self.clock()
        if ask.fault:
            report.counts[NOT_MADE] += 1
            _, failed = self._answer(Stop(Ending.REFUSED, ask.fault), [ask.waiter], report)
            _raise(failed)
            return
        key = key_of(ask.run, ask.wanted["environment"], ask.wanted["app"])
        held, waiters = self.rows.of(key)
        known = any(each.id == ask.waiter.id for each in waiters)
        waiting = [each for each in waiters if not each.answered]
        if known and not waiting:
            return
        owner = uuid.uuid4().hex
        if held is None:
            held = self.rows.begin(key, ask, owner, now, now + self.claim_s, deadline + LATE_COMMIT_S)
        elif not known:
            self.rows.add(key, ask.waiter)
        waiting += [] if known else [ask.waiter]
        if held.owner == owner or not held.sys_id or waiting == [ask.waiter]:
            self._made(held, owner, waiting, deadline, report)
        else:
            self._looked(held, waiting, deadline, report)

    def _due(self, key: str, deadline: float, report: Report) -> None:
        """Once nobody waits, a change concerns us at the moment it counts as forgotten, and not before."""
        held, waiters = self.rows.of(key)
        waiting = [each for each in waiters if not each.answered]
        if held is None or not (waiting or 0 < held.next <= self.clock()):
            return
        if held.sys_id:
            self._looked(held, waiting, deadline, report)
        elif waiting:
            self._made(held, uuid.uuid4().hex, waiting, deadline, report)

    def _made(self, held: Held, owner: str, waiting: Sequence[Waiter], deadline: float, report: Report) -> None:
        """Under a claim, so that one pass at a time makes something."""
        now, row = self.clock(), row_of(held.key)
        if held.owner != owner:
            lands = {"mayLandUntil": deadline + LATE_COMMIT_S}
            taken = self.rows.claims.claim(row, owner, now + self.claim_s, now, held, lands)
            if taken is None:
                raise Later("another pass is at work", now + BUSY_S)
            held = taken
        steps = self._steps(replace(held, sys_id="", submitted=0), waiting, deadline)
        try:
            step = self._making(steps, report)
        except EXPECTED as error:
            until = lands_until(self.clock()) if outcome_unknown(error) else held.may_land_until
            self._unreachable(held, waiting, report)
            ending = Release(due=self.clock() + SOON_S, unclean=True)
            self.rows.claims.release(row, owner, {"mayLandUntil": until}, ending)
            raise
        answered, failed = self._answer(step, waiting, report, steps)
        body, due = self._outcome(steps, step, waiting, answered)
        writes = [*self.rows.answered(held.key, answered), *self.rows.found(held.key, steps.seen.mine)]
        body |= {"mayLandUntil": 0, "asked": now}
        self.rows.claims.release(row, owner, body, Release(due=due, despite_mark=True), writes)
        _raise(failed)

    def _making(self, steps: Steps, report: Report) -> Step:
        """A change that cannot be made as it is asked for is an answer, not an error."""
        try:
            steps.wish = self.resolved(steps.wish)
            return steps.taken()
        except (BadWish, Refused) as refused:
            if steps.seen.mine:
                raise
            report.counts[NOT_MADE] += 1
            return Stop(Ending.REFUSED, f"the change cannot be made: {getattr(refused, 'reason', refused)}")

    def _looked(self, held: Held, waiting: Sequence[Waiter], deadline: float, report: Report) -> None:
        steps = self._steps(held, waiting, deadline)
        steps.wish = replace(steps.wish, model=held.model)
        try:
            step = steps.taken()
        except EXPECTED:
            self._unreachable(held, waiting, report)
            raise
        if not waiting and _forgotten(steps):
            report.counts[FORGOTTEN] += 1
        answered, failed = self._answer(step, waiting, report, steps)
        body, due = self._outcome(steps, step, waiting, answered)
        self.rows.remember(held.key, body, due, self.rows.answered(held.key, answered))
        _raise(failed)

    def _steps(self, held: Held, waiting: Sequence[Waiter], deadline: float) -> Steps:
        """Who waits longest says how long the change is waited for."""
        (run, wanted), now = self.rows.told(held), self.clock()
        longest = max((each.answer_by - now for each in waiting), default=0.0)
        wish = wish_of(wanted, max(longest, SOON_S), run.commit)
        shown = shown_of(run, wish) if TOLD in wanted else ""
        seen = begun(shown, sys_id=held.sys_id, submitted=held.submitted)
        return Steps(self.changes, wish, run, held.key, seen, deadline, self.clock, held.may_land_until)

    def _outcome(
        self, steps: Steps, step: Step, waiting: Sequence[Waiter], answered: Sequence[Waiter]
    ) -> tuple[dict[str, object], float | None]:
        """What is to be remembered of the change, and when somebody must look."""
        now, change, seen = self.clock(), steps.seen.change, steps.seen
        done = {each.id for each in answered if each.answered}
        open_ = [each for each in waiting if each.id not in done]
        body: dict[str, object] = {"sysId": seen.mine, "number": steps.number, "model": steps.wish.model}
        body["waiting"] = len(open_)
        body |= {"submitted": seen.submitted.timestamp() if seen.submitted else 0}
        body |= {"updated": change.updated.isoformat() if change else ""}
        if open_:
            later = verdict.next_look(step, open_, now)
            return body | {"next": later}, min(later, verdict.quarter(now))
        approved = any(each.answered == "approved" for each in answered) or not waiting
        due = verdict.forgotten_at(change) if approved and change and not _ended(steps) else None
        return body | {"next": due or 0}, max(due, now + DAY_S) if due and not waiting else due

    def _answer(
        self, step: Step, waiting: Sequence[Waiter], report: Report, steps: Steps | None = None
    ) -> tuple[list[Waiter], RemoteError | None]:
        """Those who were told, or tried; and what the first failure was."""
        now, report.sys_id = self.clock(), steps.seen.mine if steps else ""
        report.number = steps.number if steps else ""
        said = ((each, verdict.answer(step, each, report.number, now)) for each in waiting)
        return self._sent([(waiter, answer) for waiter, answer in said if answer], now, report)

    def _sent(
        self, answers: Sequence[tuple[Waiter, Answer]], now: float, report: Report
    ) -> tuple[list[Waiter], RemoteError | None]:
        tried, failed = [], None
        for waiter, answer in answers:
            try:
                how = self.callbacks[waiter.kind](waiter, answer)
            except RemoteError as error:
                failed = failed or error
                report.counts[FAILED] += 1
                tried.append(replace(waiter, answered=EXPIRED * (now >= waiter.ends)))
                continue
            report.counts.update({ANSWERED: 1, REJECTED: int(not answer.approved)})
            report.done.append(f"{waiter.kind} {answer.word} {how}")
            tried.append(replace(waiter, answered=answer.word))
        return tried, failed

    def _unreachable(self, held: Held, waiting: Sequence[Waiter], report: Report) -> None:
        """Whose wait ends is told no, since nobody knows better."""
        now = self.clock()
        said = ((each, verdict.unasked(each, held.number, now)) for each in waiting)
        tried, _ = self._sent([(waiter, answer) for waiter, answer in said if answer], now, report)
        if tried:
            self.rows.remember(held.key, {}, now + SOON_S, self.rows.answered(held.key, tried))


def _forgotten(steps: Steps) -> bool:
    change = steps.seen.change
    due = verdict.forgotten_at(change) if change else None
    return due is not None and due <= steps.clock() and not _ended(steps)


def _ended(steps: Steps) -> bool:
    change = steps.seen.change
    return change is not None and place_of(change, steps.wish) in ENDED


def _reported(report: Report, work: Callable[[], None]) -> Outcome[Report]:
    try:
        work()
    except EXPECTED as error:
        return Outcome(report, error)
    return Outcome(report)


def _raise(failed: RemoteError | None) -> None:
    if failed is not None:
        raise failed
