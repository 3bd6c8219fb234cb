"""What stands twice after a day, however it got there."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from integration.operations.cases.people import People


def duplicates(people: People) -> int:
    """Entries of ours that stand more than once, attachments with equal content, records for one counterpart."""
    doubled = 0
    arns = [row["correlation_id"] for row in people.incidents() if row.get("correlation_id")]
    doubled += len(arns) - len(set(arns))
    for row in people.incidents():
        doubled += _repeated(_ours(people.journal(row["sys_id"])))
        doubled += _repeated([f"{file['file_name']}:{file['hash']}" for file in people.files(row["sys_id"])])
    for case in people.cases():
        doubled += _repeated(_ours(people.bodies(case["caseId"])))
        doubled += _repeated([file["sha256"] for file in case["caseAttachments"] if file.get("sha256")])
    return doubled


def _ours(texts: list[str]) -> list[str]:
    return [text for text in texts if text.startswith(("[AWS]", "[ServiceNow]", "[Integration]"))]


def _repeated(texts: list[str]) -> int:
    return len(texts) - len(set(texts))
