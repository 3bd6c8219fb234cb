"""All that one plan is made from, read before it. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from integration.cases.plan.asked import Answers

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from integration.cases.link import Link
    from integration.cases.ports import IncidentRead, LedgerRow
    from integration.model import Case, Comment, JournalEntry
    from mappers.mapping_rules import MappingRules


@dataclass(frozen=True, slots=True)
class Known:
    """What the ledger says of one look. `comments` may be new or edited, `comment_rows` are theirs; `journal` are
    entries that are not dealt with, `otherwise` rows of entries that came by the other road before. `files` and
    `findings` are the rows of these, as far as they matter.
    """

    comments: tuple[Comment, ...] = ()
    comment_rows: Mapping[str, LedgerRow] = field(default_factory=dict)
    journal: tuple[JournalEntry, ...] = ()
    otherwise: tuple[LedgerRow, ...] = ()
    files: Mapping[str, LedgerRow] = field(default_factory=dict)
    findings: Mapping[str, LedgerRow] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One look at a link, which nobody changes while a plan is made of it, and at both sides. `deaths`: passes killed
    on this link, one after the other.
    """

    link: Link
    case: Case
    seen: IncidentRead
    known: Known
    rules: MappingRules
    own_user: Callable[[str], bool]
    own_creator: Callable[[str], bool]
    now: float
    installed_at: float = 0
    deaths: int = 0
    answers: Answers = field(default_factory=Answers)
