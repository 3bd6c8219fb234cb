"""One pass: look, decide, act, remember. The same for whatever woke us; each brings the whole link in step.

wake ──► row ──► (nothing new on the side that woke us: stop) ──► claim ──► read both ──► plan ──► act ──► release
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from integration.cases.absence import unreadable
from integration.cases.adopting import Made
from integration.cases.apply.whole import carry_out
from integration.cases.apply.writer import Writer
from integration.cases.audit import Report
from integration.cases.link import ACTIVE, CASE, CLOSED, INCIDENT, SUSPENDED, Link
from integration.cases.looks import dealt_with, file_waits, idle, next_look
from integration.cases.new_case import case_for_incident
from integration.cases.new_incident import incident_for_case
from integration.cases.reading import Reading, row_of
from integration.reconcile import create_once
from integration.reconcile.claims import Ending
from integration.reconcile.errors import EXPECTED, ClaimLost, Later, kind_of
from integration.reconcile.scheduling import COMES_BACK_S

if TYPE_CHECKING:
    from collections.abc import Sequence

    from integration.cases.ports import IncidentRead, IncidentRow, LedgerRow, Row
    from integration.cases.reconciler import Reconciler
    from integration.cases.wake import Wake
    from integration.model import Case, Incident

SLICE_S = 20.0
"""A pass with less time than this left ends well and lets another go on."""
RUNS = 8
"""A holder that is marked again and again lets go after this many runs; the message comes back."""


class Attempt:
    """One pass from its wake to its end. `link` is what it holds a claim on."""

    def __init__(self, core: Reconciler, wake: Wake, deadline: float) -> None:
        self.core, self.wake, self.deadline = core, wake, deadline
        self.owner = uuid.uuid4().hex
        self.report = Report(wake=wake, pass_id=self.owner)
        self.link: Link | None = None
        self.writer: Writer | None = None
        self.met: Row | None = None  # the link's row, free, as it was when we came
        self.known: IncidentRow | None = None  # the incident's row as it was when we came
        self.owed: float | None = None  # since when a sweep is due, which this pass is none of
        self.incident_claimed = ""
        self.announced = False  # this pass itself announced a creation in ServiceNow
        self.promised = False  # this pass made the case, and announced that the incident will be told
        self.measured = 0  # how much was done when the lag was last taken
        self.reading = Reading(core, wake)
        self.deaths = 0  # passes killed on this link, one after the other
        self.unclean = False  # a pass died or failed here, or ended early: the ledger knows more than the link

    # ------------------------------------------------------------------------------- from the wake to a claimed link
    def run(self) -> None:
        row, self.known = row_of(self.core, self.wake)
        if row is None:
            made = self._create()
            if isinstance(made, str):
                return self.end(made)
            return self.keep_in_step(made.row, made.case, made.seen)
        self._about(row.link)
        self._owe(row)
        case, seen = None, None
        live = row.live(self.core.clock())
        if dealt_with(self.wake, row, live=live):
            return self.end("known already")
        if not live:
            self.met = row
            case, seen = self.reading.first(row.link, comments=self._asks_comments(row.link))
            calm = idle(self.wake, row, self.core.rules.digest, self.core.clock())
            if calm and not self.reading.news(row.link, case, seen) and self._ends_here(row, case, seen):
                return self.end("nothing new")
            case, seen = (case, None) if self.wake.side == CASE else (None, seen)
        claimed = self.claim(row.link.case_id, row)
        if claimed is None:
            return self.end("left a mark")
        if claimed.version != row.version:
            case, seen = None, None  # somebody worked here since: what was read is old
        return self.keep_in_step(claimed, case, seen)

    def _create(self) -> Made | str:
        make = incident_for_case if self.wake.side == CASE else case_for_incident
        made = make(self, self.wake.key)
        if isinstance(made, Made):
            self._about(made.row.link)
        return made

    def claim(self, case_id: str, known: Row | None = None) -> Row | None:
        """The row as it was, now ours; None when a live claim was met and a mark left for its holder."""
        while True:
            now = self.core.clock()
            row = self.core.links.claim(case_id, self.owner, now + self.core.settings.claim_s, now, known)
            if row is not None:
                self.link = row.link
                return row
            if self.core.links.mark(case_id, now):
                return None
            known = None  # forget the stale row, or the next claim compares with an owner who has left

    def _ends_here(self, row: Row, case: Case | None, seen: IncidentRead | None) -> bool:
        """Whether no claim is needed. A sweep also asks what is no news but would be put right, and says when the next
        look is; where somebody has worked here since, it goes on as any pass.
        """
        if not self.wake.sweep or case is None or seen is None:
            return not self.wake.sweep
        watchers = self.reading.watchers(row.link, case, seen)
        waits = seen.unread or row.link.journal_unread or self._file_waits(case, seen)
        if watchers.columns.values or watchers.changes or not seen.incident.correlation_id or waits:
            return False
        return self.core.links.postpone(row.link.case_id, row.version, self._next_look(row.link, case, seen))

    # ------------------------------------------------------------------------------- with the claim
    def keep_in_step(self, row: Row, case: Case | None, seen: IncidentRead | None) -> None:
        """Run until nobody marks any more. What is given was read directly before the claim."""
        link = row.link
        self.link = link
        self.deaths = row.deaths
        self.unclean = row.unclean or self.wake.forced or link.state not in {ACTIVE, CLOSED}
        if self.wake.forced:
            link.blocked = {}
        for _ in range(RUNS):
            self.report.runs += 1
            if not self.promised:
                create_once.wait_until_settled(link.unsettled_until, self.core.clock())
            self.in_time()
            began = self.core.clock()
            case, seen = self.reading.both(link, case, seen, comments=self._asks_comments(link))
            if seen is None:
                return self.end(unreadable(self, link, link.sys_id))
            rows = self._carry_out(link, case, seen)
            link.incident_began, link.unsettled_until, link.changed = began, 0, self.core.clock()
            link.journal_whole = began if self.reading.whole else link.journal_whole
            link.clean_began = began if case.comments_read else link.clean_began
            link.state = CLOSED if case.closed or (self.writer is not None and self.writer.closed_case) else ACTIVE
            self._measure_lag(link)
            self.promised = False
            again = self.unclean = self.writer is not None and self.writer.again
            if not again and self.core.links.release(
                self.owner,
                link,
                rows,
                Ending(self._unless_owed(self._next_look(link, case, seen))),
                self.report.audit(self.core.clock(), "in step"),
            ):
                self.link = None
                return self.end("in step")
            self.core.links.save(self.owner, link, rows, clears_mark=True)
            case, seen, self.owed = None, None, None  # whoever left the mark may have been the sweep
        raise Later("others keep changing this link", self.core.clock() + 1)

    def _carry_out(self, link: Link, case: Case, seen: IncidentRead) -> list[LedgerRow]:
        """The ledger rows that are yet to be stored."""
        plan = self.reading.plan(link, case, seen, unclean=self.unclean, deaths=self.deaths)
        self.report.reasons += plan.reasons
        self.deaths = 0
        self.writer = writer = self.writer_on(link, seen.incident)
        carry_out(writer, plan)
        return writer.rows

    def writer_on(self, link: Link, incident: Incident | None = None) -> Writer:
        return Writer(
            self.core, link, self.owner, self.deadline, self.in_time, incident,
            done=self.report.done, ids=self.report.ids, announced=self.promised,
        )  # fmt: skip

    def _asks_comments(self, link: Link) -> bool:
        """Woken by ServiceNow, a pass can do without: whoever comments on AWS wakes another, and a sweep reads all."""
        edge = self.wake.side == INCIDENT and not (self.wake.sweep or self.wake.forced)
        quiet = (self.promised or not self.unclean) and not any(key.startswith("comment:") for key in link.blocked)
        return not (edge and quiet and self.report.runs == 1 and link.rules in {"", self.core.rules.digest})

    def in_time(self) -> None:
        """Called before each piece of work: with little time left the pass ends well and another goes on."""
        if self.deadline - self.core.clock() < SLICE_S:
            raise Later("this pass has used its time; the next goes on from here", self.core.clock())

    def end(self, outcome: str) -> None:
        self.report.outcome = outcome

    def leave(self, outcome: str, rows: Sequence[LedgerRow] = ()) -> str:
        """Release what is claimed as it is: there is nothing to bring in step. Gives the outcome back."""
        if self.incident_claimed:
            self.core.links.free_incident(self.incident_claimed, self.owner, self._comes_back())
        if self.link is not None:
            times = [block.retry_at for block in self.link.blocked.values()]
            times += [self.core.clock() + 3600] if self.link.state == SUSPENDED else []
            ending = Ending(min(times, default=None), despite_mark=True)
            self.core.links.release(self.owner, self.link, rows, ending, self.report.audit(self.core.clock(), outcome))
            self.link = None
        return outcome

    def fail(self, error: Exception) -> None:
        """Release at once, as unclean, keeping what is known of what was done; where that fails the claim expires."""
        if isinstance(error, ClaimLost):
            return
        try:
            if self.link is not None:
                self._abandon(self.link, error)
            elif self.met is not None:
                self.core.links.postpone(self.met.link.case_id, self.met.version, self._unless_owed(self._comes_back()))
            if self.incident_claimed:
                self.core.links.free_incident(self.incident_claimed, self.owner, self._comes_back())
        except EXPECTED as also:
            self.report.reasons.append(f"the claim was left to expire: {kind_of(also)}")

    def _abandon(self, link: Link, error: Exception) -> None:
        writer, now = self.writer, self.core.clock()
        if writer is not None:
            writer.withdraw_intents()
        # only the pass that announced a write may clear the wait for it
        if self.announced or self.promised or (writer is not None and writer.announced):
            link.unsettled_until = create_once.lands_until(now) if create_once.outcome_unknown(error) else 0
        rows, audit = writer.rows if writer else (), self.report.audit(self.core.clock(), kind_of(error))
        ending = Ending(self._unless_owed(self._comes_back()), unclean=True)
        self.core.links.release(self.owner, link, rows, ending, audit)

    def _owe(self, row: Row) -> None:
        swept = self.wake.sweep or row.due is None or row.due > self.core.clock()
        self.owed = None if swept else row.due

    def _unless_owed(self, due: float | None) -> float | None:
        """A look that has fallen due stays so until a sweep has looked: with each new time the poll would tell anew."""
        return due if self.owed is None else self.owed

    def _comes_back(self) -> float:
        """By when somebody else must look: the message that woke this pass comes back before, and says it anew."""
        return self.core.clock() + COMES_BACK_S

    def _about(self, link: Link) -> None:
        self.report.case_id, self.report.sys_id = link.case_id, link.sys_id

    def _next_look(self, link: Link, case: Case, seen: IncidentRead) -> float | None:
        return next_look(link, self._file_waits(case, seen), self.core.settings.sweep_s, self.core.clock())

    def _file_waits(self, case: Case, seen: IncidentRead) -> list[float]:
        if not self.core.rules.attachments.enabled:
            return []
        return file_waits(case, seen, self.writer.uploaded if self.writer else (), self.core.clock())

    def _measure_lag(self, link: Link) -> None:
        if len(self.report.done) > self.measured:
            self.measured = len(self.report.done)
            self.report.lag_s = link.lag_s = max(0.0, round(self.core.clock() - self.wake.sent, 3))
