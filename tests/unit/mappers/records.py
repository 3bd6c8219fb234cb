"""Records to map, as reads showed them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from integration.model import Case, Comment, Incident, IncidentAttachment, JournalEntry

MOMENT = datetime(2026, 11, 21, 12, 3, 11, tzinfo=UTC)
SYS_ID = "8b3f0c5e9d1a4f7e8b3f0c5e9d1a4f7e"
CASE = Case(
    case_id="8403556009",
    arn="arn:aws:security-ir:eu-central-1:111122223333:case/8403556009",
    status="Submitted",
    values={"title": "Root key used", "description": "Seen in CloudTrail", "resolverType": "Self"},
)
INCIDENT = Incident(
    table="incident",
    sys_id=SYS_ID,
    number="INC0010001",
    state="1",
    values={"short_description": "Root key used", "description": "Seen in CloudTrail"},
    opened=MOMENT,
)
COMMENT = Comment("000123", "Looks contained", "AWS Responder", MOMENT, MOMENT)
ENTRY = JournalEntry(SYS_ID, "work_notes", "Looks contained", "beth.anglin", MOMENT)
FILE = IncidentAttachment(SYS_ID, "log.txt", 12, "", "available", "text/plain", "beth.anglin", MOMENT)


def with_limits(rules, journal, comment=12000):
    return replace(rules, comments=replace(rules.comments, journal_limit=journal, comment_limit=comment))
