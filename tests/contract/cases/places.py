"""Both ways to stand behind a port, for one suite: the twins of the proofs, and the adapters over HTTP and DynamoDB.

A place offers `port` and what people do there. Its records are never cleared: every test makes its own.
"""

from __future__ import annotations

import base64
import itertools
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from integration.cases.aws_side import SecurityIrCases
from integration.cases.instance_side import ServiceNowIncidents
from integration.clients.errors import Unavailable
from integration.model import Investigation
from tests.fakes.cases import OWN_ROLE, PERSON_ROLE, RESPONDER
from tests.fakes.incidents import OWN_USER
from tests.fakes.world import World

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from integration.clients.security_ir.client import SecurityIr
    from tests.contract.emulated import Account, Instance

PERSON = "beth.anglin"
NUMBER = itertools.count(1)


class Announced:
    """A file that comes in pieces; `size` is what is said of it, true or not."""

    def __init__(self, *pieces: bytes, size: int | None = None) -> None:
        self.pieces, self.size = pieces, len(b"".join(pieces)) if size is None else size

    def iter(self) -> Iterator[bytes]:
        yield from self.pieces


class Twins:
    """What disturbs one call of a `World`, once."""

    def __init__(self) -> None:
        self.world = World()
        self.incidents = self.world.incidents

    def _once(self, call: str, moment: str, error: Callable[[], Exception]) -> None:
        def hook(now: str, _: str, called: str) -> None:
            if (now, called) == (moment, call):
                self.world.hook = lambda *_: None
                raise error()

        self.world.hook = hook

    def not_now(self, call: str, system: str) -> None:
        """The next such call is turned away without effect."""
        self._once(call, "before", lambda: Unavailable(system, "not now"))

    def lose_answer(self, call: str, system: str) -> None:
        """The next such call takes effect, and nobody hears of it."""
        self._once(call, "after", lambda: Unavailable(system, "lost", outcome_unknown=True))


# ------------------------------------------------------------------------------------------------ cases
class TwinCases(Twins):
    def __init__(self) -> None:
        super().__init__()
        self.port = self.world.cases

    def make(self, title: str = "Root key used", **values: str) -> str:
        return self.port.make(title, **values)

    def say(self, case_id: str, body: str) -> str:
        return self.port.add_comment(case_id, body, RESPONDER)

    def edit(self, case_id: str, comment_id: str, body: str) -> None:
        self.world.now += 1
        self.port.edit_comment(case_id, comment_id, body)

    def attach(self, case_id: str, name: str, content: bytes, status: str = "Verified") -> str:
        return self.port.add_file(case_id, name, content, PERSON_ROLE, status)

    def investigate(self, case_id: str, title: str) -> None:
        at = datetime.fromtimestamp(self.world.now, UTC)
        found = Investigation("inv-1", "Investigation", title, "text", "Completed", at)
        self.port.records[case_id]["investigations"].append(found)

    def status(self, case_id: str, status: str) -> None:
        self.port.records[case_id]["status"] = status

    def disturb(self, how: str, call: str) -> None:
        getattr(self, how)(call, "security_ir")


FAULTS_OF = {"not_now": "429", "lose_answer": "reset-after"}
AS_OPERATION = {"upload": "PutAttachment"}


class ServiceCases:
    def __init__(self, account: Account, client: SecurityIr) -> None:
        self._account = account
        self.port = SecurityIrCases(client, frozenset({OWN_ROLE}))

    def make(self, title: str = "Root key used", **values: str) -> str:
        asked = {
            "resolverType": "Self", "title": title, "description": "what happened", "impactedAccounts": [],
            "engagementType": "Security Incident", "reportedIncidentStartDate": 1_700_000_000, "watchers": [],
        }  # fmt: skip
        made = self._account.admin("POST", "cases", asked | values | {"as": PERSON_ROLE})
        return str(made["caseId"])

    def _act(self, case_id: str, act: str, **body: Any) -> Any:
        return self._account.admin("POST", f"cases/{case_id}/{act}", body)

    def say(self, case_id: str, body: str) -> str:
        return str(self._act(case_id, "comment", body=body)["commentId"])

    def edit(self, case_id: str, comment_id: str, body: str) -> None:
        self._act(case_id, "edit-comment", commentId=comment_id, body=body)

    def attach(self, case_id: str, name: str, content: bytes, status: str = "Verified") -> str:
        if status != "Pending":
            return self._account.file(case_id, name, content)
        self._account.admin("PATCH", "config", {"scan_delay_s": None})
        made = self._account.file(case_id, name, content)
        self._account.admin("PATCH", "config", {"scan_delay_s": 0})
        return made

    def investigate(self, case_id: str, title: str) -> None:
        self._act(case_id, "investigation", title=title, content="text", status="Completed")

    def status(self, case_id: str, status: str) -> None:
        self._act(case_id, "status", status=status)

    def disturb(self, how: str, call: str) -> None:
        self._account.fault(AS_OPERATION.get(call, call), FAULTS_OF[how])


