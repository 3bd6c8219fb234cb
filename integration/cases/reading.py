"""What one pass reads: both sides, the ledger as far as it matters, and what its plan asks."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from integration.cases.journals import whole_due
from integration.cases.ledger import fresh_comments, fresh_journal, known_files
from integration.cases.link import CASE, INCIDENT
from integration.cases.plan.aside import KILLED_MOST
from integration.cases.plan.asked import Answers, Asks
from integration.cases.plan.changed import case_changed, incident_changed
from integration.cases.plan.look import Look
from integration.cases.plan.watchers import Watchers, plan_watchers
from integration.cases.plan.whole import Plan, plan_of
from integration.cases.ports import INVESTIGATION
from integration.clients.errors import Misconfigured

if TYPE_CHECKING:
    from integration.cases.link import Link
    from integration.cases.ports import IncidentRead, IncidentRow, Row
    from integration.cases.reconciler import Reconciler
    from integration.cases.wake import Wake
    from integration.model import Case


def row_of(core: Reconciler, wake: Wake) -> tuple[Row | None, IncidentRow | None]:
    """The linked row of what woke us, if there is one, and the row of the incident, where that woke us."""
    known = core.links.incident(wake.key) if wake.side == INCIDENT else None
    case_id = wake.key if wake.side == CASE else known.case_id if known else ""
    row = core.links.get(case_id) if case_id else None
    return row if row and row.link.linked else None, known


@dataclass
class Reading:
    """Of one pass, for what woke it. `whole`: the journal was last read from its beginning, as creation does.

    What a plan asks is asked once in a pass.
    """

    core: Reconciler
    wake: Wake
    whole: bool = True
    answers: Answers = field(default_factory=Answers)

    def first(self, link: Link, *, comments: bool) -> tuple[Case | None, IncidentRead | None]:
        """The side that woke us: an echo ends here, at the cost of one look at one side. A sweep reads both."""
        if self.wake.sweep and not self.wake.forced:
            return self.both(link, comments=comments)
        if self.wake.side == CASE:
            return self.case(link, comments=comments), None
        return None, self.incident(link)

    def both(
        self, link: Link, case: Case | None = None, seen: IncidentRead | None = None, *, comments: bool
    ) -> tuple[Case, IncidentRead | None]:
        """The side that woke us first, the other last, directly before planning. What is given was read already."""
        if self.wake.side == INCIDENT:
            seen = seen or self.incident(link)
            case = case or self.case(link, comments=comments)
        else:
            case = case or self.case(link, comments=comments)
            seen = seen or self.incident(link)
        return case, seen

    def case(self, link: Link, *, comments: bool) -> Case:
        case = self.core.cases.read(link.case_id, investigations=self.core.rules.investigations, comments=comments)
        if case is None:
            raise Misconfigured("security_ir", "a linked case is not found: other account, region or membership?")
        return case

    def incident(self, link: Link) -> IncidentRead | None:
        """A replay, and a sweep once a day, read the whole journal: an import keeps the date an entry had elsewhere,
        before any window.
        """
        daily = self.wake.sweep and whole_due(link.journal_whole, link.case_id, self.core.clock())
        since = None if self.wake.forced or link.journal_shown or daily else link.journal_since
        self.whole = since is None
        return self.core.incidents.read(link.sys_id, since)

    def news(self, link: Link, case: Case | None, seen: IncidentRead | None) -> bool:
        """Whether a side that was read shows any; a sweep that cannot read the incident has some."""
        core = self.core
        on_case = case is not None and case_changed(link, case, core.rules, core.cases.own)
        unread = seen is None and (self.wake.sweep or self.wake.side == INCIDENT)
        return on_case or unread or (seen is not None and incident_changed(link, seen, core.rules, core.incidents.own))

    def plan(self, link: Link, case: Case, seen: IncidentRead, *, unclean: bool, deaths: int = 0) -> Plan:
        """The one plan of what was read. `unclean`: the ledger knows more than the link."""
        look = self.look(link, case, seen, unclean=unclean, deaths=deaths)
        plan = plan_of(look)
        while plan.asks:
            self._ask(plan.asks)
            plan = plan_of(replace(look, answers=self.answers))
        return plan

    def look(self, link: Link, case: Case, seen: IncidentRead, *, unclean: bool, deaths: int = 0) -> Look:
        core = self.core
        own_user, own_creator = core.incidents.own, core.cases.own
        comments, rows = fresh_comments(link, case, core.links, unclean=unclean)
        journal, otherwise = fresh_journal(link, seen, core.links, own_user, unclean=unclean)
        asks_all = unclean or link.rules != core.rules.digest or deaths >= KILLED_MOST
        files = known_files(link, case, seen.incident, core.links, own_user, own_creator, unclean=asks_all)
        return Look(
            link=link,
            case=case,
            seen=seen,
            rules=core.rules,
            own_user=own_user,
            own_creator=own_creator,
            now=core.clock(),
            installed_at=core.settings.installed_at,
            comments=comments,
            comment_rows=rows,
            journal=journal,
            otherwise=otherwise,
            files=files,
            findings=core.links.whole_ledger(link.case_id, INVESTIGATION) if case.investigations else {},
            deaths=deaths,
            answers=self.answers,
        )

    def watchers(self, link: Link, case: Case, seen: IncidentRead) -> Watchers:
        """That part of the plan alone."""
        plan = plan_watchers(link, case, seen, self.core.rules, self.answers)
        while plan.asks:
            self._ask(plan.asks)
            plan = plan_watchers(link, case, seen, self.core.rules, self.answers)
        return plan

    def _ask(self, asks: Asks) -> None:
        cases, incidents, answers = self.core.cases, self.core.incidents, self.answers
        if asks.team:
            answers = replace(answers, team=tuple(cases.response_team()))
        if asks.users:
            found = incidents.users(asks.users)
            answers = replace(answers, users={**answers.users, **{a: found.get(a, a) for a in asks.users}})
        if asks.close_codes:
            answers = replace(answers, close_codes=incidents.close_codes())
        self.answers = answers
