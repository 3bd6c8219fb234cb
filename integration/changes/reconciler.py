"""Carries a run to its end: looks, asks the planner, does the one thing it says, looks again.

Every write is found again by whoever comes after a death (docs/changes/README.md has the crash table), so a write that
failed is followed by a look, never by its repetition. While the instance does not answer, nothing goes on: before the
command a run waits until its time is over, while it runs it is let run, after it the result is owed for `OWED_S`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from integration.changes import closing, exits, planner
from integration.changes.creation import Awaited
from integration.changes.model import EXIT_CODES, Change, Ending, Outcome
from integration.changes.plan import (
    Adopt,
    Attach,
    Cancel,
    Close,
    Create,
    Finish,
    FinishPart,
    Look,
    Note,
    Settle,
    Start,
    Step,
    Stop,
    Submit,
    Terminate,
    Wait,
)
from integration.changes.sight import Desk
from integration.changes.starting import Starting
from integration.changes.states import Place, place_of
from integration.clients.errors import Misconfigured, Missing, Refused, RemoteError, Unavailable
from integration.reconcile.create_once import create_once

if TYPE_CHECKING:
    from collections.abc import Sequence

    from integration.changes.model import Evidence, Run, Wish
    from integration.changes.ports import Child

__all__ = ["Course", "Desk"]

RUNNING_S = 60.0
"""Between looks while the command runs."""
OWED_S = 300.0
"""How long a result is tried to be written before it is left to `settle`."""
FLOWS_S, CLOSINGS = 0.5, 4
"""Flows cancel their tasks some moments after Review; until then the end is refused. The wait before it is tried, and
how often it is tried again, after 1, 2, 4 and 8 s.
"""
LONGEST_S = 60.0
YOUNG_S = 30.0
"""So long whoever made a change is left to attach its evidence: jobs side by side would each attach all of it, and ask
for approval before it is there.
"""


class Course(Starting):
    """One run, or a single step of it, from its first look to its end.

    `drive` raises `Misconfigured`, and that only before there is a change.
    """

    def __init__(
        self, desk: Desk, wish: Wish, target: Run | str, evidence: Sequence[Evidence] = (), child: Child | None = None
    ) -> None:
        super().__init__(desk, wish, target, evidence, child)
        self._begun_s, self._ended_s, self._failures, self._closings = desk.clock.seconds(), 0.0, 0, 0

    # ---- the loop

    def drive(self, *until: type[Step]) -> Step:
        """To the end, or until the next step would be of one of these kinds."""
        try:
            return self._driven(*until)
        except KeyboardInterrupt:
            self.let_go()
            raise

    def _driven(self, *until: type[Step]) -> Step:
        while True:
            self.seen = replace(self.seen, waited_s=self._clock.seconds() - self._begun_s)
            step = planner.next_step(self.wish, self.seen, self._changes.now())
            stop = step if isinstance(step, (Stop, *until)) else self._tried(step)
            if stop and not self._start_may_land():
                return stop

    def ended(self, code: int) -> None:
        """The command did, here or elsewhere."""
        self._ended_s, self._failures = self._clock.seconds(), 0
        self.seen = replace(self.seen, code=code)

    def outcome(self, step: Step) -> Outcome:
        """Of the step that `drive` ended with; any but a `Stop` was as far as was asked for."""
        ending, reason = (step.ending, step.reason) if isinstance(step, Stop) else (Ending.DONE, "")
        change, code = self.seen.change, self.seen.code
        return Outcome(
            code=EXIT_CODES.get(ending, exits.of_command(code or 0)),
            outcome=ending,
            reason=reason,
            number=change.number if change else "",
            sys_id=self.seen.mine,
            url=change.url if change else "",
            started=self.seen.running or code is not None,
            command_exit=code,
            recorded=not isinstance(step, Stop) or step.recorded,
        )

    def _tried(self, step: Step) -> Stop | None:
        try:
            done = self._done(step)
        except (Unavailable, Misconfigured, Missing) as error:
            if isinstance(step, Create) and isinstance(error, Missing):
                return self._refused(step, error)
            return self._endured(step, error)
        except Refused as error:
            return self._refused(step, error)
        self._failures = 0
        return done

    def _done(self, step: Step) -> Stop | None:  # noqa: C901, PLR0912 - a line for each kind of step
        match step:
            case Look():
                self.look(step.what)
            case Create():
                self._create(step)
            case Adopt():
                self._adopt(step.change)
            case Attach():
                self._attach(step.evidence)
            case Submit():
                change = self._changes.submit(self.seen.mine, step.state, check=step.check)
                self._wrote(change, lambda place: place is not Place.NEW)
            case Start():
                return self._start(step)
            case Wait():
                self._wait(step)
            case Settle():
                self._clock.sleep(max(1.0, (step.until - self._changes.now()).total_seconds()))
                self.seen = replace(self.seen, stale=True)
            case Terminate():
                self._terminate(step)
            case Note():
                self._changes.note(self.seen.mine, step.text)
                self._noted(step)
            case Finish():
                self._finish(step)
            case FinishPart():
                self._changes.close_task(step.task, step.code, f"The command of this part ended with {step.code}.")
                self.seen = replace(self.seen, tasks=None)
            case Close():
                self._close(step)
            case Cancel():
                return self._cancel(step)
        return None

    # ---- before the command

    def _create(self, step: Create) -> None:
        creation = Awaited(self._changes, self.wish, self.key, step.number, self.seen.shown, self._clock)
        change = create_once(creation, 0, 0, self._clock.seconds)
        self._say(f"{change.number} was made: {change.url}")
        for each in change.dropped:
            self._say(f"the instance did not keep what was asked: {each}")
        self.seen = replace(self.seen, mine=change.sys_id, files=frozenset())
        self._wrote(change, lambda _: True)

    def _adopt(self, change: Change) -> None:
        self._say(f"{change.number} of this run goes on: {change.url}")
        self.seen = replace(
            self.seen, mine=change.sys_id, inherited=bool(change.work_start), refusal="", files=None, approvers=None,
            next_states=None, conflicts=None, submitted=None, began=False, beginnings=None,
        )  # fmt: skip
        self.seen = planner.looked(self.wish, self.seen, self.seen.changes or ())
        left = YOUNG_S - (self._changes.now() - change.created).total_seconds()
        if self.seen.evidence and place_of(change, self.wish) is Place.NEW and left > 0:
            self._clock.sleep(left)
            self.seen = replace(self.seen, stale=True)

    def _wait(self, step: Wait) -> None:
        if self.seen.running:
            self._watch()
            self.seen = replace(self.seen, stale=self.seen.code is None)
            return
        self._say(step.reason)
        left = self.wish.timeout_s - self.seen.waited_s
        ahead = (step.until - self._changes.now()).total_seconds() if step.until else left
        self._clock.sleep(max(0.0, min(self.wish.interval_s, left, max(ahead, 1.0))))
        self.seen = replace(self.seen, stale=True, conflicts=None, beginnings=None)

    def _cancel(self, step: Cancel) -> Stop | None:
        change = self._changes.cancel(step.sys_id, step.state, step.reason)
        self._others(change, lambda place: place is Place.CANCELED)
        self._lost_s = None  # nothing lands in what is canceled
        return step.then

    # ---- while it runs, and after

    def _watch(self) -> None:
        code = self._child.wait(RUNNING_S) if self._child else None
        if code is not None:
            self.ended(code)

    def _terminate(self, step: Terminate) -> None:
        self._say(f"the command is ended: {step.reason}")
        self.seen = replace(self.seen, terminated=True)
        if self._child:
            self._child.terminate()

    def _noted(self, step: Note) -> None:
        self._say(step.text)
        self.seen = replace(self.seen, told=self.seen.told | {step.about})

    def _finish(self, step: Finish) -> None:
        notes = f"The pipeline's command ended with {step.code}."
        self.seen = replace(self.seen, tried=self.seen.tried | {step.state})
        change = self._changes.finish(self.seen.mine, step.state, step.code, notes, self._changes.now())
        self._wrote(change, lambda _: not step.state or closing.is_finished(change, self.wish))
        if not self.seen.refusal:
            self.seen = replace(self.seen, told=self.seen.told | {closing.RESULT})

    def _close(self, step: Close) -> None:
        if step.sys_id == self.seen.mine and not self._closings:
            self._clock.sleep(FLOWS_S)
        self._others(self._changes.close(step.sys_id, step.state), lambda place: place is Place.CLOSED)

    # ---- what went wrong

    def _endured(self, step: Step, error: RemoteError) -> Stop | None:
        """Wait, and look again; nothing that was under way is repeated unseen."""
        if isinstance(error, Misconfigured) and not self.seen.mine:
            raise error
        self._say(f"{error}: looking again")
        self._failures += 1
        self.seen = replace(self.seen, stale=True, tasks=None, beginnings=None)
        if isinstance(step, Start) and isinstance(error, Unavailable) and error.outcome_unknown:
            self._lost_s = self._clock.seconds()
        asked = error.retry_after_s if isinstance(error, Unavailable) else None
        pause = asked or min(LONGEST_S, 2.0**self._failures)
        if self.seen.running and self.seen.code is None:
            self._watch()
            return None
        left = self._left_s() + (OWED_S if isinstance(step, Cancel) and step.then else 0)
        if left <= 0:
            return self._given_up(step, error)
        self._clock.sleep(min(pause, left))
        return None

    def _left_s(self) -> float:
        if self.seen.code is not None:
            return self._ended_s + OWED_S - self._clock.seconds()
        owed = self._begun_s + self.wish.timeout_s
        return (owed if self._lost_s is None else max(owed, self._lost_s + OWED_S)) - self._clock.seconds()

    def _given_up(self, step: Step, error: RemoteError) -> Stop:
        if isinstance(step, Cancel) and step.then:
            return step.then
        if self.seen.code is None:
            return Stop(Ending.TIMED_OUT, f"after {self.wish.timeout_s:.0f} s: {error}")
        ending = Ending.WITHDRAWN if self.seen.terminated else closing.result_of(self.seen.code)
        return Stop(ending, str(error), recorded=False)

    def _refused(self, step: Step, error: Refused | Missing) -> Stop | None:
        """By a rule of the instance: what it says is what the planner goes on with."""
        match step:
            case Create():
                return Stop(Ending.REFUSED, f"the instance does not make the change: {error.reason}")
            case Attach():
                self._say(f"the instance does not take {step.evidence.name}: {error.reason}")
                self.seen = replace(self.seen, unfit=(*self.seen.unfit, step.evidence.name))
            case Note():
                told, unsaid = self.seen.told | {step.about}, self.seen.unsaid | {step.about}
                self.seen = replace(self.seen, told=told, unsaid=unsaid)
                self._say(f"the instance does not take a note ({error.reason}): {step.text}")
            case Close() if self._flows_may_run():
                self.seen = replace(self.seen, stale=True)
            case Close() | Cancel() if step.sys_id != self.seen.mine:
                self.seen = replace(self.seen, stuck=self.seen.stuck | {step.sys_id})
                self._say(f"another change of this run stays open: {error.reason}")
            case Cancel() if step.then:
                return step.then
            case Look() | Wait() | Settle():
                return self._endured(step, error)
            case _:
                self.seen = replace(self.seen, stale=True, refusal=error.reason)
        return None

    def _flows_may_run(self) -> bool:
        """After a wait; not for ever."""
        self._closings += 1
        if self._closings > CLOSINGS:
            return False
        self._clock.sleep(2.0 ** (self._closings - 1))
        return True
