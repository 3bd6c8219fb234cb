"""HTTP clients for the people of both emulated systems: what a tour does as them, and what they then see.

Responders act through the emulated service's admin routes, people in ServiceNow through its forms; what arrived is
read from the systems themselves, never from our table.
"""

from __future__ import annotations

import hashlib
from functools import cached_property
from typing import TYPE_CHECKING, Any

from integration.emulators.security_ir.responders import Responders
from integration.emulators.servicenow.staff import Staff, file_of

if TYPE_CHECKING:
    from collections.abc import Callable

ANALYSTS = {"incident": "beth.anglin", "sn_si_incident": "sam.sorokin"}
CLOSERS = {"incident": "fred.luddy", "sn_si_incident": "sam.sorokin"}
"""Who may close: with plain itil a record can be resolved, not closed."""
STATES = {
    "incident": {
        "new": "1", "working": "2", "hold": "3", "contained": "2", "resolved": "6", "closed": "7", "cancelled": "8",
    },
    "sn_si_incident": {
        "new": "10", "working": "16", "hold": "16", "contained": "18", "resolved": "100", "closed": "3",
        "cancelled": "7",
    },
}  # fmt: skip
CLOSE_CODES = {"incident": "Solution provided", "sn_si_incident": "Threat mitigated"}


class People:
    """`table` is the module's; `keep` is where steps leave what later ones need. Made of both admin URLs.

    `functions_rest` says whether nothing is under way between the two, as far as somebody can see it. `beside`: who
    stands at other emulated systems, by their names. `running`: the whole system they live in, where there is one.
    """

    running: Any = None

    def __init__(
        self, security_ir: str, servicenow: str, table: str, functions_rest: Callable[[], bool] = lambda: True
    ) -> None:
        self.functions_rest = functions_rest
        self.security_ir = Responders(security_ir, "Security IR")
        self.servicenow = Staff(servicenow, "ServiceNow")
        self.table = table
        self.keep: dict[str, str] = {}
        self.beside: dict[str, Any] = {}

    @property
    def states(self) -> dict[str, str]:
        """Words for what people set the record's state to → its value on this table."""
        return STATES[self.table]

    @property
    def close_code(self) -> str:
        return CLOSE_CODES[self.table]

    # ------------------------------------------------------------------------------------------- the AWS side
    def aws(self, path: str, body: dict[str, Any] | None = None, **more: Any) -> Any:
        return self.security_ir.send("GET" if body is None else "POST", path, json=body, **more)

    def new_case(self, title: str, description: str, **members: Any) -> str:
        seen = {"reportedIncidentStartDate": 1_767_225_600, "impactedAccounts": ["111122223333"]}
        return self.security_ir.open_case(title, description, **(seen | members))

    def respond(self, case_id: str, act: str, **body: Any) -> Any:
        return self.security_ir.act(case_id, act, **body)

    def attach_to_case(self, case_id: str, name: str, content: bytes) -> None:
        self.security_ir.attach(case_id, name, content)

    @cached_property
    def _arns(self) -> str:
        """What the ARN of every case begins with."""
        place = self.security_ir.send("GET", "")
        return f"arn:aws:security-ir:{place['region']}:{place['account']}:case"

    def case(self, case_id: str) -> dict[str, Any]:
        return self.security_ir.case(case_id)

    def cases(self) -> list[dict[str, Any]]:
        return self.security_ir.cases()

    def bodies(self, case_id: str) -> list[str]:
        return [str(comment["body"]) for comment in self.case(case_id)["comments"]]

    # ------------------------------------------------------------------------------------------- ServiceNow
    def act(
        self, operation: str, sys_id: str = "", *, by: str = "", files: Any = (), enforce: bool = True, **values: str
    ) -> dict[str, Any]:
        who = by or ANALYSTS[self.table]
        return self.servicenow.write(who, operation, self.table, sys_id, enforce=enforce, files=files, **values)

    def new_incident(self, title: str, description: str, **columns: str) -> str:
        values: dict[str, Any] = {"short_description": title, "description": description, "state": self.states["new"]}
        return str(self.act("insert", **(values | columns))["sys_id"])

    def edit(self, sys_id: str, **values: str) -> None:
        named: dict[str, Any] = dict(values)
        self.act("update", sys_id, **named)

    def attach_to_incident(self, sys_id: str, name: str, content: bytes) -> None:
        self.act("update", sys_id, files=[file_of(name, content, "text/plain")])

    def rows(self, table: str, **equal: str) -> list[dict[str, Any]]:
        return self.servicenow.rows(table, **equal)

    def incidents(self) -> list[dict[str, Any]]:
        return self.rows(self.table)

    def incident(self, sys_id: str) -> dict[str, Any]:
        return next(iter(self.rows(self.table, sys_id=sys_id)), {})

    def case_of(self, sys_id: str) -> str:
        """The id of the case its correlation_id names; empty while there is none."""
        return str(self.incident(sys_id).get("correlation_id", "")).rpartition("/")[2]

    def incident_of(self, case_id: str) -> dict[str, Any]:
        """The record whose correlation_id is this case's ARN; empty while there is none."""
        return next(iter(self.rows(self.table, correlation_id=f"{self._arns}/{case_id}")), {})

    def journal(self, sys_id: str) -> list[str]:
        return [str(row["value"]) for row in self.rows("sys_journal_field", element_id=sys_id)]

    def erase(self, sys_id: str, table: str = "") -> None:
        """As an administrator."""
        self.servicenow.write("admin", "delete", table or self.table, sys_id, enforce=False)

    def add_column(self, name: str) -> None:
        """A text column of the customer's own."""
        self.servicenow.send("POST", "columns", json={"table": self.table, "name": name, "type": "string"})

    def files(self, sys_id: str) -> list[dict[str, Any]]:
        return self.rows("sys_attachment", table_sys_id=sys_id)

    # ------------------------------------------------------------------------------------------- both
    def lose_webhooks(self, times: int | None) -> None:
        """The next so many; None: all, until mended."""
        self.servicenow.fault("webhook-faults", kind="lost", times=times)

    def resting(self) -> bool:
        """Whether no rule, webhook, native event, message or function is under way; rules and webhooks get five seconds
        to end.
        """
        events_rest = self.servicenow.settle(5) and not self.aws("events", params={"state": "waiting"})["events"]
        return events_rest and self.functions_rest()

    def lose_native_events(self, times: int) -> None:
        self.security_ir.fault(event="*", kind="lost", times=times)

    def calls(self) -> dict[str, int]:
        """Calls both systems have answered, admin routes not counted."""
        return {
            "security_ir": int(self.aws("calls", params={"recent": 0})["total"]),
            "servicenow": int(self.servicenow.send("GET", "calls", params={"recent": 0})["total"]),
        }


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def told(texts: list[str], words: str) -> list[str]:
    """What the integration itself says with these words in it."""
    return [text for text in texts if text.startswith("[Integration]") and words in text]


def once(texts: list[str], text: str) -> bool:
    """Exactly one entry carries this text below a header of ours."""
    return sum(entry.partition("\n")[2] == text for entry in texts) == 1
