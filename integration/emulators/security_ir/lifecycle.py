"""Steps of a case that may follow each other: UpdateCaseStatus of the API model, the user guide on case status."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .errors import ApiError, conflict, invalid
from .model import structure

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .records import Case, Fields

SUBMITTED = "Submitted"
DETECTION = "Detection and Analysis"
CONTAINMENT = "Containment, Eradication and Recovery"
POST_INCIDENT = "Post-incident Activities"

SELF_MANAGED = {
    SUBMITTED: {DETECTION},
    DETECTION: {CONTAINMENT, POST_INCIDENT},
    CONTAINMENT: {DETECTION, POST_INCIDENT},
    POST_INCIDENT: {CONTAINMENT, DETECTION},
}
"""What a customer may set from where; CloseCase leads from anywhere to Closed, and nothing leads out of it."""

DELTAS: dict[str, Callable[[Any], Any]] = {
    "watchers": lambda watcher: watcher["email"],
    "threatActorIpAddresses": lambda actor: actor["ipAddress"],
    "impactedAwsRegions": lambda region: region["region"],
    "impactedServices": lambda service: service,
    "impactedAccounts": lambda account: account,
}
"""Lists that UpdateCase changes by additions and removals, and what makes two of their members the same."""

PLAIN = ("title", "description", "engagementType", "reportedIncidentStartDate", "actualIncidentStartDate")


def require_transition(case: Case, target: str, refusal: str) -> None:
    """Raises ApiError of the code `refusal` where a customer may not set `target`."""
    if case.fields["resolverType"] == "AWS":
        raise _refused(refusal, case, "The status of an AWS supported case is set by AWS; use CloseCase to close it")
    if target not in SELF_MANAGED.get(case.status, set()):
        raise _refused(refusal, case, f"A case cannot go from {case.status} to {target}")


def _refused(code: str, case: Case, message: str) -> ApiError:
    return conflict(message, case.case_id, "Case") if code == "ConflictException" else invalid(message)


def unique(member: str, items: list[Any]) -> list[Any]:
    """`items` without repeats; a later one replaces an earlier one."""
    return list({DELTAS[member](item): item for item in items}.values())


def updated(fields: Fields, ask: Mapping[str, Any], *, last_region_stays: bool) -> Fields:
    """The members of the case that an UpdateCase changes, with their new values. Raises ApiError, changing nothing."""
    changed = {name: ask[name] for name in PLAIN if name in ask}
    for name in DELTAS:
        if f"{name}ToAdd" in ask or f"{name}ToDelete" in ask:
            changed[name] = _moved(name, fields[name], ask)
    if "caseMetadata" in ask:
        known = {entry["key"]: entry for entry in fields.get("caseMetadata", [])}
        changed["caseMetadata"] = list((known | {entry["key"]: entry for entry in ask["caseMetadata"]}).values())
        _require_room("caseMetadata", changed["caseMetadata"])
    if last_region_stays and fields["impactedAwsRegions"] and changed.get("impactedAwsRegions") == []:
        raise invalid("At least one impacted Region must remain")
    return changed


def _moved(name: str, items: list[Any], ask: Mapping[str, Any]) -> list[Any]:
    gone = {DELTAS[name](item) for item in ask.get(f"{name}ToDelete", ())}
    left = [item for item in items if DELTAS[name](item) not in gone]
    moved = unique(name, [*left, *ask.get(f"{name}ToAdd", ())])
    _require_room(name, moved)
    return moved


def _require_room(name: str, items: list[Any]) -> None:
    limit = structure("GetCaseResponse").members[name].metadata["max"]
    if len(items) > limit:
        raise invalid(f"A case holds at most {limit} {name}")
