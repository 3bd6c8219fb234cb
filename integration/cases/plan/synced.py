"""One field as it stands on both sides, and what follows from which of them changed. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from integration.cases.link import CASE, INCIDENT, STATUS, Link, Pair, explained, value_fingerprint
from integration.cases.plan.cutting import uncut
from integration.model import CaseStatus
from mappers.statuses import state_steps, walk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from integration.model import Case, Incident, Value
    from mappers.mapping_rules import FieldRule, MappingRules

NO_WAY = "told"


@dataclass(frozen=True, slots=True)
class Synced:
    """One field as the planner sees it, whatever its kind.

    `on_case` and `on_incident` say the other side's value here; None: it cannot be said (no legal walk, a closed or
    AWS-managed case, an empty title, a one-way field).
    """

    name: str
    policy: str
    case: Value
    incident: str
    accepted: bool
    on_case: Value | None
    on_incident: str | None
    now: Pair
    """The fingerprints of both values."""
    case_finals: tuple[str, ...] = ()
    incident_finals: tuple[str, ...] = ()
    hops: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    """States on the way of an incident whose process allows no jumps."""
    cut: bool = False
    """One side has no room for the text of the other."""
    keeps: str = ""
    """The side whose text is longer than the other holds, and would be shortened by what somebody wrote there."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What follows for one field. `side` is the side to be written; empty: only the base moves (accepted or told).

    `loser` is the value the written side held if both sides had changed; it goes into a note.
    """

    why: str
    side: str = ""
    loser: Value | None = None


@dataclass(frozen=True, slots=True)
class Judged:
    """A field as it is to be judged, its base after what dead claims explain, and what follows."""

    synced: Synced
    base: Pair
    decision: Decision | None


def judged(link: Link, case: Case, incident: Incident, rules: MappingRules) -> list[Judged]:
    """Every field and the status; no decision where neither side changed."""
    rules_of, found = {rule.case: rule for rule in rules.fields}, []
    for synced in synced_fields(case, incident, rules):
        base = explained(link.intents.get(synced.name, []), link.pair(synced.name), synced.now)
        whole = uncut(rules_of[synced.name], synced, base) if synced.cut else synced
        found.append(Judged(whole, base, decide(whole, base)))
    return found


def decide(synced: Synced, base: Pair) -> Decision | None:
    """Whose value counts, by which sides changed. None: neither did; nothing is done, accepted pair or not."""
    case_changed, incident_changed = synced.now.case != base.case, synced.now.incident != base.incident
    if not (case_changed or incident_changed):
        return None
    if synced.accepted:
        return Decision("accepted")
    if synced.keeps:
        to_case = synced.keeps == INCIDENT
        return Decision("longer there", *((CASE, synced.case) if to_case else (INCIDENT, synced.incident)))
    conflict = case_changed and incident_changed
    to_case = synced.policy == "servicenow" if conflict else incident_changed
    if conflict and (synced.on_case if to_case else synced.on_incident) is None:
        to_case = not to_case  # what cannot be written cannot win
    if (synced.on_case if to_case else synced.on_incident) is None:
        return Decision(NO_WAY)
    if to_case:
        return Decision("both changed" if conflict else "incident changed", CASE, synced.case if conflict else None)
    return Decision("both changed" if conflict else "case changed", INCIDENT, synced.incident if conflict else None)


def synced_fields(case: Case, incident: Incident, rules: MappingRules) -> Iterator[Synced]:
    """Every scalar field of the rules, then the status."""
    for rule in rules.fields:
        yield _synced_field(rule, case, incident)
    yield _synced_status(case, incident, rules)


def _synced_field(rule: FieldRule, case: Case, incident: Incident) -> Synced:
    on_case_side, on_incident_side = case.values.get(rule.case, ""), incident.values.get(rule.incident, "")
    to_case = rule.direction != "to_incident" and not case.closed
    to_incident = rule.direction != "to_case"
    return Synced(
        name=rule.case,
        policy=rule.policy,
        case=on_case_side,
        incident=on_incident_side,
        accepted=rule.accepted(on_case_side, on_incident_side),
        on_case=rule.case_value_for(on_incident_side) if to_case else None,
        on_incident=rule.incident_value_for(on_case_side) if to_incident else None,
        now=_now(rule.case, on_case_side, on_incident_side),
        cut=rule.is_text and bool(rule.rest_for_incident(on_case_side) or rule.rest_for_case(on_incident_side)),
        case_finals=tuple(value_fingerprint(rule.case, v) for v in rule.ours_on_case(on_incident_side)),
        incident_finals=tuple(value_fingerprint(rule.case, v) for v in rule.ours_on_incident(on_case_side)),
    )


def _synced_status(case: Case, incident: Incident, rules: MappingRules) -> Synced:
    target = rules.status.case_status_for(incident.state)
    way = walk(case.status, target) if target else None
    if case.closed or (case.aws_managed and target != CaseStatus.CLOSED):
        way = None
    state = rules.status.incident_state_for(case.status)
    return Synced(
        name=STATUS,
        policy=rules.status.policy,
        case=case.status,
        incident=incident.state,
        accepted=rules.status.accepted(case.status, incident.state),
        on_case=target if way else None,
        on_incident=state,
        now=_now(STATUS, case.status, incident.state),
        case_finals=(target,) if target else (),
        incident_finals=(state, *rules.status.fallbacks.get(state, ())) if state else (),
        hops=way[:-1] if way else (),
        steps=state_steps(rules.module, incident.state, state)[:-1] if state else (),
    )


def _now(name: str, on_case: Value, on_incident: str) -> Pair:
    return Pair(value_fingerprint(name, on_case), value_fingerprint(name, on_incident))
