"""Acts of AWS responders and their systems on a case, which no customer API offers.

Values are checked against the model, transitions are not: responders set any status, also one step back. Only
Closed is final for them too. Acts of a customer person go through the API's operations instead (admin.py).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

from .attachments import Intake, finish_scan, require_place, store
from .cases import close, create_case, create_case_comment, set_status, update_case_comment
from .errors import conflict, invalid, not_found
from .model import structure
from .presigned import Ticket
from .protocol import check_input
from .validation import checked

if TYPE_CHECKING:
    from collections.abc import Callable

    from .records import Caller, Case, Fields
    from .service import Service

    Act = Callable[[Service, Caller, Case, Fields], Fields]

_CHANGEABLE = (
    "title", "description", "engagementType", "reportedIncidentStartDate", "actualIncidentStartDate", "watchers",
    "threatActorIpAddresses", "impactedServices", "impactedAwsRegions", "impactedAccounts",
)  # fmt: skip


def open_case(service: Service, caller: Caller, ask: Fields) -> Fields:
    """CreateCase as a responder, in proactive response for example."""
    return create_case(service, caller, check_input("CreateCase", ask))


def status(service: Service, caller: Caller, case: Case, ask: Fields) -> Fields:
    target = _member("CaseStatus", ask, "status")
    if case.closed:
        raise conflict(f"Case {case.case_id} is closed", case.case_id, "Case")
    if target == "Closed":
        return close_with(service, caller, case, ask)
    set_status(service, caller, case, target)
    return {"status": case.status}


def close_with(service: Service, caller: Caller, case: Case, ask: Fields) -> Fields:
    code = _member("ClosureCode", ask, "closureCode") if "closureCode" in ask else None
    if case.closed:
        raise conflict(f"Case {case.case_id} is closed", case.case_id, "Case")
    close(service, caller, case, code)
    return {"status": case.status}


def pending_action(service: Service, caller: Caller, case: Case, ask: Fields) -> Fields:
    case.fields["pendingAction"] = _member("PendingAction", ask, "pendingAction")
    service.record(case, caller, "PendingActionUpdated", f"Pending action: {case.fields['pendingAction']}")
    return {"pendingAction": case.fields["pendingAction"]}


def comment(service: Service, caller: Caller, case: Case, ask: Fields) -> Fields:
    body = _member("CommentBody", ask, "body")
    return create_case_comment(service, caller, {"caseId": case.case_id, "body": body})


def edit_comment(service: Service, caller: Caller, case: Case, ask: Fields) -> Fields:
    given = {"caseId": case.case_id, "body": _member("CommentBody", ask, "body"), "commentId": ask.get("commentId")}
    return update_case_comment(service, caller, given)


def fields(service: Service, caller: Caller, case: Case, ask: Fields) -> Fields:
    """Set members of the case to whole new values, lists too."""
    unknown = sorted(ask.keys() - set(_CHANGEABLE))
    if unknown or not ask:
        raise invalid(f"Name at least one of {', '.join(_CHANGEABLE)}, and nothing else")
    members = structure("GetCaseResponse").members
    case.fields |= {name: checked(members[name].name, value, f"/{name}") for name, value in ask.items()}
    service.record(case, caller, "CaseUpdated", f"Updated {', '.join(sorted(ask))}", members=sorted(ask))
    return {}


def metadata(service: Service, caller: Caller, case: Case, ask: Fields) -> Fields:
    """The whole caseMetadata, as key and value."""
    entries = [{"key": key, "value": value} for key, value in ask.items()]
    case.fields["caseMetadata"] = checked("CaseMetadata", entries, "/caseMetadata")
    service.record(case, caller, "MetadataUpdated", "Updated the metadata of the case")
    return {}


def investigation(service: Service, caller: Caller, case: Case, ask: Fields) -> Fields:
    """Add an investigation action, or change the one of that id."""
    given = ask.get("investigationId") or service.name("inv-")
    new = {"actionType": "Investigation", "status": "InProgress", "title": "Investigation", "content": "Started"}
    known = case.investigations.get(given, new)
    entry = {**known, **ask, "investigationId": given, "lastUpdated": service.clock()}
    case.investigations[given] = checked("InvestigationAction", entry)
    service.record(case, caller, "InvestigationUpdated", f"Updated investigation {given}", investigationId=given)
    return {"investigationId": given}


def tags(service: Service, caller: Caller, case: Case, ask: Fields) -> Fields:
    """The whole set of tags."""
    case.tags = checked("TagMap", ask)
    service.record(case, caller, "TagsUpdated", "Updated the tags of the case")
    return {}


def scan(service: Service, _: Caller, case: Case, ask: Fields) -> Fields:
    """End the scan of one attachment, or of all that wait; without `status` the content decides."""
    result = _member("CaseAttachmentStatus", ask, "status") if "status" in ask else None
    waiting = [each for each in case.attachments.values() if each.status == "Pending" and each.path]
    named = [each for each in waiting if ask.get("attachmentId") in {None, each.attachment_id}]
    if not named:
        raise not_found("No such attachment waits for its scan")
    for each in named:
        finish_scan(service, case, each, result)
    return {"attachmentIds": [each.attachment_id for each in named]}


ACTS: dict[str, Act] = {
    "status": status,
    "close": close_with,
    "pending-action": pending_action,
    "comment": comment,
    "edit-comment": edit_comment,
    "fields": fields,
    "metadata": metadata,
    "investigation": investigation,
    "tags": tags,
    "scan": scan,
}
"""What `POST /_admin/cases/{id}/{act}` offers."""


def attach(service: Service, caller: Caller, case: Case, file_name: str, content: bytes) -> Fields:
    """A file straight into the case; the scan follows as for any other."""
    name = checked("FileName", file_name, "/fileName")
    checked("ContentLength", len(content), "/content")
    require_place(case, name)
    ticket = Ticket(case.case_id, service.uuid(), name, len(content), caller.principal)
    service.tickets[ticket.attachment_id] = ticket
    intake = Intake(service.files / uuid4().hex)
    intake.write(content)
    store(service, ticket, intake)
    return {"attachmentId": ticket.attachment_id}


def _member(shape: str, ask: Fields, name: str) -> Any:
    return checked(shape, ask.get(name), f"/{name}")
