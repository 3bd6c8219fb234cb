"""What is asked of the instance, part by part: each yields verdicts, as `check` does."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import requests

from integration.clients.servicenow.table import Table
from integration.module import Module
from integration.names import Names
from integration.operations.checking.assumptions import assumptions
from integration.operations.checking.run import Asked, all_checks
from integration.operations.checking.verdict import Verdict, fail, ok, skip
from integration.operations.registry import checks
from servicenow_setup.apply import apply, plan, remove
from servicenow_setup.settings import SetupSettings
from tests.real.given import MARK, Given

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.real.administrator import Administrator

SUITE = "contract suite"
NO_ANSWER = re.compile(r"ConnectionError|Timeout|Unavailable|JSONDecodeError")
"""An outage, of which no assumption breaks."""
SETUP, FOREIGN, RULES, ECHO = "set-up by REST", "rules of another scope", "rule runs", "rule condition"
PREFIX = "awskit0000"
PATIENCE_S, PAUSE_S = 60.0, 0.5
CONTRACT = Path(__file__).parents[1] / "contract"
SUITES = (CONTRACT / "emulators" / "servicenow", CONTRACT / "clients" / "servicenow")


def contract(given: Given, folder: Path) -> Iterator[Verdict]:
    """The tests marked `real`, in a process of their own; subject is the test's name."""
    report = folder / "contract.xml"
    report.unlink(missing_ok=True)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    environment["SERVICENOW_TEST_URL"] = given.url
    command = [sys.executable, "-m", "pytest", "-q", "-m", "real", "-p", "no:cacheprovider", f"--junitxml={report}"]
    with (folder / "contract.log").open("w", encoding="utf-8") as log:
        subprocess.run([*command, *SUITES], env=environment, stdout=log, stderr=log, check=False)
    if not report.exists():
        yield fail(SUITE, f"it did not run: {folder / 'contract.log'}", "See that file.")
        return
    for case in ET.parse(report).getroot().iter("testcase"):
        yield _told(case)


def _told(case: Any) -> Verdict:
    name = case.get("name", "").partition("[real")[0]
    wrong = next((part for kind in ("failure", "error") if (part := case.find(kind)) is not None), None)
    if wrong is not None:
        said = "".join(wrong.get("message", "").splitlines()[:1])[:300]
        if NO_ANSWER.search(said):
            return fail(SUITE, f"{name} got no answer: {said}", "Run it again.")
        return fail(name, said, "See contract.log.")
    skipped = case.find("skipped")
    return ok(name, "the test passes") if skipped is None else skip(name, skipped.get("message", ""))


def check(given: Given) -> Iterator[Verdict]:
    """Every line of `check` before a deployment, twice where an assumption seems broken: an outage breaks none."""
    asked = Asked(
        names=Names(""), instance_id=given.url, client_id=given.client_id, client_secret=given.client_secret,
        user_sys_id=given.user_sys_id, private_key_path=given.key_path, integration_module=given.module.value,
        incident_filter=f"short_descriptionSTARTSWITH{MARK}", probe=True, only="servicenow",
    )  # fmt: skip
    verdicts = list(all_checks(asked, checks()))
    settling = {each.probe for each in assumptions()}
    if any(verdict.state in ("fail", "warn") and verdict.subject in settling for verdict in verdicts):
        verdicts = list(all_checks(asked, checks()))
    yield from verdicts


def setup_settings(given: Given) -> SetupSettings:
    """Rules for marked records only; nobody answers at the webhook's address (RFC 6761)."""
    return SetupSettings(
        prefix=PREFIX, owner="kit/kit/kit", table=given.module.table, user_sys_id=given.user_sys_id,
        webhook_url="https://aws-servicenow-kit.invalid/webhook",
        incident_filter=f"short_descriptionSTARTSWITH{MARK}",
    )  # fmt: skip


def setup(given: Given, admin: Administrator) -> Iterator[Verdict]:
    """Made, read back, nothing to change, the rules run, removed, nothing left."""
    client, settings = Table(given.credentials.http()), setup_settings(given)
    made = apply(client, settings)
    after = plan(client, settings)
    if after.writes:
        told = ", ".join(f"{change.verb} {change.kind}" for change in after.writes)
        yield fail(SETUP, f"what was made reads otherwise: {told}", "See docs/servicenow-setup.md.")
    else:
        yield ok(SETUP, f"{len(made.writes)} records made and read back, {len(made.left_out)} refused; no difference")
    yield foreign(given, refused=[change.kind for change in made.left_out])
    yield from rules(given, admin, client)
    remove(client, settings)
    yield ok("removal", "the set-up is taken away again, and nothing of it is left")


def foreign(given: Given, refused: list[str]) -> Verdict:
    if given.module is not Module.IR:
        return skip(FOREIGN, "asked with --module ir")
    if refused:
        return fail(FOREIGN, f"refused: {', '.join(refused)}", "Nothing: deletions are found by the sweep.")
    return ok(FOREIGN, f"all rules stand, those of {given.module.table} and that of task")


def rules(given: Given, admin: Administrator, client: Table) -> Iterator[Verdict]:
    """What a person makes runs the rule, which logs that nobody answers; what our user writes between two of them does
    not. Rules run one after the other as a rule, so that the second person's line comes after ours would.
    """
    table = given.module.table

    def record() -> str:
        return str(
            admin.result("POST", f"/api/now/table/{table}", json={"short_description": f"{MARK} rules"})["sys_id"]
        )

    def lines(sys_id: str) -> int:
        return len(admin.rows("syslog", f"messageLIKEof {sys_id} was not delivered", "message"))

    first = record()
    if not until(lambda: lines(first)):
        yield fail(RULES, f"no rule ran within {PATIENCE_S:.0f} s of a new {table}", "See System Log of the instance.")
        return
    yield ok(RULES, "a person's creation runs it, with the shared code, and its failure is logged")
    client.update(table, first, {"work_notes": "written by the integration user"})
    second = record()
    until(lambda: lines(second))
    if lines(first) == 1:
        yield ok(ECHO, "what our user writes runs no rule; what a person writes does")
    else:
        yield fail(ECHO, "what our user writes runs the rule", "See the rule's condition.")


def until(look: Callable[[], Any]) -> Any:
    """What `look` gives once it is true; its last answer after `PATIENCE_S`. An outage meanwhile is waited out."""
    end, seen = time.monotonic() + PATIENCE_S, None
    while not seen and time.monotonic() < end:
        with suppress(requests.RequestException):
            seen = look()
        if not seen:
            time.sleep(PAUSE_S)
    return seen
