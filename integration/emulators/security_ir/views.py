"""The state as JSON, whole: what tests compare and the console shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .records import Attachment, Case
    from .service import World


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


def state_view(world: World) -> dict[str, Any]:
    return {
        "account": world.account,
        "region": world.region,
        "now": world.clock(),
        "seq": world.changes.last,
        "cases": [case_view(case) for case in world.cases.values()],
        "memberships": [{**each.fields, "tags": each.tags} for each in world.memberships.values()],
        "events": {"total": len(world.outbox.events), "waiting": world.outbox.waiting},
        "faults": world.faults.as_json(),
        "config": world.switches.as_json(),
    }
