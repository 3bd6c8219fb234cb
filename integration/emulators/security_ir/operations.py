"""Every operation of the model and the function that answers it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from . import attachments, cases, memberships, tags

if TYPE_CHECKING:
    from collections.abc import Callable

    from .records import Caller, Fields
    from .service import Service

OPERATIONS: dict[str, Callable[[Service, Caller, Fields], Fields]] = {
    "CreateCase": cases.create_case,
    "GetCase": cases.get_case,
    "ListCases": cases.list_cases,
    "UpdateCase": cases.update_case,
    "UpdateCaseStatus": cases.update_case_status,
    "CloseCase": cases.close_case,
    "UpdateResolverType": cases.update_resolver_type,
    "CreateCaseComment": cases.create_case_comment,
    "UpdateCaseComment": cases.update_case_comment,
    "ListComments": cases.list_comments,
    "ListCaseEdits": cases.list_case_edits,
    "GetCaseAttachmentUploadUrl": attachments.get_case_attachment_upload_url,
    "GetCaseAttachmentDownloadUrl": attachments.get_case_attachment_download_url,
    "ListInvestigations": cases.list_investigations,
    "SendFeedback": cases.send_feedback,
    "TagResource": tags.tag_resource,
    "UntagResource": tags.untag_resource,
    "ListTagsForResource": tags.list_tags_for_resource,
    "CreateMembership": memberships.create_membership,
    "GetMembership": memberships.get_membership,
    "UpdateMembership": memberships.update_membership,
    "CancelMembership": memberships.cancel_membership,
    "ListMemberships": memberships.list_memberships,
    "BatchGetMemberAccountDetails": memberships.batch_get_member_account_details,
    "GetFindingMetrics": memberships.get_finding_metrics,
}


def invoke(service: Service, caller: Caller, operation: str, ask: Fields) -> Fields:
    """Run one operation on checked input, whole or not at all. Raises ApiError."""
    with service.lock:
        if "Membership" not in operation:
            service.require_membership()
        return service.tokens.once(operation, ask, partial(_run, service, caller, operation, ask))


def _run(service: Service, caller: Caller, operation: str, ask: Fields) -> Fields:
    if "caseId" in ask:
        service.require_open(operation, service.case(ask["caseId"]))
    return OPERATIONS[operation](service, caller, ask)