# ------------------------------------------------------------------------------------------------ incidents
class TwinIncidents(Twins):
    """`drop`: this user may not write the column, and the instance says nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.port = self.incidents

    def make(self, **columns: str) -> str:
        return self.port.make(columns.pop("short_description", "Odd logins"), by=PERSON, **columns)

    def edit(self, sys_id: str, **columns: str) -> None:
        self.port.edit(sys_id, PERSON, **columns)

    def attach(self, sys_id: str, name: str, content: bytes) -> str:
        return self.port.add_file(sys_id, name, content, PERSON)

    def user(self, email: str, times: int = 1) -> str:
        return self.port.add_user(email, times)

    def seconds_pass(self, seconds: float) -> None:
        self.world.now += seconds

    @contextmanager
    def hidden(self) -> Iterator[None]:
        self.port.hidden = set(self.port.records)
        yield
        self.port.hidden = set()

    @contextmanager
    def hiding_addresses(self) -> Iterator[None]:
        self.port.emails_hidden = True
        yield
        self.port.emails_hidden = False

    @contextmanager
    def dropping(self, column: str) -> Iterator[None]:
        self.port.drop = {column}
        yield
        self.port.drop = set()

    @contextmanager
    def rows_hidden(self) -> Iterator[None]:
        self.port.rows_hidden = True
        yield
        self.port.rows_hidden = False

    @contextmanager
    def naming_records_itself(self) -> Iterator[None]:
        self.port.honours_sys_id = False
        yield
        self.port.honours_sys_id = True

    @contextmanager
    def refusing_files(self) -> Iterator[None]:
        self.port.refuse = lambda what, _: "Failed to create the attachment" if what == "upload" else None
        yield
        self.port.refuse = lambda *_: None

    def disturb(self, how: str, call: str) -> None:
        getattr(self, how)(call, "servicenow")

    def commit_late(self, call: str) -> None:
        self.port.losing.append(0.5)


METHODS = {"create": "POST", "update": "PATCH", "upload": "POST"}
SN_FAULTS = {"not_now": "429-json", "lose_answer": "reset-after"}


class HttpIncidents:
    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self.port = self._fresh()

    def _fresh(self) -> ServiceNowIncidents:
        http = self._instance.http()
        return ServiceNowIncidents(http, self._instance.url, "incident", (), self._instance.user_sys_id)

    def make(self, **columns: str) -> str:
        values = {"short_description": "Odd logins"} | columns
        return str(self._instance.act("insert", values=values)["record"]["sys_id"])

    def edit(self, sys_id: str, **columns: str) -> None:
        self._instance.act("update", sys_id=sys_id, values=columns)

    def attach(self, sys_id: str, name: str, content: bytes) -> str:
        file = {"name": name, "content": base64.b64encode(content).decode()}
        return str(self._instance.act("update", sys_id=sys_id, attachments=[file])["attachments"][0])

    def user(self, email: str, times: int = 1) -> str:
        made = ""
        for _ in range(times):
            made = self._instance.seed("sys_user", email=email, user_name=f"user{next(NUMBER)}", active="true")
        return made

    def seconds_pass(self, seconds: float) -> None:
        self._instance.admin("POST", "clock", {"advance_s": seconds})

    @contextmanager
    def hidden(self) -> Iterator[None]:
        self._instance.admin("POST", "roles", {"user_name": OWN_USER, "revoke": ["itil"]})
        yield
        self._instance.admin("POST", "roles", {"user_name": OWN_USER, "grant": ["itil"]})

    @contextmanager
    def _switched(self, **switches: Any) -> Iterator[None]:
        before = self._instance.admin("GET", "config")
        self._instance.config(**switches)
        yield
        self._instance.config(**{name: before[name] for name in switches})

    def dropping(self, column: str) -> Any:
        rule = {"table": "incident", "field": column, "operation": "write", "roles": ["admin"]}
        return self._switched(field_acls=[rule])

    @contextmanager
    def rows_hidden(self) -> Iterator[None]:
        """The adapter is that of a fresh container, which has seen no rows yet."""
        open_port, self.port = self.port, self._fresh()
        with self._switched(journal_access={"*": "empty"}):
            yield
        self.port = open_port

    def hiding_addresses(self) -> Any:
        rule = {"table": "sys_user", "field": "email", "operation": "read", "roles": ["admin"]}
        return self._switched(field_acls=[rule])

    def naming_records_itself(self) -> Any:
        return self._switched(honour_client_sys_id=False)

    @contextmanager
    def refusing_files(self) -> Iterator[None]:
        self._instance.admin("PATCH", "properties", {"glide.attachment.extensions": "png"})
        yield
        self._instance.admin("PATCH", "properties", {"glide.attachment.extensions": ""})

    def disturb(self, how: str, call: str) -> None:
        path = "/api/now/attachment*" if call == "upload" else "/api/now/table/*"
        times = 3 if how == "not_now" else 1  # the client repeats what certainly had no effect
        self._instance.fault(SN_FAULTS[how], method=METHODS[call], path=path, times=times)

    def commit_late(self, call: str) -> None:
        self._instance.fault("commit-late", method=METHODS[call], seconds=0.5)
