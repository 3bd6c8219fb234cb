"""What one pass reads: both sides, the ledger as far as it matters, and what its plan asks."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from integration.cases.journals import whole_due
from integration.cases.ledger import known_of
from integration.cases.link import CASE, INCIDENT
from integration.cases.plan.asked import Answers, Asks
from integration.cases.plan.changed import case_changed, incident_changed
from integration.cases.plan.look import Look
from integration.cases.plan.watchers import Watchers, plan_watchers
from integration.cases.plan.whole import Plan, plan_of
from integration.clients.errors import Misconfigured

if TYPE_CHECKING:
    from integration.cases.link import Link
    from integration.cases.ports import IncidentRead
    from integration.cases.reconciler import Reconciler
    from integration.cases.wake import Wake
    from integration.model import Case


@dataclass(frozen=True, slots=True)
class First:
    """A first look; `news`: one of what was read shows something that the link does not know."""

    case: Case | None
    seen: IncidentRead | None
    news: bool


@dataclass
class Reading:
    """Of one pass, for what woke it. `whole`: the journal was last read from its beginning, as creation does.

    What a plan asks is asked once in a pass.
    """

    core: Reconciler
    wake: Wake
    whole: bool = True
    answers: Answers = field(default_factory=Answers)

    def first(self, link: Link, *, comments: bool) -> First:
        """The side that woke us: an echo ends here, at the cost of one look at one side. A sweep reads both."""
        case, seen = None, None
        if self.wake.sweep and not self.wake.forced:
            case, seen = self.both(link, comments=comments)
        elif self.wake.side == CASE:
            case = self.case(link, comments=comments)
        else:
            seen = self.incident(link)
        return First(case, seen, self._news(link, case, seen))

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

    def _news(self, link: Link, case: Case | None, seen: IncidentRead | None) -> bool:
        """Whether a side that was read shows any; a sweep that cannot read the incident has some."""
        core = self.core
        on_case = case is not None and case_changed(link, case, core.rules, core.cases.own)
        unread = seen is None and (self.wake.sweep or self.wake.side == INCIDENT)
        return on_case or unread or (seen is not None and incident_changed(link, seen, core.rules, core.incidents.own))

    def plan(
        self,
        link: Link,
        case: Case | None = None,
        seen: IncidentRead | None = None,
        *,
        comments: bool,
        unclean: bool,
        deaths: int = 0,
    ) -> Plan | None:
        """The one plan of both sides; None: the incident cannot be read. `unclean`: the ledger knows more than the
        link.
        """
        case, seen = self.both(link, case, seen, comments=comments)
        if seen is None:
            return None
        look = self.look(link, case, seen, unclean=unclean, deaths=deaths)
        plan = plan_of(look)
        while plan.asks:
            self._ask(plan.asks)
            plan = plan_of(replace(look, answers=self.answers))
        return plan

    def look(self, link: Link, case: Case, seen: IncidentRead, *, unclean: bool, deaths: int = 0) -> Look:
        core = self.core
        own_user, own_creator = core.incidents.own, core.cases.own
        of_files = unclean or link.rules != core.rules.digest or deaths > 0
        known = known_of(link, case, seen, core.links, own_user, own_creator, unclean=unclean, files_unclean=of_files)
        return Look(
            link=link,
            case=case,
            seen=seen,
            known=known,
            rules=core.rules,
            own_user=own_user,
            own_creator=own_creator,
            now=core.clock(),
            installed_at=core.settings.installed_at,
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
