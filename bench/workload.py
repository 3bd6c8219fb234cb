"""The people and records of a measurement: what they do, and how one sees that it arrived."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

from bench.conditions import settled
from integration.cases.poll import OVERLAP_S
from integration.names import CASE_UPDATED, SOURCE_CASES
from integration.operations.cases.people import once
from integration.operations.waiting import until

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from integration.operations.local.system import LocalSystem


class Scene:
    """One case and one incident at a time; every act makes texts of its own."""

    def __init__(self, running: LocalSystem) -> None:
        self.running = running
        self.people = running.people()
        self.case = self.incident = self.text = ""
        self.messages = 0
        self._count = 0

    def fresh(self, what: str) -> str:
        self._count += 1
        self.text = f"{what} {self._count} of the measurement"
        return self.text

    # ---- what people do
    def new_case(self) -> None:
        self.case = self.people.new_case(self.fresh("Case"), "Something was seen.")

    def comment_on_case(self) -> None:
        self.people.respond(self.case, "comment", body=self.fresh("Comment"))

    def attach_to_case(self) -> None:
        self.people.attach_to_case(self.case, self.fresh("file").replace(" ", "-") + ".txt", b"evidence " * 100)

    def new_incident(self) -> None:
        self.incident = self.people.new_incident(self.fresh("Incident"), "Something was seen.")

    def edit_incident(self) -> None:
        self.people.edit(self.incident, short_description=self.fresh("Edited"), work_notes=f"Note on {self.text}")

    def attach_to_incident(self) -> None:
        name = self.fresh("note").replace(" ", "-") + ".txt"
        self.people.attach_to_incident(self.incident, name, name.encode() * 100)

    def sweep(self) -> None:
        """As the poll publishes it for a link whose time has come."""
        names = self.running.names
        detail = json.dumps({"caseId": self.case, "sweep": True})
        entry = {
            "EventBusName": names.bus, "Source": SOURCE_CASES, "DetailType": CASE_UPDATED, "Detail": detail,
        }  # fmt: skip
        self.running.plane.boto3_client("events").put_events(Entries=[entry])

    def poll(self) -> None:
        self.running.plane.invoke(self.running.names.poller, {})

    def poll_knew_everything(self) -> None:
        """The poller's cursor behind everything there is, as if it had been polled long ago."""
        client, key = self.running.plane.boto3_client("dynamodb"), {"PK": {"S": "Poll"}, "SK": {"S": "latest"}}
        known = client.get_item(TableName=self.running.names.table, Key=key).get("Item", {})
        doc = json.loads(known["doc"]["S"]) if known else {}
        doc["cases_since"] = time.time() + 2 * OVERLAP_S
        client.put_item(TableName=self.running.names.table, Item=key | {"doc": {"S": json.dumps(doc)}})

    # ---- how one sees it
    def incident_exists(self) -> bool:
        return bool(self.people.incident_of(self.case))

    def comment_in_journal(self) -> bool:
        return once(self.people.journal(self.people.incident_of(self.case)["sys_id"]), self.text)

    def file_on_incident(self) -> bool:
        files = self.people.files(self.people.incident_of(self.case)["sys_id"])
        return any(file["file_name"] == f"{self.text.replace(' ', '-')}.txt" for file in files)

    def case_exists(self) -> bool:
        found = [case["caseId"] for case in self.people.cases() if case["title"] == self.text]
        self.case = found[0] if found else ""
        return bool(found)

    def edit_on_case(self) -> bool:
        case = self.people.case(self.case)
        return case["title"] == self.text and any(f"Note on {self.text}" in c["body"] for c in case["comments"])

    def file_on_case(self) -> bool:
        stem = self.text.replace(" ", "-")
        return any(str(file["fileName"]).startswith(stem) for file in self.people.case(self.case)["caseAttachments"])

    # ---- echoes, apart from the work that causes them
    def held(self, *queues: str) -> AbstractContextManager[None]:
        """These queues (attributes of Names) keep what arrives."""
        return self.running.plane.held(*(getattr(self.running.names, queue) for queue in queues))

    def release(self, queue: str) -> None:
        self.running.plane.poller(getattr(self.running.names, queue)).resume()

    def lose_event(self, detail_type: str) -> None:
        """The next of the case's own events of this kind: an echo whose queue cannot be held."""
        self.people.aws("faults", {"kind": "lost", "event": detail_type})

    def hold(self, queue: str) -> None:
        self.running.plane.poller(getattr(self.running.names, queue)).paused = True

    def edit_with_held_echo(self) -> None:
        self.hold("cases_queue")
        self.edit_incident()
        until(self.edit_on_case, what="the edit on the case")
        settled(self.running)
        self.messages = self._waiting("cases_queue")

    def poll_with_held_echo(self) -> None:
        self.comment_on_case()
        until(self.comment_in_journal, what="the comment in the journal")
        settled(self.running)
        self.hold("incidents_queue")
        self.poll()
        settled(self.running)
        self.messages = self._waiting("incidents_queue")

    def _waiting(self, queue: str) -> int:
        return self.running.plane.queues[getattr(self.running.names, queue)].visible
