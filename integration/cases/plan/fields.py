"""Decide what one pass does to the fields and the status. Pure: no I/O, no clock but the argument.

`plan_fields` takes the base, both sides as they are now and the rules, and says for every field what follows, with a
reason. Doing nothing is a normal answer.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from integration.cases.link import CASE, INCIDENT, STATUS, Blocked, Intent, Link, Pair, explained
from integration.cases.plan.cutting import uncut
from integration.cases.plan.note import Note, once, with_serial
from integration.cases.plan.synced import NO_WAY, Decision, Synced, decide, synced_fields
from integration.cases.plan.writes import FieldWrite, blocked_note, write_of
from mappers import notes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from integration.model import Case, Incident
    from mappers.mapping_rules import MappingRules

ARGUMENT_WRITES, ARGUMENT_S = 6, 3600.0
"""A field written this often within this time to values it had before: two automations are arguing."""


@dataclass(frozen=True, slots=True)
class FieldPlan:
    """The base after what was explained or accepted; what is written; what is said; why.

    `base_once_said` becomes the base once its notes are said: a death in between must not leave them unsaid.
    """

    base: dict[str, Pair] = field(default_factory=dict)
    base_once_said: dict[str, Pair] = field(default_factory=dict)
    intents: dict[str, list[Intent]] = field(default_factory=dict)
    writes: tuple[FieldWrite, ...] = ()
    notes: tuple[Note, ...] = ()
    blocked: dict[str, Blocked] = field(default_factory=dict)
    reasons: tuple[str, ...] = ()
    put_off: tuple[FieldWrite, ...] = ()
    """Writes that wait for files, so that the case takes these before it is closed."""

    def on(self, side: str) -> tuple[FieldWrite, ...]:
        return tuple(write for write in self.writes if write.side == side)

    @property
    def to_case(self) -> tuple[FieldWrite, ...]:
        """In their order: the status last, since a closed case takes nothing more."""
        return tuple(sorted(self.on(CASE), key=lambda write: write.field == STATUS))

    @property
    def ends_incident(self) -> bool:
        return any(write.ends_incident for write in self.writes)

    def without_closing(self) -> FieldPlan:
        """The case stays open for now; as long as its base stands, the next pass plans its end again."""
        closing = tuple(write for write in self.writes if write.closes_case)
        if not closing:
            return self
        kept = tuple(write for write in self.writes if not write.closes_case)
        return replace(self, writes=kept, put_off=closing, reasons=(*self.reasons, "status: waits for files"))


def plan_fields(
    link: Link,
    case: Case,
    incident: Incident,
    rules: MappingRules,
    now: float,
    close_codes: Mapping[str, str] | None = None,
) -> FieldPlan:
    """One `Decision` per synced field and what it leads to. `close_codes`: those that the instance offers."""
    plan, rules_of = FieldPlan(), {rule.case: rule for rule in rules.fields}
    for synced in synced_fields(case, incident, rules):
        base = explained(link.intents.get(synced.name, []), link.pair(synced.name), synced.now)
        rule = rules_of.get(synced.name)
        synced = uncut(rule, synced, base) if rule else synced  # noqa: PLW2901 - the same field, as it is to be judged
        decision = decide(synced, base)
        wanted = decision if decision and decision.side else None
        write = write_of(synced, wanted, link, case, incident, rules, close_codes) if wanted else None
        plan = _with(plan, link, synced, base, decision, write, now)
        plan = replace(plan, notes=plan.notes + tuple(_notes(link, case, incident, synced, decision, rules)))
    return plan


def _with(
    plan: FieldPlan,
    link: Link,
    synced: Synced,
    base: Pair,
    decision: Decision | None,
    write: FieldWrite | None,
    now: float,
) -> FieldPlan:
    if write is None:
        once_said = {synced.name: synced.now} if decision and decision.why == NO_WAY else {}
        settled = synced.now if decision and not once_said else base
        reasons = (f"{synced.name}: {decision.why}",) if decision else ()
        moved, later = plan.base | {synced.name: settled}, plan.base_once_said | once_said
        return replace(plan, base=moved, base_once_said=later, reasons=plan.reasons + reasons)
    plan = replace(plan, base=plan.base | {synced.name: base}, intents=plan.intents | _kept_intents(link, synced))
    waiting = _waits(link, write, now)
    if waiting:
        known = link.blocked.get(write.key)
        said = () if known and known.source == waiting.source else (blocked_note(link, write, waiting.reason),)
        return replace(
            plan,
            blocked=plan.blocked | {write.key: waiting},
            notes=plan.notes + said,
            reasons=(*plan.reasons, f"{synced.name}: blocked"),
        )
    reason = f"{synced.name}: {write.why}, set on {write.side}"
    return replace(plan, writes=(*plan.writes, write), reasons=(*plan.reasons, reason))


def _kept_intents(link: Link, synced: Synced) -> dict[str, list[Intent]]:
    """What a dead claim left stays until the field is settled; new intents are added to it, never replace it."""
    kept = link.intents.get(synced.name)
    return {synced.name: kept} if kept else {}


def _waits(link: Link, write: FieldWrite, now: float) -> Blocked | None:
    """The block this write waits behind: one that stands, or a new one where two automations argue."""
    block = link.blocked.get(write.key)
    if block and block.source == write.intent.source and now < block.retry_at:
        return block
    recent = [seen for at, seen in link.writes.get(write.key, []) if now - at < ARGUMENT_S]
    if len(recent) >= ARGUMENT_WRITES and any(final in recent for final in write.intent.finals):
        return Blocked("two automations set this field in turn", write.intent.source, now, now + ARGUMENT_S)
    return None


def _notes(
    link: Link, case: Case, incident: Incident, synced: Synced, decision: Decision | None, rules: MappingRules
) -> Iterator[Note]:
    if decision is None or decision.why != NO_WAY:
        return
    if case.closed:
        if synced.name == STATUS and not rules.status.is_closed(incident.state):
            yield once(INCIDENT, notes.reopened(case.case_id))
        elif synced.now.incident != link.pair(synced.name).incident:
            yield once(INCIDENT, notes.closed_wall(case.case_id))
    elif synced.name == STATUS:
        label = rules.status.labels.get(incident.state, incident.state)
        side = CASE if case.aws_managed else INCIDENT
        yield with_serial(link, side, notes.unreachable_status(label, case.status, aws_managed=case.aws_managed))
