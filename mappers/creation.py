"""The first values of a record made on the other side. Nothing is invented: what nobody said is left empty."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Any

from mappers.closure import close_code_for, close_notes_for
from mappers.field_names import CASE_TEXT_LIMITS, CREATE_MEMBERS
from mappers.text_split import cut
from mappers.watchers import fit_for_case

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from integration.model import Case, Incident, Value
    from mappers.field import FieldRule
    from mappers.mapping_rules import MappingRules

_CASE_DEFAULTS: Mapping[str, str] = {"resolverType": "Self", "engagementType": "Security Incident"}
"""Self: AWS-managed cases page responders, cannot be given back, and take no status from us."""


def new_incident(case: Case, rules: MappingRules, choices: Mapping[str, str] | None = None) -> dict[str, str]:
    """Columns of the POST, without those that link. `choices`: the closure codes the instance offers, value → label."""
    values = dict(rules.creation.incident)
    for rule in rules.fields:
        value = rule.incident_value_for(case.values.get(rule.case, ""))
        if rule.direction != "to_case" and value:
            values[rule.incident] = value
    state = rules.status.incident_state_for(case.status)
    if state:
        values["state"] = state
        if rules.status.is_closed(state) or rules.status.is_resolved(state):
            values |= {"close_code": close_code_for(case, rules, choices), "close_notes": close_notes_for(case, rules)}
    return values


def new_case(
    incident: Incident, rules: MappingRules, *, watchers: Sequence[str], tags: Mapping[str, str], seen_at: datetime
) -> dict[str, Any]:
    """Parameters of CreateCase as JSON: dates ISO 8601. Of `watchers`, what AWS takes (`fit_for_case`).

    AWS demands a start: of an incident that shows no date at all, as imports may leave it, when it was seen.
    """
    start = (began(incident) or incident.updated or seen_at).astimezone(UTC).isoformat()
    written = [rule for rule in _to_case(rules) if rule.case in CREATE_MEMBERS]
    wanted = {rule.case: rule.case_value_for(incident.values.get(rule.incident, "")) for rule in written}
    title = wanted.get("title") or _text(incident, "short_description", "title") or incident.number or incident.sys_id
    return {
        **_CASE_DEFAULTS,
        "impactedAccounts": [],
        **_members(rules.creation.case),
        **{name: value for name, value in wanted.items() if value is not None},
        "title": title,
        "description": wanted.get("description") or _text(incident, "description", "description") or title,
        "reportedIncidentStartDate": wanted.get("reportedIncidentStartDate") or start,
        "watchers": [{"email": address} for address in fit_for_case(watchers)[0]],
        "tags": dict(tags),
    }


def _to_case(rules: MappingRules) -> list[FieldRule]:
    return [rule for rule in rules.fields if rule.direction != "to_incident"]


def _text(incident: Incident, column: str, member: str) -> Value | None:
    """For members AWS demands where no rule leads to them."""
    return cut(incident.values.get(column, "").strip(), CASE_TEXT_LIMITS[member])


def _members(constants: Mapping[str, Any]) -> dict[str, Any]:
    """As CreateCase wants them: a Region is a structure there."""
    regions = constants.get("impactedAwsRegions")
    return {**constants, **({"impactedAwsRegions": [{"region": region} for region in regions]} if regions else {})}


def began(incident: Incident) -> datetime | None:
    """When it began, by its own dates that no save changes."""
    return incident.opened or incident.created
