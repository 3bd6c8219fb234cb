"""All rules of the mapping as one frozen object: the tables of this folder and what a mapping file changes."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

from mappers.closure import closure_values
from mappers.field import FieldRule
from mappers.mapped_fields import field_rules, mirrored_journals
from mappers.mapped_statuses import status_rules
from mappers.problem import MappingError
from mappers.schema import problems_of
from mappers.statuses import StatusRules

if TYPE_CHECKING:
    from collections.abc import Mapping

    from integration.module import Module

__all__ = [
    "AttachmentRules",
    "ClosureRules",
    "CommentRules",
    "CreationRules",
    "FieldRule",
    "MappingRules",
    "StatusRules",
    "WatcherRules",
    "rules_for",
]


@dataclass(frozen=True, slots=True)
class WatcherRules:
    """`column` holds sys_ids and plain addresses; `response_team` adds the membership's team at creation.

    `domains` are those whose addresses may go to the other side; none: those of the membership's response team.
    """

    enabled: bool = True
    column: str = "watch_list"
    response_team: bool = False
    domains: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CommentRules:
    """Limits are in UTF-16 units, header included. `mirrored` names the journals that become comments of the case."""

    case_comments_to: Literal["work_notes", "comments"] = "work_notes"
    mirrored: tuple[str, ...] = ("comments", "work_notes")
    work_notes_private: bool = False
    private_prefix: str = "[private]"
    journal_limit: int = 4000
    comment_limit: int = 12000


@dataclass(frozen=True, slots=True)
class ClosureRules:
    """`codes` in order of preference; `by_closure_code`: AWS's closure code → codes that say it, tried before those."""

    codes: tuple[str, ...] = ()
    by_closure_code: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    notes: str = "Closed in AWS Security Incident Response."


@dataclass(frozen=True, slots=True)
class CreationRules:
    """What new records carry besides what is mapped: columns of a new incident, members of CreateCase.

    `exempt`: user names whose incidents the brake neither counts nor holds, in small letters.
    """

    incident: Mapping[str, str] = field(default_factory=dict)
    case: Mapping[str, Any] = field(default_factory=dict)
    exempt: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AttachmentRules:
    """`max_mb` is in MiB; a larger file is told about, not carried. `private_prefix` begins names that stay untold."""

    enabled: bool = True
    max_mb: int = 5
    private_prefix: str = "[private]"


@dataclass(frozen=True, slots=True)
class MappingRules:
    """`fields` are the scalar ones; status, watchers, journals and attachments have rules of their own.

    `digest` is the SHA-256 of all of it as canonical JSON: another digest, another mapping.
    """

    module: Module
    table: str
    fields: tuple[FieldRule, ...]
    status: StatusRules
    watchers: WatcherRules
    comments: CommentRules
    closure: ClosureRules
    creation: CreationRules
    attachments: AttachmentRules
    context: bool = True
    investigations: bool = False
    case_closes_when: Literal["closed", "resolved"] = "closed"
    digest: str = ""

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns a read of the incident must ask for so that these rules can work, besides the system's own."""
        own = {rule.incident for rule in self.fields} | {"state", "close_code", "close_notes"}
        return tuple(sorted(own | {self.watchers.column} if self.watchers.enabled else own))


def rules_for(module: Module, overrides: Mapping[str, Any] | None = None) -> MappingRules:
    """The tables of `service_now_sir_mapper`, changed by `overrides` (what `mapping_file.load` returns).

    Raises:
        MappingError: with every problem found, in either of the two.
    """
    given = overrides or {}
    problems = problems_of(given)
    if problems:
        raise MappingError(problems)
    closes_when = given.get("case_closes_when", "closed")
    fields, field_problems = field_rules(given.get("fields", {}))
    status, status_problems = status_rules(module, given.get("status", {}), closes_when)
    if field_problems or status_problems:
        raise MappingError([*field_problems, *status_problems])
    rules = MappingRules(
        module=module,
        table=given.get("table", module.table),
        fields=fields,
        status=status,
        watchers=_watcher_rules(given.get("watchers", {})),
        comments=_comment_rules(given.get("comments", {})),
        closure=ClosureRules(**closure_values(module, given.get("closure", {}))),
        creation=_creation_rules(given.get("creation", {})),
        attachments=AttachmentRules(**given.get("attachments", {})),
        context=given.get("context", True),
        investigations=given.get("investigations", False),
        case_closes_when=closes_when,
    )
    return replace(rules, digest=_digest(rules))


def _watcher_rules(given: Mapping[str, Any]) -> WatcherRules:
    return WatcherRules(**{**given, "domains": tuple(domain.lower() for domain in given.get("domains", ()))})


def _creation_rules(given: Mapping[str, Any]) -> CreationRules:
    return CreationRules(**{**given, "exempt": tuple(name.casefold() for name in given.get("exempt", ()))})


def _comment_rules(given: Mapping[str, Any]) -> CommentRules:
    values: dict[str, Any] = {"mirrored": mirrored_journals(), **given}
    private = values.pop("work_notes", "mirrored") == "private"
    return CommentRules(**{**values, "mirrored": tuple(values["mirrored"])}, work_notes_private=private)


def _digest(rules: MappingRules) -> str:
    """Sets and the order of fields have no meaning, so they have no part in it."""
    whole = asdict(rules) | {"fields": {rule.incident: asdict(rule) for rule in rules.fields}}
    text = json.dumps(whole, sort_keys=True, separators=(",", ":"), default=sorted)
    return hashlib.sha256(text.encode()).hexdigest()
