"""What the published facts leave open, and what a test wants otherwise. Names are those of `PATCH /_admin/config`."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from typing import Any

import jsonschema

CHANGES = (
    "CaseCreated", "CaseUpdated", "StatusUpdated", "ResolverUpdated", "PendingActionUpdated", "MetadataUpdated",
    "CaseClosed", "CommentAdded", "CommentUpdated", "AttachmentUploaded", "AttachmentScanned", "TagsUpdated",
    "InvestigationUpdated",
)  # fmt: skip
"""Everything that can happen to a case, whoever does it."""

DETAIL_TYPES = ("Case Created", "Case Updated", "Case Closed", "Case Comment Added", "Case Comment Updated")


def _emissions() -> dict[str, list[str]]:
    updated = (
        "CaseUpdated", "StatusUpdated", "ResolverUpdated", "PendingActionUpdated", "MetadataUpdated",
        "AttachmentScanned",
    )  # fmt: skip
    return {
        "CaseCreated": ["Case Created"],
        "CaseClosed": ["Case Closed"],
        "CommentAdded": ["Case Comment Added"],
        "CommentUpdated": ["Case Comment Updated"],
        **{change: ["Case Updated"] for change in updated},
    }


def _closed_refuses() -> list[str]:
    return [
        "UpdateCase", "UpdateCaseStatus", "UpdateResolverType", "CloseCase", "CreateCaseComment", "UpdateCaseComment",
        "GetCaseAttachmentUploadUrl",
    ]  # fmt: skip


def _quiet() -> list[str]:
    return [
        "CommentAdded", "CommentUpdated", "AttachmentUploaded", "AttachmentScanned", "TagsUpdated",
        "InvestigationUpdated",
    ]  # fmt: skip


@dataclass
class Switches:
    """One switch per unknown; docs/emulators/security_ir.md says what each stands for."""

    list_order: str = "shuffled"
    closed_refuses: list[str] = field(default_factory=_closed_refuses)
    last_updated_ignores: list[str] = field(default_factory=_quiet)
    emissions: dict[str, list[str]] = field(default_factory=_emissions)
    status_refusal: str = "ValidationException"
    last_region_stays: bool = True
    attachment_listed_from: str = "upload"
    scan_delay_s: float | None = 1.0
    upload_url_expiry_s: int = 900
    download_url_expiry_s: int = 900
    event_delay_s: float = 0.0
    latency_s: float = 0.0
    rate_limit_per_s: float | None = None
    principals: dict[str, str] = field(default_factory=dict)

    def update(self, values: Any) -> None:
        """Set some switches. Raises jsonschema.ValidationError, and then none is set."""
        jsonschema.validate(values, SCHEMA)
        for name, value in values.items():
            setattr(self, name, value)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


_names = {"type": "array", "items": {"type": "string"}}
_changes = {"type": "array", "items": {"enum": list(CHANGES)}}
_seconds = {"type": "number", "minimum": 0}
SCHEMA: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "list_order": {"enum": ["insertion", "reverse", "shuffled"]},
        "closed_refuses": _names,
        "last_updated_ignores": _changes,
        "emissions": {
            "type": "object",
            "propertyNames": {"enum": list(CHANGES)},
            "additionalProperties": {"type": "array", "items": {"enum": list(DETAIL_TYPES)}},
        },
        "status_refusal": {"enum": ["ValidationException", "ConflictException"]},
        "last_region_stays": {"type": "boolean"},
        "attachment_listed_from": {"enum": ["upload", "url"]},
        "scan_delay_s": {"anyOf": [_seconds, {"type": "null"}]},
        "upload_url_expiry_s": {"type": "integer", "minimum": 1, "maximum": 604800},
        "download_url_expiry_s": {"type": "integer", "minimum": 1, "maximum": 604800},
        "event_delay_s": _seconds,
        "latency_s": _seconds,
        "rate_limit_per_s": {"anyOf": [{"type": "number", "exclusiveMinimum": 0}, {"type": "null"}]},
        "principals": {"type": "object", "additionalProperties": {"type": "string"}},
    },
}
NAMES = tuple(each.name for each in fields(Switches))
