"""All that one plan is made from, read before it. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from integration.cases.plan.asked import Answers

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from integration.cases.link import Link
    from integration.cases.ports import IncidentRead, LedgerRow
    from integration.model import Case, Comment, Incident, JournalEntry
    from mappers.mapping_rules import MappingRules


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One look at a link, which nobody changes while a plan is made of it, and at both sides.

    `comments` may be new or edited and `comment_rows` are theirs in the ledger; `journal` are entries that are not
    dealt with, `otherwise` rows of entries that came by the other road before. `files` and `findings` are the ledger
    as far as it matters. `deaths`: passes killed on this link, one after the other.
    """

    link: Link
    case: Case
    seen: IncidentRead
    rules: MappingRules
    own_user: Callable[[str], bool]
    own_creator: Callable[[str], bool]
    now: float
    installed_at: float = 0
    comments: tuple[Comment, ...] = ()
    comment_rows: Mapping[str, LedgerRow]
    journal: tuple[JournalEntry, ...] = ()
    otherwise: tuple[LedgerRow, ...] = ()
    files: Mapping[str, LedgerRow]
    findings: Mapping[str, LedgerRow]
    deaths: int = 0
    answers: Answers = field(default_factory=Answers)

    @property
    def incident(self) -> Incident:
        return self.seen.incident

    @property
    def fresh_case(self) -> Case:
        """The case with those comments alone."""
        return replace(self.case, comments=self.comments)
