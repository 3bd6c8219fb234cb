"""Pipelines of a day, each the program itself, and the people who decide about their changes."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

from integration.operations.changes.waiting import EMULATOR
from integration.operations.folders import cache_folder
from integration.operations.tour import Part, Step
from integration.operations.waiting import until

if TYPE_CHECKING:
    from collections.abc import Sequence

    from integration.operations.tour import Sweep

ASKED, ANSWERED = "pipeline → ServiceNow", "ServiceNow → pipeline"
USER, CLIENT = "pipeline", "tour-pipeline"
GROUP, BOARD = "christen.mitchell", "bow.ruggeri"
"""Who decides in Assess, and on both boards."""
NEW_GRANT = "glide.oauth.inbound.client.credential.grant_type.enabled"
WISH = (
    "--version", "2.3.0", "--environment", "production", "--assignment-group", "DevOps Team", "--cmdb-ci",
    "payments-api", "--implementation-plan", "Deploy via Helm chart", "--backout-plan", "The former release",
    "--test-plan", "Smoke test", "--justification", "A known fault", "--poll-interval", "5",
)  # fmt: skip
STANDARD = (
    "--version", "2.3.0", "--environment", "production", "--type", "standard", "--template", "Deploy application",
)  # fmt: skip
ASKED_FOR = ("--version", "2.3.0", "--environment", "production", "--assignment-group", "DevOps Team")
OF_AWS = {"version": "2.3.0", "environment": "production", "assignment_group": "DevOps Team"}
ASSESS, AUTHORIZE, CLOSED = "-4", "-3", "3"


class Pipelines:
    """Those of this day: each a process, its folder, and the change of its application."""

    def __init__(self, people: Any) -> None:
        self._staff, self.run, self.waiting = people.servicenow, secrets.token_hex(4), people.beside.get(EMULATOR)
        self.folder = cache_folder("tour", self.run)
        """Where each has its log."""
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        secret = secrets.token_urlsafe(24)
        self._staff.send("POST", "users", json={"user_name": USER, "roles": ["itil", "snc_internal"]})
        self._staff.send("POST", "oauth", json={"client_id": CLIENT, "client_secret": secret, "user_name": USER})
        self._staff.send("PATCH", "properties", json={NEW_GRANT: "true"})
        self._environment = {
            "PATH": os.environ.get("PATH", ""),
            "SERVICENOW_INSTANCE_ID": urljoin(self._staff.url, "/").rstrip("/"),
            "SERVICENOW_CLIENT_ID": CLIENT,
            "SERVICENOW_CLIENT_SECRET": secret,
        }
        if self.waiting:
            self._environment |= {"CHANGE_GATE_URL": self.waiting.hooks, "CHANGE_GATE_TOKEN": self.waiting.token}

    def begin(self, app: str, step: str, *words: str) -> None:
        command = [sys.executable, "-m", "integration.operations.app", "change", step, "--app", app, "--key", self.run]
        with (self.folder / f"{app}.log").open("ab") as log:
            self._processes[app] = subprocess.Popen(  # noqa: S603 - our own program
                [*command, *words],
                env=self._environment | {"PYTHONPATH": os.pathsep.join(sys.path), "HOME": str(self.folder)},
                cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip

    def code(self, app: str) -> int | None:
        return self._processes[app].poll()

    def change(self, app: str) -> dict[str, Any]:
        """Its last."""
        rows = [row for row in self._staff.rows("change_request") if self._is_of(row, app)]
        return max(rows, key=lambda row: str(row["number"]), default={})

    def _is_of(self, row: dict[str, Any], app: str) -> bool:
        return str(row["correlation_display"]).startswith(f"{app} ") and self.run in str(row["correlation_display"])

    def decide(self, app: str, by: str, what: str, **more: str) -> None:
        """Once this person is asked."""

        def asked() -> bool:
            rows = self._staff.rows("sysapproval_approver", state="requested")
            people = {row["sys_id"]: row["user_name"] for row in self._staff.rows("sys_user")}
            change = self.change(app).get("sys_id")
            return any(row["sysapproval"] == change and people.get(row["approver"]) == by for row in rows)

        until(asked, what="an approval that was asked for")
        self._staff.on_change(by, what, str(self.change(app)["sys_id"]), **more)

    def files(self, app: str) -> set[str]:
        rows = self._staff.rows("sys_attachment", table_sys_id=str(self.change(app).get("sys_id")))
        return {str(row["file_name"]) for row in rows}

    def ended(self, app: str, code: int, close_code: str) -> bool:
        if self.code(app) != code:
            return False
        change = self.change(app)
        return (change["state"], change["close_code"]) == (CLOSED, close_code)

    def is_deployed(self, app: str) -> bool:
        return (self.folder / f"{app}.deployed").exists()


def _steps(people: Any, _sweep: Sweep) -> Sequence[Step]:
    pipelines = Pipelines(people)
    return [
        *_lifecycle(pipelines),
        *_emergency(pipelines),
        *_standard(pipelines),
        *_rejected(pipelines),
        *_rollback(pipelines),
        *at_the_gate(pipelines),
    ]


def at_the_gate(runs: Pipelines) -> list[Step]:
    """The other way of waiting; none where there is no gate."""
    return [*_no_runner(runs), *_on_aws(runs)] if runs.waiting else []


def _lifecycle(runs: Pipelines) -> list[Step]:
    """Pattern one, with the evidence of pattern four."""

    def ask(_people: Any) -> None:
        (runs.folder / "test-results.xml").write_text("<tests/>")
        (runs.folder / "security-scan.json").write_text("{}")
        runs.begin(
            "shop", "run", *WISH, "--attachment", "Test Results=test-results.xml", "--attachment", "security-scan.json",
            "--", "touch", "shop.deployed",
        )  # fmt: skip

    evidence = {"Test Results.xml", "security-scan.json"}
    return [
        Step("a change is asked for, with its evidence", ASKED, ask, lambda _: runs.files("shop") == evidence),
        Step(
            "its group approves, the board is asked", ANSWERED,
            lambda _: runs.decide("shop", GROUP, "approve"),
            lambda _: runs.change("shop")["state"] == AUTHORIZE,
        ),
        Step(
            "the board approves: deployed, and closed with the result", ANSWERED,
            lambda _: runs.decide("shop", BOARD, "approve"),
            lambda _: runs.is_deployed("shop") and runs.ended("shop", 0, "successful"),
        ),
    ]  # fmt: skip


def _emergency(runs: Pipelines) -> list[Step]:
    def ask(_people: Any) -> None:
        runs.begin("patch", "run", *WISH, "--emergency", "--", "touch", "patch.deployed")
        runs.decide("patch", BOARD, "approve")

    def arrived(_people: Any) -> bool:
        urgent = runs.change("patch").get("short_description", "").startswith("EMERGENCY: ")
        return urgent and runs.is_deployed("patch") and runs.ended("patch", 0, "successful")

    return [Step("an emergency is approved and deployed", ANSWERED, ask, arrived)]


def _standard(runs: Pipelines) -> list[Step]:
    return [
        Step(
            "a standard change waits for nobody", ASKED,
            lambda _: runs.begin("cache", "run", *STANDARD, "--", "touch", "cache.deployed"),
            lambda _: runs.is_deployed("cache") and runs.ended("cache", 0, "successful"),
        )
    ]  # fmt: skip


def _rejected(runs: Pipelines) -> list[Step]:
    def ask(_people: Any) -> None:
        runs.begin("risky", "run", *WISH, "--", "touch", "risky.deployed")
        runs.decide("risky", GROUP, "reject", comments="Not on a Friday")

    return [
        Step(
            "a rejection ends the pipeline, with its words; nothing is deployed", ANSWERED, ask,
            lambda _: runs.code("risky") == 80 and not runs.is_deployed("risky")
            and "Not on a Friday" in (runs.folder / "risky.log").read_text(),
        )
    ]  # fmt: skip


def _rollback(runs: Pipelines) -> list[Step]:
    failed: dict[str, Any] = {}

    def back(_people: Any) -> None:
        failed.update(runs.change("search"))
        runs.begin("search", "rollback", *STANDARD, "--", "touch", "search.deployed")

    return [
        Step(
            "a failed deployment is closed as that", ASKED,
            lambda _: runs.begin("search", "run", *STANDARD, "--", "false"),
            lambda _: runs.ended("search", 1, "unsuccessful"),
        ),
        Step(
            "it is rolled back under a change of its own, linked to the failed one", ASKED, back,
            lambda _: runs.change("search")["parent"] == failed["sys_id"]
            and runs.is_deployed("search") and runs.ended("search", 0, "successful"),
        ),
    ]  # fmt: skip


def _no_runner(runs: Pipelines) -> list[Step]:
    """The job has ended; the gate tells its pipeline."""

    def ask(_people: Any) -> None:
        runs.begin("gated", "ask", *ASKED_FOR, "--answer-to", runs.waiting.hook(runs.run))

    def decide(_people: Any) -> None:
        for person in (GROUP, BOARD):
            runs.decide("gated", person, "approve")

    def told(_people: Any) -> bool:
        answers = [(answer["state"], answer["number"]) for answer in runs.waiting.answers("hooks", runs.run)]
        return answers == [("approved", runs.change("gated")["number"])]

    return [
        Step(
            "a job asks the gate and ends: its pipeline waits with no runner", ASKED, ask,
            lambda _: runs.code("gated") == 0 and runs.change("gated").get("state") == ASSESS,
        ),
        Step("everybody approves: the waiting pipeline is let go on", ANSWERED, decide, told),
    ]  # fmt: skip


def _on_aws(runs: Pipelines) -> list[Step]:
    def reject(_people: Any) -> None:
        runs.waiting.approval("orders", run=runs.run, app="orders", **OF_AWS)
        runs.decide("orders", GROUP, "reject", comments="Not before Monday")

    def rejected(_people: Any) -> bool:
        answers = runs.waiting.answers("approvals", "orders/Deploy/Change")
        return [answer["status"] for answer in answers] == ["Rejected"] and "Not before Monday" in answers[0]["summary"]

    def begin(_people: Any) -> None:
        standard = {"kind": "standard", "template": "Deploy application", "app": "bills"}
        runs.waiting.task(runs.run, runs.run, **OF_AWS, **standard)

    def succeeded(_people: Any) -> bool:
        return [answer["status"] for answer in runs.waiting.answers("tasks", runs.run)] == ["SUCCEEDED"]

    return [
        Step("CodePipeline's approval is rejected with who said no, and why", ANSWERED, reject, rejected),
        Step("a task of Step Functions is let go on by a standard change", ANSWERED, begin, succeeded),
    ]


def _doubled(people: Any) -> int:
    rows = people.servicenow.rows("change_request", active="true")
    keys = [
        str(row["correlation_id"]).rpartition("/")[0] for row in rows if str(row["correlation_id"]).startswith("chg:")
    ]
    return len(keys) - len(set(keys))


TOUR = Part(_steps, duplicates=_doubled)
