"""Decide what one pass does to the fields and the status. Pure: no I/O, no clock but the argument.

`plan_fields` takes the base, both sides as they are now and the rules, and says for every field what follows, with a
reason. Doing nothing is a normal answer.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from dataclasses import field as member
from typing import TYPE_CHECKING

from integration.cases.link import CASE, INCIDENT, STATUS, Blocked, Intent, Link, Pair
from integration.cases.plan.note import Note, once, with_serial
from integration.cases.plan.synced import NO_WAY, Judged, Synced, judged
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

    base: dict[str, Pair] = member(default_factory=dict)
    base_once_said: dict[str, Pair] = member(default_factory=dict)
    intents: dict[str, list[Intent]] = member(default_factory=dict)
    writes: tuple[FieldWrite, ...] = ()
    notes: tuple[Note, ...] = ()
    blocked: dict[str, Blocked] = member(default_factory=dict)
    lifted: frozenset[str] = frozenset()
    """Blocks that nothing waits behind any more."""
    reasons: tuple[str, ...] = ()
    to_incident: tuple[FieldWrite, ...] = ()
    to_case: tuple[FieldWrite, ...] = ()
    """The writes of each side in their order: the status of a case last, since a closed one takes nothing more."""
    put_off: tuple[FieldWrite, ...] = ()
    """Writes that wait for files, so that the case takes these before it is closed."""
    ends_incident: bool = False
    """An incident is resolved or closed, by a code that the instance must know."""


def plan_fields(
    link: Link,
    case: Case,
    incident: Incident,
    rules: MappingRules,
    now: float,
    close_codes: Mapping[str, str] | None = None,
    *,
    files_held: bool = False,
) -> FieldPlan:
    """One `Decision` per synced field and what it leads to. `close_codes`: those that the instance offers;
    `files_held`: the incident has files that a closed case would never get.
    """
    plan = FieldPlan()
    for field in judged(link, case, incident, rules):
        wanted = field.decision if field.decision and field.decision.side else None
        write = write_of(field.synced, wanted, link, case, incident, rules, close_codes) if wanted else None
        plan = _with(plan, link, field, write, now)
        plan = replace(plan, notes=plan.notes + tuple(_notes(link, case, incident, field, rules)))
    plan = _in_order(plan, files_held=files_held)
    return replace(plan, lifted=_lifted(link, plan))


def _in_order(plan: FieldPlan, *, files_held: bool) -> FieldPlan:
    """The case stays open while files are held; as long as its base stands, the next pass plans its end again."""
    put_off = tuple(write for write in plan.writes if files_held and write.closes_case)
    writes = tuple(write for write in plan.writes if write not in put_off)
    to_incident = tuple(write for write in writes if write.side == INCIDENT)
    return replace(
        plan,
        writes=writes,
        to_incident=to_incident,
        to_case=tuple(sorted((w for w in writes if w.side == CASE), key=lambda write: write.field == STATUS)),
        put_off=put_off,
        reasons=(*plan.reasons, *("status: waits for files" for _ in put_off)),
        ends_incident=any("close_code" in write.values for write in to_incident),
    )


def _lifted(link: Link, plan: FieldPlan) -> frozenset[str]:
    """Of fields that are not written; a field that waits on one side keeps what it knows of the other."""
    waiting = {key.partition(">")[0] for key in plan.blocked} | {write.key for write in plan.writes}
    fields = (key for key in link.blocked if key.startswith("field:"))
    return frozenset(key for key in fields if not {key, key.partition(">")[0]} & waiting)


def _with(plan: FieldPlan, link: Link, field: Judged, write: FieldWrite | None, now: float) -> FieldPlan:
    synced, base, decision = field.synced, field.base, field.decision
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
    if link.waits(write.key, write.intent.source, now):
        return link.blocked[write.key]
    recent = [seen for at, seen in link.writes.get(write.key, []) if now - at < ARGUMENT_S]
    if len(recent) >= ARGUMENT_WRITES and any(final in recent for final in write.intent.finals):
        return Blocked("two automations set this field in turn", write.intent.source, now, now + ARGUMENT_S)
    return None


def _notes(link: Link, case: Case, incident: Incident, field: Judged, rules: MappingRules) -> Iterator[Note]:
    synced, decision = field.synced, field.decision
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
