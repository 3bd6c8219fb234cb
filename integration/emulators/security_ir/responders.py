"""AWS responders and their systems, from outside: what they do to cases, and what they see, over `/_admin`."""

from __future__ import annotations

import time
from typing import Any

from integration.emulators.kit.people import People


class Responders(People):
    def open_case(self, title: str, description: str, **members: Any) -> str:
        """The case's id; `members` are further ones of CreateCase."""
        request = {
            "title": title, "description": description, "resolverType": "Self", "engagementType": "Security Incident",
            "reportedIncidentStartDate": int(time.time()), "impactedAccounts": [], "watchers": [],
        }  # fmt: skip
        return str(self.send("POST", "cases", json=request | members)["caseId"])

    def act(self, case_id: str, act: str, **body: Any) -> Any:
        """One of `people.ACTS`."""
        return self.send("POST", f"cases/{case_id}/{act}", json=body)

    def attach(self, case_id: str, name: str, content: bytes) -> str:
        """The id of the file."""
        answer = self.send("POST", f"cases/{case_id}/attachments", params={"name": name}, data=content)
        return str(answer["attachmentId"])

    def case(self, case_id: str) -> dict[str, Any]:
        found: dict[str, Any] = self.send("GET", f"cases/{case_id}")
        return found

    def cases(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.send("GET", "state")["cases"]
        return found
