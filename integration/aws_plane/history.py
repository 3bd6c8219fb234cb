"""What CloudFormation remembers of a stack: its status, what it was made from, and every event of its resources."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4

if TYPE_CHECKING:
    from collections.abc import Mapping

    from integration.aws_plane.template import Template


@dataclass(frozen=True)
class Event:
    at: datetime
    logical_id: str
    physical_id: str
    type: str
    status: str
    reason: str = ""
    id: str = field(default_factory=lambda: str(uuid4()))


@dataclass
class History:
    """`template` and `parameters` are those last deployed; `moving` tells an operation that has not ended."""

    name: str
    id: str
    status: str = "REVIEW_IN_PROGRESS"
    reason: str = ""
    created: datetime = field(default_factory=lambda: datetime.now(UTC))
    changed: datetime | None = None
    template: Template | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    protected: bool = False
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def made(self) -> bool:
        """Whether its resources stand."""
        return self.status.startswith("UPDATE_") or self.status in {"CREATE_COMPLETE", "DELETE_FAILED"}

    @property
    def moving(self) -> bool:
        return self.status.endswith("_IN_PROGRESS") and self.status != "REVIEW_IN_PROGRESS"

    def become(self, status: str, reason: str = "") -> None:
        self.status, self.reason = status, reason
        self.changed = datetime.now(UTC)
        self.note(self.name, self.id, "AWS::CloudFormation::Stack", status, reason)

    def note(self, logical_id: str, physical_id: str, kind: str, status: str, reason: str = "") -> None:
        self.events.append(Event(datetime.now(UTC), logical_id, physical_id, kind, status, reason))
