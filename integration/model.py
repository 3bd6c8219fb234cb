"""Cases, incidents, comments and attachments as frozen snapshots of what one read returned.

Case: AWS side. Incident: ServiceNow side, either table. Values are kept raw, as the API gave them;
translating them is the mappers' business. Times are aware datetimes in UTC.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

Value = str | tuple[str, ...]
"""One synced value: a text, or a sorted set of texts (watchers)."""


class CaseStatus(StrEnum):
    """The seven statuses a case can show. Only four can be set by UpdateCaseStatus, Closed by CloseCase."""

    SUBMITTED = "Submitted"
    ACKNOWLEDGED = "Acknowledged"
    DETECTION = "Detection and Analysis"
    CONTAINMENT = "Containment, Eradication and Recovery"
    POST_INCIDENT = "Post-incident Activities"
    READY_TO_CLOSE = "Ready to Close"
    CLOSED = "Closed"


class Resolver(StrEnum):
    """Who works the case: AWS responders, or the customer."""

    AWS = "AWS"
    SELF = "Self"


@dataclass(frozen=True, slots=True)
class Comment:
    """One comment of a case. `creator` is `AWS Responder`, an account id, an ARN, or `security-ir.amazonaws.com`."""

    comment_id: str
    body: str
    creator: str
    created: datetime
    updated: datetime
    updated_by: str = ""


@dataclass(frozen=True, slots=True)
class CaseAttachment:
    """One file of a case; `status` is Pending, Verified or Failed (malware scan). Its size shows on download only."""

    attachment_id: str
    file_name: str
    status: str
    creator: str
    created: datetime


@dataclass(frozen=True, slots=True)
class Investigation:
    """One result of AWS's own investigation, markdown."""

    investigation_id: str
    action_type: str
    title: str
    content: str
    status: str
    updated: datetime


@dataclass(frozen=True, slots=True)
class Case:
    """A case as GetCase, all pages of ListComments and (where asked for) its tags showed it.

    `values` holds the fields a mapping can name, by their API names (title, description, engagementType,
    closureCode, pendingAction, resolverType, reportedIncidentStartDate and actualIncidentStartDate as ISO 8601) as
    texts, and impactedAccounts, impactedServices, impactedAwsRegions, threatActorIpAddresses, watchers (e-mail
    addresses) as sorted tuples.
    """

    case_id: str
    arn: str
    status: str
    values: Mapping[str, Value]
    comments: tuple[Comment, ...] = ()
    comments_read: bool = True
    """False: nobody asked for them, so `comments` says nothing."""
    attachments: tuple[CaseAttachment, ...] = ()
    investigations: tuple[Investigation, ...] = ()
    updated: datetime | None = None
    created: datetime | None = None

    @property
    def closed(self) -> bool:
        return self.status == CaseStatus.CLOSED

    @property
    def aws_managed(self) -> bool:
        return self.values.get("resolverType") == Resolver.AWS


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One row of sys_journal_field: `element` is comments or work_notes, `author` a user_name.

    Where the rows are hidden, one entry as the record displays it: `sys_id` is an id made for it, `author` a display
    name, and `element` empty where its kind cannot be told.
    """

    sys_id: str
    element: str
    text: str
    author: str
    created: datetime


@dataclass(frozen=True, slots=True)
class IncidentAttachment:
    """One row of sys_attachment. `sha256` is ServiceNow's hash; `state` is available, pending or what a scan left."""

    sys_id: str
    file_name: str
    size_bytes: int
    sha256: str
    state: str
    content_type: str
    created_by: str
    created: datetime


@dataclass(frozen=True, slots=True)
class Incident:
    """A record of either table, as one read with `display_value=all` and its journal since a moment showed it.

    `values` are raw (`value`), `labels` what ServiceNow displays. Set-valued columns stay comma-separated texts here.
    """

    table: str
    sys_id: str
    number: str
    state: str
    values: Mapping[str, str]
    labels: Mapping[str, str] = field(default_factory=dict)
    journal: tuple[JournalEntry, ...] = ()
    attachments: tuple[IncidentAttachment, ...] = ()
    correlation_id: str = ""
    correlation_display: str = ""
    mod_count: int = 0
    updated: datetime | None = None
    created: datetime | None = None
    created_by: str = ""
    """User name; nobody can edit it. Empty: not shown to us."""
    updated_by: str = ""
    """User name of the last save. Empty: not shown to us."""
    opened: datetime | None = None
