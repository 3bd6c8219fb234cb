"""The data the service keeps: cases, files, memberships. Members of the API stand in dicts under its own names."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

Fields = dict[str, Any]

RESPONDER = "AWS Responder"
SYSTEM = "security-ir.amazonaws.com"
CLOSED = "Closed"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who acts: `principal` is what `creator` and edits show, `base_url` where they reached this server."""

    principal: str
    account: str
    base_url: str = ""

    @property
    def actor(self) -> str:
        """As native events name it: an API caller is the bare account id, whoever it was."""
        if self.principal in {RESPONDER, SYSTEM}:
            return self.principal
        account = re.search(r"::(\d{12}):", self.principal)
        return account[1] if account else self.account


@dataclass(slots=True)
class Attachment:
    """A file of a case. `path` is empty until its bytes arrived; `scan_due` is when the scan ends, None: held."""

    attachment_id: str
    file_name: str
    creator: str
    created: float
    status: str = "Pending"
    path: Path | None = None
    size_bytes: int = 0
    sha256: str = ""
    infected: bool = False
    scan_due: float | None = None

    @property
    def fields(self) -> Fields:
        """CaseAttachmentAttributes."""
        return {
            "attachmentId": self.attachment_id,
            "fileName": self.file_name,
            "attachmentStatus": self.status,
            "creator": self.creator,
            "createdDate": self.created,
        }


@dataclass(slots=True)
class Case:
    """A case. `fields` are the members of GetCase but its attachments; comments and the like are list items."""

    case_id: str
    fields: Fields
    tags: dict[str, str] = field(default_factory=dict)
    comments: dict[str, Fields] = field(default_factory=dict)
    attachments: dict[str, Attachment] = field(default_factory=dict)
    investigations: dict[str, Fields] = field(default_factory=dict)
    edits: list[Fields] = field(default_factory=list)

    @property
    def arn(self) -> str:
        return str(self.fields["caseArn"])

    @property
    def status(self) -> str:
        return str(self.fields["caseStatus"])

    @property
    def closed(self) -> bool:
        return self.status == CLOSED


@dataclass(slots=True)
class Membership:
    """A membership; `fields` are the members of GetMembership, `findings` the counters of GetFindingMetrics."""

    membership_id: str
    fields: Fields
    tags: dict[str, str] = field(default_factory=dict)
    findings: dict[str, int] = field(default_factory=dict)
