"""The operations on cases, their comments, edits and investigations. Each takes (world, caller, checked input)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .errors import conflict, invalid, not_found, over_quota
from .lifecycle import DELTAS, SUBMITTED, require_transition, unique, updated
from .paging import page
from .records import CLOSED, Case

if TYPE_CHECKING:
    from .records import Caller, Fields
    from .service import World

COMMENTS_PER_CASE = 10**6  # a commentId has six digits


def create_case(world: World, caller: Caller, ask: Fields) -> Fields:
    now = world.clock()
    case_id = world.digits(10)
    while case_id in world.cases:
        case_id = world.digits(10)
    given = {name: ask[name] for name in ("title", "description", "engagementType", "resolverType")}
    fields = {
        **given,
        **{name: unique(name, ask.get(name, [])) for name in DELTAS},
        "reportedIncidentStartDate": ask["reportedIncidentStartDate"],
        "caseArn": f"arn:aws:security-ir:{world.region}:{world.account}:case/{case_id}",
        "caseStatus": SUBMITTED,
        "pendingAction": "None",
        "createdDate": now,
        "lastUpdatedDate": now,
    }
    case = world.cases[case_id] = Case(case_id, fields, require_tags(ask.get("tags", {})))
    world.record(case, caller, "CaseCreated", "Created the case")
    return {"caseId": case_id}


def require_tags(tags: dict[str, str]) -> dict[str, str]:
    """A copy of tags a customer may set. Raises ApiError."""
    if any(key.lower().startswith("aws:") for key in tags):
        raise invalid("Tag keys that start with aws: are reserved")
    return dict(tags)


def get_case(world: World, _: Caller, ask: Fields) -> Fields:
    case = world.case(ask["caseId"])
    return {**case.fields, "caseAttachments": [each.fields for each in case.attachments.values()]}


def list_cases(world: World, _: Caller, ask: Fields) -> Fields:
    items = {case.case_id: {**case.fields, "caseId": case.case_id} for case in world.cases.values()}
    return _listed(world, ask, items, "ListCases")


def _listed(world: World, ask: Fields, items: dict[str, Fields], scope: str) -> Fields:
    found, token = page(items, world.order(), scope, ask.get("maxResults"), ask.get("nextToken"))
    return {"items": found, "nextToken": token, "total": len(items)}


def update_case(world: World, caller: Caller, ask: Fields) -> Fields:
    case = world.case(ask["caseId"])
    changed = updated(case.fields, ask, last_region_stays=world.switches.last_region_stays)
    case.fields |= changed
    kind = "MetadataUpdated" if set(changed) == {"caseMetadata"} else "CaseUpdated"
    world.record(case, caller, kind, f"Updated {', '.join(changed) or 'nothing'}", members=sorted(changed))
    return {}


def update_case_status(world: World, caller: Caller, ask: Fields) -> Fields:
    case = world.case(ask["caseId"])
    require_transition(case, ask["caseStatus"], world.switches.status_refusal)
    set_status(world, caller, case, ask["caseStatus"])
    return {"caseStatus": case.status}


def set_status(world: World, caller: Caller, case: Case, status: str) -> None:
    before, case.fields["caseStatus"] = case.status, status
    world.record(case, caller, "StatusUpdated", f"Changed the status from {before} to {status}", status=status)


def close_case(world: World, caller: Caller, ask: Fields) -> Fields:
    case = world.case(ask["caseId"])
    close(world, caller, case)
    return {"caseStatus": case.status, "closedDate": case.fields["closedDate"]}


def close(world: World, caller: Caller, case: Case, closure_code: str | None = None) -> None:
    """A repeated close, where the switches let it through, keeps the first date."""
    case.fields |= {"caseStatus": CLOSED, "pendingAction": "None"}
    case.fields.setdefault("closedDate", world.clock())
    if closure_code:
        case.fields["closureCode"] = closure_code
    world.record(case, caller, "CaseClosed", "Closed the case", status=CLOSED)


def update_resolver_type(world: World, caller: Caller, ask: Fields) -> Fields:
    case = world.case(ask["caseId"])
    if case.fields["resolverType"] == "AWS" or ask["resolverType"] == "Self":
        raise conflict("The resolver type changes from Self to AWS only", case.case_id, "Case")
    case.fields["resolverType"] = ask["resolverType"]
    world.record(case, caller, "ResolverUpdated", "Changed the resolver type to AWS")
    return {"caseId": case.case_id, "caseStatus": case.status, "resolverType": ask["resolverType"]}


def create_case_comment(world: World, caller: Caller, ask: Fields) -> Fields:
    case = world.case(ask["caseId"])
    if len(case.comments) >= COMMENTS_PER_CASE:
        raise over_quota("The case holds no more comments", case.case_id, "Case")
    now, comment_id = world.clock(), f"{len(case.comments):06d}"
    case.comments[comment_id] = {
        "commentId": comment_id,
        "createdDate": now,
        "lastUpdatedDate": now,
        "creator": caller.principal,
        "lastUpdatedBy": caller.principal,
        "body": ask["body"],
    }
    world.record(case, caller, "CommentAdded", f"Added comment {comment_id}", commentId=comment_id)
    return {"commentId": comment_id}


def update_case_comment(world: World, caller: Caller, ask: Fields) -> Fields:
    case, comment_id = world.case(ask["caseId"]), ask["commentId"]
    if comment_id not in case.comments:
        raise not_found(f"Comment {comment_id} was not found")
    changed = {"body": ask["body"], "lastUpdatedDate": world.clock(), "lastUpdatedBy": caller.principal}
    case.comments[comment_id] |= changed
    world.record(case, caller, "CommentUpdated", f"Updated comment {comment_id}", commentId=comment_id)
    return {"commentId": comment_id, "body": ask["body"]}


def list_comments(world: World, _: Caller, ask: Fields) -> Fields:
    case = world.case(ask["caseId"])
    return _listed(world, ask, case.comments, f"ListComments/{case.case_id}")


def list_case_edits(world: World, _: Caller, ask: Fields) -> Fields:
    case = world.case(ask["caseId"])
    edits = {str(index): edit for index, edit in enumerate(case.edits)}
    return _listed(world, ask, edits, f"ListCaseEdits/{case.case_id}")


def list_investigations(world: World, _: Caller, ask: Fields) -> Fields:
    case = world.case(ask["caseId"])
    listed = _listed(world, ask, case.investigations, f"ListInvestigations/{case.case_id}")
    return {"investigationActions": listed["items"], "nextToken": listed["nextToken"]}


def send_feedback(world: World, _: Caller, ask: Fields) -> Fields:
    case, result_id = world.case(ask["caseId"]), ask["resultId"]
    if result_id not in case.investigations:
        raise not_found(f"Result {result_id} was not found")
    feedback = {name: ask[name] for name in ("usefulness", "comment") if name in ask}
    case.investigations[result_id]["feedback"] = {**feedback, "submittedAt": world.clock()}
    return {}
