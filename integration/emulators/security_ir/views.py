"""The state as JSON, whole: what tests compare and the console shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .records import Attachment, Case
    from .service import Service


def case_view(case: Case) -> dict[str, Any]:
    return {
        "caseId": case.case_id,
        **case.fields,
        "tags": case.tags,
        "comments": list(case.comments.values()),
        "caseAttachments": [_attachment_view(each) for each in case.attachments.values()],
        "investigations": list(case.investigations.values()),
        "edits": case.edits,
    }


def _attachment_view(attachment: Attachment) -> dict[str, Any]:
    stored = {"sizeBytes": attachment.size_bytes, "sha256": attachment.sha256, "stored": attachment.path is not None}
    return {**attachment.fields, **stored}


def state_view(service: Service) -> dict[str, Any]:
    return {
        "account": service.account,
        "region": service.region,
        "now": service.clock(),
        "last": service.changes.last,
        "cases": [case_view(case) for case in service.cases.values()],
        "memberships": [{**each.fields, "tags": each.tags} for each in service.memberships.values()],
        "events": {"total": len(service.outbox.events), "waiting": service.outbox.waiting},
        "faults": service.faults.as_json(),
        "config": service.switches.as_json(),
    }
