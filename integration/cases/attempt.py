"""One pass: look, decide, act, remember. The same for whatever woke us; each brings the whole link in step.

wake ──► row ──► (nothing new on the side that woke us: stop) ──► claim ──► read both ──► plan ──► act ──► release
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from integration.cases.absence import unreadable
from integration.cases.adopting import Made
from integration.cases.apply.whole import carry_out
from integration.cases.apply.writer import Writer
from integration.cases.link import ACTIVE, CASE, CLOSED, INCIDENT, SUSPENDED, Link
from integration.cases.looks import CALM, KNOWN, called_for, file_waits, next_look
from integration.cases.new_case import case_for_incident
from integration.cases.new_incident import incident_for_case
from integration.reconcile.create_once import wait_until_settled
from integration.reconcile.errors import EXPECTED, ClaimLost, Later, kind_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from integration.cases.audit import Report
    from integration.cases.plan.whole import Plan
    from integration.cases.ports import IncidentRead, IncidentRow, LedgerRow, LinkHold, Row
    from integration.cases.reading import First, Reading
    from integration.cases.reconciler import Reconciler
    from integration.cases.wake import Wake
    from integration.model import Case, Incident

RUNS = 8
"""A holder that is marked again and again lets go after this many runs; the message comes back."""


@dataclass
class Attempt:
    """One pass from its wake to its end. `link` is what it holds a claim on; `met` its row, free, and `known` the
    incident's row, as they were when we came.
    """

    core: Reconciler
    wake: Wake
    hold: LinkHold
    reading: Reading
    report: Report
    link: Link | None = None
    writer: Writer | None = None
    met: Row | None = None
    known: IncidentRow | None = None
    incident_claimed: str = ""
    measured: int = 0
    """How much was done when the lag was last taken."""
    deaths: int = 0
    """Passes killed on this link, one after the other."""
    marked: bool = False
    """Whoever met the claim before ours asked for a look at whatever it was."""
    unclean: bool = False
    """A pass died or failed here, or ended early: the ledger knows more than the link."""

    # ------------------------------------------------------------------------------- from the wake to a claimed link
    def run(self) -> None:
        row, self.known = row_of(self.core, self.wake)
        if row is None:
            return self._create()
        self.report.case_id, self.report.sys_id, now = row.link.case_id, row.link.sys_id, self.core.clock()
        self.hold.owed = None if self.wake.sweep or row.due is None or row.due > now else row.due
        called = called_for(self.wake, row, self.core.rules.digest, now)
        if called == KNOWN:
            return self.end(KNOWN)
        case, seen = None, None
        if not row.live(now):
            self.met = row
            first = self.reading.first(row.link, comments=self._asks_comments(row.link))
            if called == CALM and not first.news and self._ends_here(row, first):
                return self.end("nothing new")
            case, seen = (first.case, None) if self.wake.side == CASE else (None, first.seen)
        claimed = self.claim(row.link.case_id, row)
        if claimed is None:
            return self.end("left a mark")
        if claimed.version != row.version:
            case, seen = None, None  # somebody worked here since: what was read is old
        return self.keep_in_step(claimed, case, seen)

    def _create(self) -> None:
        make = incident_for_case if self.wake.side == CASE else case_for_incident
        made = make(self, self.wake.key)
        if not isinstance(made, Made):
            return self.end(made)
        self.report.case_id, self.report.sys_id = made.row.link.case_id, made.row.link.sys_id
        self.hold.in_time()
        return self.keep_in_step(made.row, made.case, made.seen)

    def claim(self, case_id: str, known: Row | None = None) -> Row | None:
        """None: another pass is at work there, and will look again."""
        row = self.hold.take(case_id, known)
        self.link = row.link if row else self.link
        return row

    def _ends_here(self, row: Row, first: First) -> bool:
        """Whether no claim is needed. A sweep also asks what is no news but would be put right, and says when the next
        look is; where somebody has worked here since, it goes on as any pass.
        """
        case, seen, link, now = first.case, first.seen, row.link, self.core.clock()
        if not self.wake.sweep or case is None or seen is None:
            return not self.wake.sweep
        watchers, files = self.reading.watchers(link, case, seen), self.core.rules.attachments.enabled
        if watchers.columns.values or watchers.changes or not seen.incident.correlation_id:
            return False
        if seen.unread or link.journal_unread or (files and file_waits(case, seen, now)):
            return False
        return self.core.links.postpone(link.case_id, row.version, self._next_look(link, case, seen))

    # ------------------------------------------------------------------------------- with the claim
    def keep_in_step(self, row: Row, case: Case | None, seen: IncidentRead | None) -> None:
        """Run until nobody marks any more. What is given was read directly before the claim."""
        link = self.link = row.link
        self.deaths, self.marked = row.deaths, row.marked
        self.unclean = row.unclean or self.wake.forced or link.state not in {ACTIVE, CLOSED}
        if self.wake.forced:
            link.blocked = {}
        for _ in range(RUNS):
            self.report.runs += 1
            if link.unsettled_until and not self.hold.announced:
                wait_until_settled(link.unsettled_until, self.core.clock())
            if self.report.runs > 1:
                self.hold.in_time()
            began, asks = self.core.clock(), self._asks_comments(link)
            plan = self.reading.plan(link, case, seen, comments=asks, unclean=self.unclean, deaths=self.deaths)
            if plan is None:
                return self.end(unreadable(self, link, link.sys_id))
            writer = self._carry_out(link, plan, began)
            if self._lets_go(link, plan, writer):
                return self.end("in step")
            case, seen, self.hold.owed = None, None, None  # whoever left the mark may have been the sweep
        raise Later("others keep changing this link", self.core.clock() + 1)

    def _carry_out(self, link: Link, plan: Plan, began: float) -> Writer:
        self.report.reasons += plan.reasons
        self.writer = writer = self.writer_on(link, plan.seen.incident)
        carry_out(writer, plan)
        self.deaths, self.hold.announced, now = 0, False, self.core.clock()
        link.incident_began, link.unsettled_until, link.changed = began, 0, now
        link.journal_whole = began if self.reading.whole else link.journal_whole
        link.clean_began = began if plan.case.comments_read else link.clean_began
        link.state = CLOSED if plan.case.closed or writer.closed_case else ACTIVE
        if len(self.report.done) > self.measured:
            self.measured = len(self.report.done)
            self.report.lag_s = link.lag_s = max(0.0, round(now - self.wake.sent, 3))
        return writer

    def _lets_go(self, link: Link, plan: Plan, writer: Writer) -> bool:
        """False: what was read is not the whole truth any more, or somebody left a mark."""
        self.unclean = writer.again
        due, audit = self._next_look(link, plan.case, plan.seen), self.report.audit(self.core.clock(), "in step")
        if not writer.again and self.hold.release(link, writer.rows, due, audit):
            self.link = None
            return True
        self.core.links.save(self.hold.owner, link, writer.rows, clears_mark=True)
        return False

    def writer_on(self, link: Link, incident: Incident | None = None) -> Writer:
        report = self.report
        return Writer(self.core, link, self.hold, incident, incident, done=report.done, ids=report.ids)

    def _asks_comments(self, link: Link) -> bool:
        """Woken by ServiceNow, a pass can do without: whoever comments on AWS wakes another, and a sweep reads all."""
        edge = self.wake.side == INCIDENT and not (self.wake.sweep or self.wake.forced)
        asked = self.marked or any(key.startswith("comment:") for key in link.blocked)
        quiet = (self.hold.announced or not self.unclean) and not asked
        return not (edge and quiet and self.report.runs == 1 and link.rules in {"", self.core.rules.digest})

    def _next_look(self, link: Link, case: Case, seen: IncidentRead) -> float | None:
        files, kept = self.core.rules.attachments.enabled, self.writer.uploaded if self.writer else ()
        now, sweep_s = self.core.clock(), self.core.settings.sweep_s
        return next_look(link, replace(case, attachments=(*case.attachments, *kept)), seen, sweep_s, now, files=files)

    # ------------------------------------------------------------------------------- the end
    def end(self, outcome: str) -> None:
        self.report.outcome = outcome

    def leave(self, outcome: str, rows: Sequence[LedgerRow] = ()) -> str:
        """Release what is claimed as it is: there is nothing to bring in step. Gives the outcome back."""
        if self.incident_claimed:
            self.core.links.free_incident(self.incident_claimed, self.hold.owner, self.hold.comes_back())
        if self.link is not None:
            times = [block.retry_at for block in self.link.blocked.values()]
            times += [self.core.clock() + 3600] if self.link.state == SUSPENDED else []
            audit = self.report.audit(self.core.clock(), outcome)
            self.hold.leave(self.link, rows, min(times, default=None), audit)
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
                due = self.hold.unless_owed(self.hold.comes_back())
                self.core.links.postpone(self.met.link.case_id, self.met.version, due)
            if self.incident_claimed:
                self.core.links.free_incident(self.incident_claimed, self.hold.owner, self.hold.comes_back())
        except EXPECTED as also:
            self.report.reasons.append(f"the claim was left to expire: {kind_of(also)}")

    def _abandon(self, link: Link, error: Exception) -> None:
        if self.writer is not None:
            self.writer.withdraw_intents()
        if self.hold.announced:  # only the pass that announced a write may clear the wait for it
            link.unsettled_until = self.hold.lands_until(error)
        rows, audit = self.writer.rows if self.writer else (), self.report.audit(self.core.clock(), kind_of(error))
        self.hold.fail(link, rows, audit)


def row_of(core: Reconciler, wake: Wake) -> tuple[Row | None, IncidentRow | None]:
    """The linked row of what woke us, if there is one, and the row of the incident, where that woke us."""
    known = core.links.incident(wake.key) if wake.side == INCIDENT else None
    case_id = wake.key if wake.side == CASE else known.case_id if known else ""
    row = core.links.get(case_id) if case_id else None
    return row if row and row.link.linked else None, known
