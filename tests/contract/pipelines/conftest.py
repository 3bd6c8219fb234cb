"""A pipeline's machine beside an emulated instance: its variables, folder, people, and the program as it runs there."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from click.testing import CliRunner

from integration.changes import command
from integration.emulators import servicenow
from integration.emulators.servicenow.staff import Staff
from integration.operations.app import cli
from integration.operations.terminal.output import BUG
from tests.contract.emulated import unplanned
from tests.identity.documents import check_document
from tests.identity.golden import WRITES

ROOT = Path(__file__).resolve().parents[3]
PROGRAM = (sys.executable, str(ROOT / "deploy_integrations_solution.py"), "change")
CLIENT_CREDENTIALS = "glide.oauth.inbound.client.credential.grant_type.enabled"
USER, ROLES = "pipeline", ["itil", "snc_internal"]
SECRET = "a-secret-of-the-pipeline"
PATIENCE_S = 30
BOARD = ("bow.ruggeri", "christen.mitchell")
"""Whoever is asked for a normal change: its group, then the board."""
WISH = (
    "--app", "shop", "--version", "2.3.0", "--environment", "production", "--assignment-group", "DevOps Team",
    "--cmdb-ci", "prod-k8s-cluster", "--implementation-plan", "Deploy via Helm chart", "--backout-plan", "Back",
    "--test-plan", "Unit tests", "--justification", "New features",
)  # fmt: skip
STANDARD = ("--type", "standard", "--template", "Deploy application", "--app", "shop", "--version", "2.3.0",
            "--environment", "production", "--cmdb-ci", "prod-k8s-cluster")  # fmt: skip


@dataclass
class Instance:
    url: str
    people: Staff
    former: dict = field(default_factory=dict)

    def config(self, **switches):
        self.until_the_end("config", switches)

    def properties(self, values):
        self.until_the_end("properties", values)

    def until_the_end(self, route, values):
        """Of the test: `fresh` puts back what was there."""
        before = self.people.send("GET", route)
        self.former[route] = {name: before.get(name, "") for name in values} | self.former.get(route, {})
        self.people.send("PATCH", route, json=values)

    def roles(self, *names):
        """These alone."""
        self.people.send("POST", "roles", json={"user_name": USER, "revoke": ROLES, "grant": list(names)})

    def changes(self, **equal):
        return self.people.rows("change_request", **equal)

    def change(self, number):
        (row,) = self.changes(number=number)
        return row

    def of_run(self, run):
        """The changes of a run of a pipeline, by what they display."""
        return [row for row in self.changes() if row["correlation_display"].endswith(f" {run}")]

    def notes(self, sys_id):
        return [row["value"] for row in self.people.rows("sys_journal_field", element_id=sys_id)]

    def files(self, sys_id):
        return {row["file_name"] for row in self.people.rows("sys_attachment", table_sys_id=sys_id)}

    def fresh(self):
        while self.former:
            route, values = self.former.popitem()
            self.people.send("PATCH", route, json=values)
        self.people.send("DELETE", "faults")
        self.people.send("DELETE", "oauth/tokens")
        self.roles(*ROLES)
        assert self.people.settle(PATIENCE_S)
        unplanned(self.people)


@pytest.fixture(scope="package")
def _instance():
    with servicenow.serve(servicenow.create_app()) as url:
        people = Staff(f"{url}/_admin", "ServiceNow", refused=AssertionError)
        people.send("POST", "users", json={"user_name": USER, "roles": ROLES})
        people.send("POST", "oauth", json={"client_id": "ci", "client_secret": SECRET, "user_name": USER})
        people.send("PATCH", "properties", json={CLIENT_CREDENTIALS: "true"})
        yield Instance(url, people)


@pytest.fixture
def instance(_instance):
    yield _instance
    _instance.fresh()


@pytest.fixture
def environ(instance, tmp_path):
    """As a job of GitHub has it, with a run of its own, and nothing of this machine but its PATH."""
    github = {
        "GITHUB_ACTIONS": "true", "GITHUB_SERVER_URL": "https://github.com", "GITHUB_REPOSITORY": "octo/shop",
        "GITHUB_RUN_ID": tmp_path.name, "GITHUB_RUN_ATTEMPT": "1", "GITHUB_OUTPUT": str(tmp_path / "outputs"),
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary"),
    }  # fmt: skip
    ours = {
        "SERVICENOW_INSTANCE_ID": instance.url, "SERVICENOW_CLIENT_ID": "ci", "SERVICENOW_CLIENT_SECRET": SECRET,
    }  # fmt: skip
    return {"PATH": os.environ["PATH"], "HOME": str(tmp_path), **github, **ours}


@pytest.fixture
def outputs(tmp_path):
    """The last that later steps were told."""

    def read():
        return dict(line.split("=", 1) for line in (tmp_path / "outputs").read_text().splitlines())

    return read


@pytest.fixture
def quick(monkeypatch):
    """Waits pass sooner: what is waited for comes within the first of them."""
    sleep = time.sleep
    monkeypatch.setattr(command.time, "sleep", lambda seconds: sleep(min(seconds, 0.05)))


@pytest.fixture
def change(environ, tmp_path, monkeypatch, quick):
    """The command in this process: exit code, both streams, the document if there is one."""
    for name in set(os.environ) - {WRITES}:
        monkeypatch.delenv(name)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)

    def called(*words, **more):
        done = CliRunner().invoke(cli, ["change", *map(str, words)], env=more)
        assert "Traceback" not in done.output
        assert done.exit_code != BUG, done.output
        lines = done.stdout.splitlines()
        done.document = json.loads(lines[-1]) if "--json" in words and lines else {}
        if done.document:
            check_document(f"change {words[0]}", done.document)
        return done

    return called


@dataclass
class Process:
    """The program as a process of its own."""

    popen: subprocess.Popen
    out: str = ""
    err: str = ""

    def ended(self):
        self.out, self.err = self.popen.communicate(timeout=PATIENCE_S)
        assert "Traceback" not in self.err
        return self.popen.returncode

    def send(self, number):
        self.popen.send_signal(number)


@pytest.fixture
def started(environ, tmp_path):
    """Starts it; what still runs at the end is killed with all it started."""
    running = []

    def start(*words, env=(), **options):
        popen = subprocess.Popen(
            [*PROGRAM, *map(str, words)], env={**environ, **dict(env)}, cwd=tmp_path, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True, **options,
        )  # fmt: skip
        running.append(popen)
        return Process(popen)

    yield start
    for popen in running:
        if popen.poll() is None:
            os.killpg(popen.pid, signal.SIGKILL)
        popen.communicate()


@pytest.fixture
def approving(instance):
    """People who approve what they are asked for, as soon as they are."""
    over = threading.Event()

    def approve():
        while not over.is_set():
            for row in instance.people.rows("sysapproval_approver", state="requested"):
                names = {
                    each["sys_id"]: each["user_name"]
                    for each in instance.people.rows("sys_user", sys_id=row["approver"])
                }
                if names.get(row["approver"]) in BOARD:
                    instance.people.on_change(names[row["approver"]], "approve", row["sysapproval"])
            over.wait(0.05)

    thread = threading.Thread(target=approve, daemon=True)
    thread.start()
    yield
    over.set()
    thread.join()


@pytest.fixture
def meanwhile():
    """Does something beside the command; what it raises fails the test."""
    failures = []

    def do(deed):
        def guarded():
            try:
                deed()
            except BaseException as error:  # noqa: BLE001 - shown below
                failures.append(error)

        thread = threading.Thread(target=guarded)
        thread.start()
        return thread

    yield do
    assert failures == []
