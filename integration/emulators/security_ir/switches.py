"""Switches for what the published facts leave open, and for tests; docs/emulators/security_ir.md shows them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from integration.emulators.kit import switches as kit
from integration.emulators.kit.switches import Switch, described, switch

ASSUMED = "assumed: only a live account can settle it"
"""Such a default is the one that is harder on a client."""

CHANGES = (
    "CaseCreated", "CaseUpdated", "StatusUpdated", "ResolverUpdated", "PendingActionUpdated", "MetadataUpdated",
    "CaseClosed", "CommentAdded", "CommentUpdated", "AttachmentUploaded", "AttachmentScanned", "TagsUpdated",
    "InvestigationUpdated",
)  # fmt: skip
"""Everything that can happen to a case, whoever does it."""

DETAIL_TYPES = ("Case Created", "Case Updated", "Case Closed", "Case Comment Added", "Case Comment Updated")


_UPDATES = (
    "CaseUpdated", "StatusUpdated", "ResolverUpdated", "PendingActionUpdated", "MetadataUpdated", "AttachmentScanned",
)  # fmt: skip
_EMISSIONS = {
    "CaseCreated": ["Case Created"],
    "CaseClosed": ["Case Closed"],
    "CommentAdded": ["Case Comment Added"],
    "CommentUpdated": ["Case Comment Updated"],
    **{change: ["Case Updated"] for change in _UPDATES},
}
_REFUSED = [
    "UpdateCase", "UpdateCaseStatus", "UpdateResolverType", "CloseCase", "CreateCaseComment", "UpdateCaseComment",
    "GetCaseAttachmentUploadUrl",
]  # fmt: skip
_QUIET = [
    "CommentAdded", "CommentUpdated", "AttachmentUploaded", "AttachmentScanned", "TagsUpdated", "InvestigationUpdated",
]  # fmt: skip
_EXPIRY = {"type": "integer", "minimum": 1, "maximum": 604800}


def _among(names: tuple[str, ...]) -> dict[str, Any]:
    return {"type": "array", "items": {"enum": list(names)}}


@dataclass
class Switches(kit.Switches):
    """One switch per unknown."""

    list_order: str = switch(
        "shuffled",
        "order of every list: `insertion`, `reverse`, or `shuffled` (repeatable by seed)",
        among=("insertion", "reverse", "shuffled"),
        source=ASSUMED,
    )
    closed_refuses: list[str] = switch(
        _REFUSED, "operations that meet `ConflictException` on a closed case", source=ASSUMED
    )
    last_updated_ignores: list[str] = switch(
        _QUIET, "changes that leave `lastUpdatedDate` alone", schema=_among(CHANGES), source=ASSUMED
    )
    emissions: dict[str, list[str]] = switch(
        _EMISSIONS,
        "native events by change",
        schema={
            "type": "object",
            "propertyNames": {"enum": list(CHANGES)},
            "additionalProperties": _among(DETAIL_TYPES),
        },
        source=ASSUMED,
    )
    status_refusal: str = switch(
        "ValidationException",
        "code for an illegal step and for any step of an AWS supported case; or `ConflictException`",
        among=("ValidationException", "ConflictException"),
        source=ASSUMED,
    )
    last_region_stays: bool = switch(True, "removing all impacted Regions is refused")
    attachment_listed_from: str = switch(
        "upload",
        "`url`: a file is listed as Pending, and its name taken, once its upload URL was asked for",
        among=("upload", "url"),
        source=ASSUMED,
    )
    scan_delay_s: float | None = switch(
        1.0, "seconds from upload to the scan's end; 0 at once; `null` held until an admin releases it"
    )
    upload_url_expiry_s: int = switch(900, "life of presigned URLs to upload to", schema=_EXPIRY, source=ASSUMED)
    download_url_expiry_s: int = switch(900, "life of presigned URLs to download from", schema=_EXPIRY, source=ASSUMED)
    event_delay_s: float = switch(0.0, "all native events this much later")
    rate_limit_per_s: float | None = switch(
        None,
        "calls per second for one principal and operation, then 429; `null` for no limit",
        schema={"type": ["number", "null"], "exclusiveMinimum": 0},
    )
    principals: dict[str, str] = switch({}, "access key id to principal ARN")


SWITCHES: dict[str, Switch] = described(Switches)
