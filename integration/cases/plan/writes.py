"""One field to be written: what is sent, the ways there, what is said with it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from integration.cases.link import CASE, INCIDENT, STATUS, Intent, Link
from integration.cases.plan.note import Note, with_serial
from integration.model import CaseStatus
from mappers import notes
from mappers.closure import close_code_for, close_notes_for, resolution_comment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from integration.cases.plan.synced import Decision, Synced
    from integration.model import Case, Incident, Value
    from mappers.mapping_rules import MappingRules


@dataclass(frozen=True, slots=True)
class FieldWrite:
    """One field to be written, with everything a later pass must know to recognise our write; `key`: of its block.

    `values` are the columns of the incident that go with it, `column` the one it stands in. `ways` are those of the
    status, each from here to its end; the first that the other side lets us go counts. `lost`: the value that lost a
    conflict, for the side it stood on; `closing` is said on a case before it is closed.
    """

    key: str
    field: str
    side: str
    target: Value
    intent: Intent
    why: str
    column: str
    values: Mapping[str, str]
    ways: tuple[tuple[str, ...], ...] = ()
    lost: Note | None = None
    closing: Note | None = None

    closes_case: bool = False


def write_of(
    synced: Synced,
    decision: Decision,
    link: Link,
    case: Case,
    incident: Incident,
    rules: MappingRules,
    close_codes: Mapping[str, str] | None,
) -> FieldWrite:
    to_case = decision.side == CASE
    target = synced.on_case if to_case else synced.on_incident
    if target is None:
        raise AssertionError("a decision to write has a target")
    status = synced.name == STATUS
    column = "" if to_case else _column(synced.name, rules)
    closes = to_case and status and target == CaseStatus.CLOSED
    return FieldWrite(
        f"field:{synced.name}>{decision.side}",
        synced.name,
        decision.side,
        target,
        _intent(synced, decision.side),
        decision.why,
        column,
        {column: str(target)} | _closing_values(column, str(target), case, rules, close_codes) if column else {},
        _ways(synced, str(target), rules, to_case=to_case) if status else (),
        _lost(synced, decision, link),
        with_serial(link, CASE, resolution_comment(incident, rules)) if closes else None,
        closes,
    )


def _intent(synced: Synced, side: str) -> Intent:
    to_case, now = side == CASE, synced.now
    return Intent(
        side=side,
        source=(now.incident if to_case else now.case) or "",
        found=(now.case if to_case else now.incident) or "",
        finals=synced.case_finals if to_case else synced.incident_finals,
        hops=synced.hops if to_case else synced.steps,
    )


def _column(name: str, rules: MappingRules) -> str:
    return "state" if name == STATUS else next(rule.incident for rule in rules.fields if rule.case == name)


def _closing_values(
    column: str, target: str, case: Case, rules: MappingRules, close_codes: Mapping[str, str] | None
) -> dict[str, str]:
    if column != "state" or not (rules.status.is_closed(target) or rules.status.is_resolved(target)):
        return {}
    return {
        "close_code": close_code_for(case, rules, close_codes),
        "close_notes": close_notes_for(case, rules),
    }


def _ways(synced: Synced, target: str, rules: MappingRules, *, to_case: bool) -> tuple[tuple[str, ...], ...]:
    """At once, step by step where the process of the instance allows no jumps, or to a state that stands for it."""
    if to_case:
        return ((*synced.hops, target),)
    steps = [(*synced.steps, target)] if synced.steps else []
    return ((target,), *steps, *((state,) for state in rules.status.fallbacks.get(target, ())))


def _lost(synced: Synced, decision: Decision, link: Link) -> Note | None:
    """None where nothing was lost."""
    if not decision.loser:
        return None
    say = notes.shortened if synced.keeps else notes.conflict
    return with_serial(link, decision.side, say(synced.name, decision.loser, decision.side))


def blocked_note(link: Link, write: FieldWrite, reason: str) -> Note:
    """Said on the side the value came from, where somebody can act."""
    side = INCIDENT if write.side == CASE else CASE
    return with_serial(link, side, notes.refused(write.field, reason))
