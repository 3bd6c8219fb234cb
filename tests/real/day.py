"""A short day of the local system against the instance: AWS emulated here, people in ServiceNow by the Table API.

No webhook reaches this machine from outside, so the poll is run while something is waited for: what travels then is
what the sweep finds.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import requests

from integration.aws_plane.child import ChildFailed
from integration.aws_plane.deployment import DeploymentFailed
from integration.aws_plane.function import FunctionFailed
from integration.operations.cases.people import People, once, sha256
from integration.operations.cases.tour import DETECTION
from integration.operations.checking.verdict import Verdict, fail, ok
from integration.operations.deployment.key_file import read_key
from integration.operations.deployment.synthesis import SynthesisFailed
from integration.operations.local.credentials import Credentials
from integration.operations.local.system import Elsewhere, Options, start
from integration.operations.tour import TO_AWS, TO_SN, Step
from tests.real.given import MARK, Given

if TYPE_CHECKING:
    from collections.abc import Iterator

    from integration.operations.local.system import LocalSystem
    from tests.real.administrator import Administrator

PATIENCE_S, PAUSE_S = 90.0, 1.0
SETTINGS = {"incident_filter": f"short_descriptionSTARTSWITH{MARK}"}


class ForeignPeople(People):
    """The people of a day in an instance of which only the API is open, all of them its administrator."""

    def __init__(self, security_ir: str, admin: Administrator, table: str) -> None:
        super().__init__(security_ir, "", table)
        self.admin = admin

    def act(self, operation: str, sys_id: str = "", *, by: str = "", files: Any = (), enforce: bool = True,
            **values: str) -> dict[str, Any]:  # fmt: skip
        method = {"insert": "POST", "update": "PATCH"}[operation]
        path = f"/api/now/table/{self.table}" + (f"/{sys_id}" if sys_id else "")
        made: dict[str, Any] = self.admin.result(method, path, json=values)
        return made

    def rows(self, table: str, **equal: str) -> list[dict[str, Any]]:
        return self.admin.rows(table, "^".join(f"{column}={value}" for column, value in equal.items()))

    def incidents(self) -> list[dict[str, Any]]:
        return self.admin.rows(self.table, f"short_descriptionSTARTSWITH{MARK}")

    def incident_of(self, case_id: str) -> dict[str, Any]:
        return next(iter(self.admin.rows(self.table, f"correlation_idENDSWITH/{case_id}")), {})


def steps(day: ForeignPeople) -> list[Step]:
    def create(day: People) -> None:
        day.keep["case"] = day.new_case(f"{MARK} from AWS", "Made by the kit; it is taken away again.")

    def linked(day: People) -> bool:
        day.keep["incident"] = str(day.incident_of(day.keep["case"]).get("sys_id", ""))
        return bool(day.keep["incident"])

    def report(day: People) -> None:
        day.keep["incident 2"] = day.new_incident(f"{MARK} from ServiceNow", "Made by the kit.")

    def become_case(day: People) -> bool:
        day.keep["case 2"] = day.case_of(day.keep["incident 2"])
        return bool(day.keep["case 2"])

    def ended(day: People) -> bool:
        row = day.incident(day.keep["incident"])
        return row["state"] in {day.states["closed"], day.states["resolved"]} and bool(row["close_code"])

    return [
        Step("a case appears as an incident", TO_SN, create, linked),
        Step(
            "a responder's comment becomes a work note", TO_SN,
            lambda d: d.respond(d.keep["case"], "comment", body="Seen in the trail."),
            lambda d: once(d.journal(d.keep["incident"]), "Seen in the trail."),
        ),
        Step(
            "a work note becomes a comment", TO_AWS,
            lambda d: d.edit(d.keep["incident"], work_notes="Key disabled."),
            lambda d: once(d.bodies(d.keep["case"]), "Key disabled."),
        ),
        Step(
            "a file of the case", TO_SN,
            lambda d: d.attach_to_case(d.keep["case"], "trail.json", b'{"events": 3}'),
            lambda d: [f["hash"] for f in d.files(d.keep["incident"])] == [sha256(b'{"events": 3}')],
        ),
        Step(
            "the status moves to detection", TO_SN,
            lambda d: d.respond(d.keep["case"], "status", status=DETECTION),
            lambda d: d.incident(d.keep["incident"])["state"] == d.states["working"],
        ),
        Step("an incident appears as a case", TO_AWS, report, become_case),
        Step(
            "AWS closes the case: ended with a code", TO_SN,
            lambda d: d.respond(d.keep["case"], "close", closureCode="Investigation Completed"), ended,
        ),
    ]  # fmt: skip


def day(given: Given, admin: Administrator) -> Iterator[Verdict]:
    signed, pem = given.credentials, read_key(given.key_path).pem.decode()
    credentials = Credentials(signed.client_id, signed.user_sys_id, signed.client_secret, pem)
    options = Options(
        module=given.module, setup="none", settings=SETTINGS,
        elsewhere=Elsewhere(servicenow_url=given.url, credentials=credentials),
    )  # fmt: skip
    try:
        with start(options) as running:
            foreign = ForeignPeople(running.security_ir_admin, admin, given.module.table)
            for step in steps(foreign):
                yield _taken(foreign, step, running)
    except (ChildFailed, DeploymentFailed, SynthesisFailed) as error:
        yield fail("day", f"the local system did not start: {error}", "See `make run`.")


def _taken(day: ForeignPeople, step: Step, running: LocalSystem) -> Verdict:
    """An outage meanwhile is waited out."""
    subject, began, said = f"day: {step.name}", time.monotonic(), ""
    try:
        step.act(day)
    except (KeyError, RuntimeError, requests.RequestException) as error:
        return fail(subject, f"it could not be done ({type(error).__name__})", "See the steps before it.")
    while time.monotonic() - began < PATIENCE_S:
        try:
            running.plane.invoke(running.names.poller, {})
            if step.arrived(day):
                return ok(subject, f"{step.direction}, {time.monotonic() - began:.1f} s")
        except (KeyError, RuntimeError, requests.RequestException, FunctionFailed) as error:
            said = f"; last: {type(error).__name__}"
        time.sleep(PAUSE_S)
    return fail(subject, f"not arrived within {PATIENCE_S:.0f} s{said}", "See .local of the local system.")
