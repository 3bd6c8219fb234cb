"""What a run sees of the instance, look by look, and what the answers to its writes show."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from integration.changes import planner
from integration.changes.key import key_of, shown_of
from integration.changes.model import UNTOLD
from integration.changes.plan import Seen, What
from integration.changes.states import Place, place_of
from integration.clients.errors import Misconfigured, Missing, Refused, Unavailable
from integration.clients.servicenow.errors import SYSTEM

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from integration.changes.model import Approver, Change, Evidence, Job, Run, Wish
    from integration.changes.ports import Changes, Clock, Teller

CHECK_S, CHECKS = 1.0, 5
"""Between looks at a check of conflicts that has not ended, and how many before the change is looked at again."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What a run works with."""

    changes: Changes
    teller: Teller
    clock: Clock
    job: Job = UNTOLD


class Sight:
    """`target`: a run, or the sys_id of a change."""

    def __init__(self, desk: Desk, wish: Wish, target: Run | str, evidence: Sequence[Evidence]) -> None:
        self._changes, self._teller, self._clock = desk.changes, desk.teller, desk.clock
        self.wish, self._said = wish, set[str]()
        self.key = "" if isinstance(target, str) else key_of(target, wish.environment, wish.app)
        mine = target if isinstance(target, str) else ""
        self.seen = Seen(evidence=tuple(evidence), mine=mine, job=desk.job, token=secrets.token_hex(4))
        if not isinstance(target, str):
            self.seen = replace(self.seen, shown=shown_of(target, wish), part=target.part)

    def look(self, what: What) -> None:
        sys_id = self.seen.mine
        match what:
            case What.CHANGES:
                found = self._changes.find(self.key) if self.key else self._changes.look(sys_id)
                first = self.seen.changes is None
                self.seen = replace(planner.looked(self.wish, self.seen, found), stale=False, fresh=True)
                if first and self.seen.change:
                    self.seen = replace(self.seen, inherited=bool(self.seen.change.work_start))
            case What.FILES:
                self.seen = replace(self.seen, files=self._changes.files(sys_id))
            case What.NEXT_STATES:
                self.seen = replace(self.seen, next_states=self._changes.next_states(sys_id))
            case What.APPROVERS:
                self.seen = replace(self.seen, approvers=self._approvers(sys_id))
            case What.TASKS:
                self.seen = replace(self.seen, tasks=self._changes.tasks(self.key))
            case What.BEGINNINGS:
                self.seen = replace(self.seen, beginnings=self._changes.beginnings(sys_id), fresh=False)
            case What.CONFLICTS:
                self._look_for_conflicts(sys_id)

    def _approvers(self, sys_id: str) -> tuple[Approver, ...]:
        """None where they are hidden from this user: the change's own state and approval decide."""
        try:
            return self._changes.approvers(sys_id)
        except (Misconfigured, Refused) as error:
            self._say(f"who is asked for approval is not to be seen: {error}")
            return ()

    def _look_for_conflicts(self, sys_id: str) -> None:
        """The next look at the change, which comes in any case, tells whether there are none; where it does not, they
        are asked for after all.
        """
        if not self.seen.fresh and self._unconflicted():
            return
        found = self._changes.conflicts(sys_id)
        for left in reversed(range(CHECKS)):
            if found is not None:
                break
            unconflicted = self._unconflicted()
            if unconflicted:
                return
            if unconflicted is False or not left:
                found = self._changes.conflicts(sys_id)
        if found is None:
            raise Unavailable(SYSTEM, "the check of conflicts has not ended", retry_after_s=CHECK_S)
        for each in found:
            self._say(f"conflict: {each.label or each.type}")
        self.seen = replace(self.seen, conflicts=found, fresh=False)

    def _unconflicted(self) -> bool | None:
        self._clock.sleep(CHECK_S)
        self.look(What.CHANGES)
        return self.seen.change.unconflicted if self.seen.change else None

    def _wrote(self, change: Change, arrived: Callable[[Place], bool]) -> None:
        """Put the answer to a write into what is seen; where it did not arrive, the instance dropped it silently."""
        others = tuple(each for each in self.seen.changes or () if each.sys_id != change.sys_id)
        seen = planner.looked(self.wish, replace(self.seen, fresh=False), (*others, change))
        if not arrived(place_of(change, self.wish)):
            kept = f"the instance kept {change.number} in {change.state_label or change.state}"
            seen = replace(seen, refusal=": ".join([kept, *change.dropped]))
        self.seen = seen

    def _others(self, change: Change, arrived: Callable[[Place], bool]) -> None:
        if change.sys_id == self.seen.mine:
            self._wrote(change, arrived)
            return
        stuck = frozenset() if arrived(place_of(change, self.wish)) else {change.sys_id}
        self.seen = replace(self.seen, stale=True, stuck=self.seen.stuck | stuck)

    def _attach(self, evidence: Evidence) -> None:
        try:
            self._changes.attach(self.seen.mine, evidence)
        except (Unavailable, Misconfigured, Missing):
            self.seen = replace(self.seen, files=None)
            raise
        kept = (self.seen.files or frozenset()) | {(evidence.name, evidence.sha256)}
        self.seen = replace(self.seen, files=kept)

    def _say(self, sentence: str) -> None:
        """Once."""
        if sentence not in self._said:
            self._said.add(sentence)
            self._teller.said(sentence)
