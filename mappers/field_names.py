"""Names of the fields of both systems that a mapping may use."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

CASE_TEXT_LIMITS: Mapping[str, int] = {"title": 300, "description": 8000}
"""API model of security-ir: CaseTitle, CaseDescription."""
CASE_DATES = frozenset({"reportedIncidentStartDate", "actualIncidentStartDate"})
CASE_LISTS = frozenset({"impactedAccounts", "impactedServices", "impactedAwsRegions", "threatActorIpAddresses"})
CASE_FIELDS = frozenset(
    {*CASE_TEXT_LIMITS, *CASE_DATES, *CASE_LISTS, "engagementType", "closureCode", "pendingAction", "resolverType"}
)
"""Watchers and comments have rules of their own."""
CASE_WRITABLE = frozenset({*CASE_TEXT_LIMITS, *CASE_DATES, "engagementType"})
"""What UpdateCase sets as a whole. It changes lists by additions and removals, and the rest not at all."""

COMMENTS = "caseComments"
OTHER_CASE_FIELDS: Mapping[str, str] = {
    "watchers": "Watchers are set by [watchers].",
    "caseStatus": "Statuses are set by [status].",
    "status": "Statuses are set by [status].",
    COMMENTS: "Comments are set by [comments].",
    "caseAttachments": "Files are set by [attachments].",
}
"""Members of a case that are no plain fields, and where what is wanted is set."""
COMMENTS_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "comments_and_work_notes": ("comments", "work_notes"),
    "comments": ("comments",),
    "work_notes": ("work_notes",),
}
CLOSURE_CODES = ("Investigation Completed", "Not Resolved", "False Positive", "Duplicate")
CASE_WORDS: Mapping[str, tuple[str, ...]] = {
    "engagementType": ("Security Incident", "Investigation"),
    "closureCode": CLOSURE_CODES,
    "pendingAction": ("Customer", "None"),
    "resolverType": ("AWS", "Self"),
}
"""API model: the values these members can have."""
CREATE_MEMBERS = frozenset({*CASE_TEXT_LIMITS, "reportedIncidentStartDate", "engagementType"})
"""What a column can give to CreateCase; it takes no actualIncidentStartDate."""

_JOURNAL = "Journals are set by [comments]."
OWN_COLUMNS: Mapping[str, str] = {
    "comments_and_work_notes": _JOURNAL,
    "comments": _JOURNAL,
    "work_notes": _JOURNAL,
    "state": "Statuses are set by [status].",
    "incident_state": "Statuses are set by [status]; incident_state follows state by itself.",
    "close_code": "Closing is set by [closure].",
    "close_notes": "Closing is set by [closure].",
    "correlation_id": "It holds the ARN of the case.",
    "correlation_display": "It holds the name of this integration.",
    "watch_list": "Watchers are set by [watchers].",
    "sys_id": "ServiceNow sets it.",
    "number": "ServiceNow sets it.",
}
"""Columns that are no plain fields, and where what is wanted is set."""


def nearest(word: str, known: Iterable[str]) -> str:
    """The end of a message about an unknown word: what was probably meant, or everything that may stand there."""
    words = sorted(known)
    close = difflib.get_close_matches(word.lower(), [w.lower() for w in words], 1, 0.6)
    if close:
        return f'Did you mean "{next(w for w in words if w.lower() == close[0])}"?'
    return f"Use one of: {', '.join(words)}."
