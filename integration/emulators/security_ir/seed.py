"""Cases to start with: given ones, generated ones, or a small day at a security team."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jsonschema

from .people import ACTS, attach, open_case
from .protocol import check_input
from .records import RESPONDER
from .validation import checked

if TYPE_CHECKING:
    from .records import Caller, Fields
    from .service import Service

_CREATE = frozenset(
    {
        "resolverType", "title", "description", "engagementType", "reportedIncidentStartDate", "impactedAccounts",
        "watchers", "threatActorIpAddresses", "impactedServices", "impactedAwsRegions", "tags",
    }
)  # fmt: skip

_LISTS = ("comments", "attachments")
_OBJECTS = {"type": "array", "items": {"type": "object"}}

DAY: list[Fields] = [
    {
        "resolverType": "AWS",
        "title": "Unusual role assumption from an unknown network",
        "description": "GuardDuty reported sts:AssumeRole from an address outside the allowed ranges.",
        "engagementType": "Security Incident",
        "impactedAwsRegions": [{"region": "us-east-1"}],
        "impactedServices": ["IAM", "STS"],
        "threatActorIpAddresses": [{"ipAddress": "198.51.100.23"}],
        "status": "Detection and Analysis",
        "comments": [{"body": "We are looking at the sign-in events of the last 24 hours."}],
    },
    {
        "resolverType": "Self",
        "title": "Bucket policy opened to the public",
        "description": "An access analyzer finding on a bucket with log files.",
        "engagementType": "Investigation",
        "impactedAwsRegions": [{"region": "eu-central-1"}],
        "attachments": [{"fileName": "policy.json", "text": '{"Statement": []}'}],
    },
]


SCHEMA: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "cases": {"type": "array", "items": {"type": "object", "properties": dict.fromkeys(_LISTS, _OBJECTS)}},
        "count": {"type": "integer", "minimum": 0, "maximum": 10_000},
    },
}


def plant(service: Service, ask: Fields) -> list[str]:
    """Ids of the cases made. `cases` gives them, `count` generates so many, neither plants the small day.

    A case is a CreateCase input (what is missing is filled in) with optional `status`, `closureCode`, `comments`
    [{body, as}], `attachments` [{fileName, text, as}] and `as`. Raises ApiError or jsonschema.ValidationError.
    """
    jsonschema.validate(ask, SCHEMA)
    wanted = ask.get("cases") or [_generated(index) for index in range(ask.get("count", 0))] or DAY
    with service.lock:
        return [_plant_one(service, dict(each)) for each in wanted]


def _generated(index: int) -> Fields:
    return {"title": f"Generated case {index}", "description": f"Case {index} of a generated set."}


def _plant_one(service: Service, wanted: Fields) -> str:
    caller = _author(service, wanted)
    case_id: str = open_case(service, caller, _complete(service, wanted))["caseId"]
    case = service.case(case_id)
    for each in wanted.get("comments", ()):
        ACTS["comment"](service, _author(service, each), case, each)
    for each in wanted.get("attachments", ()):
        attach(service, _author(service, each), case, each.get("fileName", ""), str(each.get("text", "")).encode())
    if "status" in wanted:
        ACTS["status"](service, caller, case, wanted)
    return case_id


def _author(service: Service, ask: Fields) -> Caller:
    return service.caller(checked("PrincipalId", ask.get("as", RESPONDER), "/as"))


def _complete(service: Service, wanted: Fields) -> Fields:
    given: dict[str, Any] = {name: value for name, value in wanted.items() if name in _CREATE}
    filled = {
        "resolverType": "Self",
        "title": "Case",
        "description": "A case to start with.",
        "engagementType": "Security Incident",
        "reportedIncidentStartDate": service.clock() - 3600,
        "impactedAccounts": [service.account],
        "watchers": [],
    }
    return check_input("CreateCase", filled | given)
