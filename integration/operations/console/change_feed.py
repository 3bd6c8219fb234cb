"""Turns entries of the emulators' change feeds into sentences: who did what, never what was written."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

OUR_USER = "aws_integration"
_WORDS = {"insert": "made", "update": "changed", "delete": "deleted"}


def case_event(change: Mapping[str, Any]) -> tuple[str, str]:
    """What is said, and the case's id."""
    kind = re.sub(r"(?<!^)([A-Z])", lambda found: " " + found[1].lower(), str(change["kind"]))
    principal = str(change.get("principal", ""))
    return f"{kind} by {_name(principal)}" if principal else kind, str(change.get("caseId", ""))


def incident_events(changes: Sequence[Mapping[str, Any]], owners: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """What is said, and the incident's sys_id. An entry or a file also touches its record: said once."""
    extras = {"sys_journal_field": "Journal entry", "sys_attachment": "Attachment"}
    touched = {owners.get(change["sys_id"], "") for change in changes if change["table"] in extras}
    for change in changes:
        by = "the integration" if change["user_name"] == OUR_USER else change["user_name"]
        word = _WORDS[change["operation"]]
        if change["table"] in extras:
            if change["operation"] == "insert":
                yield f"{extras[change['table']]} added by {by}", owners.get(change["sys_id"], "")
        elif not (change["operation"] == "update" and change["sys_id"] in touched):
            yield f"Incident {word} by {by}", change["sys_id"]


def _name(principal: str) -> str:
    if ":assumed-role/" in principal:
        return "the integration"
    return principal.rpartition("/")[2] or principal
