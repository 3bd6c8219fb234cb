"""The operations on cases, their comments, edits and investigations. Each takes (service, caller, checked input)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .errors import conflict, invalid, not_found, over_quota
from .lifecycle import DELTAS, SUBMITTED, require_transition, unique, updated
from .paging import page
from .records import CLOSED, Case

if TYPE_CHECKING:
    from .records import Caller, Fields
    from .service import Service

COMMENTS_PER_CASE = 10**6  # a commentId has six digits


def create_case(service: Service, caller: Caller, ask: Fields) -> Fields:
    now = service.clock()
    case_id = service.digits(10)
    while case_id in service.cases:
        case_id = service.digits(10)
    given = {name: ask[name] for name in ("title", "description", "engagementType", "resolverType")}
    fields = {
        **given,
        **{name: unique(name, ask.get(name, [])) for name in DELTAS},
        "reportedIncidentStartDate": ask["reportedIncidentStartDate"],
        "caseArn": f"arn:aws:security-ir:{service.region}:{service.account}:case/{case_id}",
        "caseStatus": SUBMITTED,
        "pendingAction": "None",
        "createdDate": now,
        "lastUpdatedDate": now,
    }
    case = service.cases[case_id] = Case(case_id, fields, require_tags(ask.get("tags", {})))
    service.record(case, caller, "CaseCreated", "Created the case")
    return {"caseId": case_id}


def require_tags(tags: dict[str, str]) -> dict[str, str]:
    """A copy of tags a customer may set. Raises ApiError."""
    if any(key.lower().startswith("aws:") for key in tags):
        raise invalid("Tag keys that start with aws: are reserved")
    return dict(tags)


def get_case(service: Service, _: Caller, ask: Fields) -> Fields:
    case = service.case(ask["caseId"])
    return {**case.fields, "caseAttachments": [each.fields for each in case.attachments.values()]}


def list_cases(service: Service, _: Caller, ask: Fields) -> Fields:
    items = {case.case_id: {**case.fields, "caseId": case.case_id} for case in service.cases.values()}
    return _listed(service, ask, items, "ListCases")


def _listed(service: Service, ask: Fields, items: dict[str, Fields], scope: str) -> Fields:
    found, token = page(items, service.order(), scope, ask.get("maxResults"), ask.get("nextToken"))
    return {"items": found, "nextToken": token, "total": len(items)}


def update_case(service: Service, caller: Caller, ask: Fields) -> Fields:
    case = service.case(ask["caseId"])
    changed = updated(case.fields, ask, last_region_stays=service.switches.last_region_stays)
    case.fields |= changed
    kind = "MetadataUpdated" if set(changed) == {"caseMetadata"} else "CaseUpdated"
    service.record(case, caller, kind, f"Updated {', '.join(changed) or 'nothing'}", members=sorted(changed))
    return {}


def update_case_status(service: Service, caller: Caller, ask: Fields) -> Fields:
    case = service.case(ask["caseId"])
    require_transition(case, ask["caseStatus"], service.switches.status_refusal)
    set_status(service, caller, case, ask["caseStatus"])
    return {"caseStatus": case.status}


def set_status(service: Service, caller: Caller, case: Case, status: str) -> None:
    before, case.fields["caseStatus"] = case.status, status
    service.record(case, caller, "StatusUpdated", f"Changed the status from {before} to {status}", status=status)


def close_case(service: Service, caller: Caller, ask: Fields) -> Fields:
    case = service.case(ask["caseId"])
    close(service, caller, case)
    return {"caseStatus": case.status, "closedDate": case.fields["closedDate"]}


def close(service: Service, caller: Caller, case: Case, closure_code: str | None = None) -> None:
    """A repeated close, where the switches let it through, keeps the first date."""
    case.fields |= {"caseStatus": CLOSED, "pendingAction": "None"}
    case.fields.setdefault("closedDate", service.clock())
    if closure_code:
        case.fields["closureCode"] = closure_code
    service.record(case, caller, "CaseClosed", "Closed the case", status=CLOSED)


def update_resolver_type(service: Service, caller: Caller, ask: Fields) -> Fields:
    case = service.case(ask["caseId"])
    if case.fields["resolverType"] == "AWS" or ask["resolverType"] == "Self":
        raise conflict("The resolver type changes from Self to AWS only", case.case_id, "Case")
    case.fields["resolverType"] = ask["resolverType"]
    service.record(case, caller, "ResolverUpdated", "Changed the resolver type to AWS")
    return {"caseId": case.case_id, "caseStatus": case.status, "resolverType": ask["resolverType"]}


def create_case_comment(service: Service, caller: Caller, ask: Fields) -> Fields:
    case = service.case(ask["caseId"])
    if len(case.comments) >= COMMENTS_PER_CASE:
        raise over_quota("The case holds no more comments", case.case_id, "Case")
    now, comment_id = service.clock(), f"{len(case.comments):06d}"
    case.comments[comment_id] = {
        "commentId": comment_id,
        "createdDate": now,
        "lastUpdatedDate": now,
        "creator": caller.principal,
        "lastUpdatedBy": caller.principal,
        "body": ask["body"],
    }
    service.record(case, caller, "CommentAdded", f"Added comment {comment_id}", commentId=comment_id)
    return {"commentId": comment_id}


def update_case_comment(service: Service, caller: Caller, ask: Fields) -> Fields:
    case, comment_id = service.case(ask["caseId"]), ask["commentId"]
    if comment_id not in case.comments:
        raise not_found(f"Comment {comment_id} was not found")
    changed = {"body": ask["body"], "lastUpdatedDate": service.clock(), "lastUpdatedBy": caller.principal}
    case.comments[comment_id] |= changed
    service.record(case, caller, "CommentUpdated", f"Updated comment {comment_id}", commentId=comment_id)
    return {"commentId": comment_id, "body": ask["body"]}


def list_comments(service: Service, _: Caller, ask: Fields) -> Fields:
    case = service.case(ask["caseId"])
    return _listed(service, ask, case.comments, f"ListComments/{case.case_id}")


def list_case_edits(service: Service, _: Caller, ask: Fields) -> Fields:
    case = service.case(ask["caseId"])
    edits = {str(index): edit for index, edit in enumerate(case.edits)}
    return _listed(service, ask, edits, f"ListCaseEdits/{case.case_id}")


def list_investigations(service: Service, _: Caller, ask: Fields) -> Fields:
    case = service.case(ask["caseId"])
    listed = _listed(service, ask, case.investigations, f"ListInvestigations/{case.case_id}")
    return {"investigationActions": listed["items"], "nextToken": listed["nextToken"]}


def send_feedback(service: Service, _: Caller, ask: Fields) -> Fields:
    case, result_id = service.case(ask["caseId"]), ask["resultId"]
    if result_id not in case.investigations:
        raise not_found(f"Result {result_id} was not found")
    feedback = {name: ask[name] for name in ("usefulness", "comment") if name in ask}
    case.investigations[result_id]["feedback"] = {**feedback, "submittedAt": service.clock()}
    return {}
