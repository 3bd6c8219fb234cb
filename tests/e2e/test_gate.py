"""Pipelines wait at the gate of a system without cases, and are answered once their change is decided."""

import hashlib
import hmac
import json
import os
import subprocess
import sys
import time

import pytest
import requests
from click.testing import CliRunner
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from integration import names as n
from integration.changes.gate import names as g
from integration.changes.gate.verdict import QUARTER_S
from integration.operations.app import cli
from integration.operations.changes.tour import Pipelines, at_the_gate
from integration.operations.local import tour
from integration.operations.local.system import Options, start
from integration.operations.tour import Part
from integration.operations.waiting import until
from tests.e2e.rights import without_reason
from tests.keys import pem, rsa_key

ASKED_FIRST, ASKED_THEN = "david.loo", "don.goodliffe"
WANTED = {"app": "shop", "version": "2.3.0", "environment": "production", "assignment_group": "DevOps Team"}
APP, WEBHOOK_SECRET = "4711", "w" * 40
SLASH = "the guide does not say whether the ARN of a path ends in a slash; the functions ask in one of both ways"
ALLOWED = {
    ("Sweep", "sqs:SendMessage"): "EventBridge Scheduler's own, where it cannot start a function at all",
    ("Sweep", "arn:aws:sqs:*"): "the queue of the same",
    ("Gate", "arn:aws:ssm:us-east-1:123456789012:parameter/SecurityIncidentResponse/"): SLASH,
}
"""(part of the role's name, pattern of actions or resources) → why nothing here uses it."""
CHECKED = ("changes", "change API", "gate answers", "gate secret", "gate github", "gate hooks", "gate queue")


class Gate:
    """The running system, the pipelines that wait, and who decides."""

    def __init__(self, running):
        people = running.people()
        self.running, self.people, self.pipelines = running, people.servicenow, people.beside["pipelines"]
        self.hooks, self.token = self.pipelines.hooks, self.pipelines.token
        app = {"app_id": APP, "private_key": pem(rsa_key()).decode(), "webhook_secret": WEBHOOK_SECRET}
        text = json.dumps({"token": self.token, "github": app})
        self.client("secretsmanager").put_secret_value(SecretId=g.SECRET, SecretString=text)
        public = rsa_key().public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
        self.pipelines.send("POST", "github/app", json={"app_id": APP, "public_key": public})

    def client(self, service):
        return self.running.plane.boto3_client(service)

    def asks(self, run, hook, **wanted):
        """A pipeline of any kind asks, signed, to be answered at an address of its own."""
        url = self.pipelines.hook(hook)
        body = json.dumps({
            "run": {"ci": "jenkins", "server": "https://ci", "project": "shop", "run": run}, "callback_url": url,
            "change": {**WANTED, **wanted},
        })  # fmt: skip
        at = str(int(time.time()))
        mac = hmac.new(self.token.encode(), f"{at}.{body}".encode(), hashlib.sha256).hexdigest()
        headers = {"X-Gate-Timestamp": at, "X-Gate-Signature-256": f"sha256={mac}", "Content-Type": "application/json"}
        return requests.post(f"{self.hooks}/url", body, headers=headers, timeout=30)

    def decided_by(self, who, decision, number, words):
        assert self.people.settle(10)
        self.people.on_change(who, decision, number, comments=words)

    def change(self, run):
        """Of this run, once the gate has submitted it."""

        def found():
            rows = self.people.rows("change_request")
            return [r for r in rows if r["correlation_id"].startswith("chg:") and run in r["correlation_display"]]

        until(lambda: [each["state"] for each in found()] == ["-4"])
        return found()[0]

    def answers(self, kind, name):
        return self.pipelines.answers(kind, name)


@pytest.fixture(scope="module")
def gate():
    with start(Options(integrations=("change",))) as running:
        yield Gate(running)


@pytest.fixture(autouse=True)
def operator(gate, monkeypatch):
    for name, value in gate.running.plane.operator_environment().items():
        monkeypatch.setenv(name, value)


def test_a_pipeline_waits_with_no_runner_and_is_let_go_on_once_its_change_is_approved(gate):
    """Asked once; the instance's rule tells of the approval, and the answer is there within seconds."""
    assert gate.asks("jenkins-shop-7", "approved").status_code == 200
    change = gate.change("jenkins-shop-7")
    gate.decided_by(ASKED_FIRST, "approve", change["number"], "fine")
    assert gate.answers("hooks", "approved") == []
    gate.decided_by(ASKED_THEN, "approve", change["number"], "go")
    began = time.monotonic()
    until(lambda: gate.answers("hooks", "approved"))
    assert time.monotonic() - began < 10
    [answer] = gate.answers("hooks", "approved")
    assert (answer["state"], answer["number"]) == ("approved", change["number"])


def test_a_deployment_of_github_is_rejected_with_who_said_no_and_why(gate):
    """Signed by the webhook's secret, answered as the App, both as GitHub does it."""
    run = {"repository": "octo/shop", "run": 99, "environment": "production", "installation": 5}
    told = gate.pipelines.send("POST", "github/runs", json={**run, "secret": WEBHOOK_SECRET})
    assert requests.post(f"{gate.hooks}/github", told["body"], headers=told["headers"], timeout=30).status_code == 200
    until(lambda: gate.answers("runs", "octo/shop/99"))
    [answer] = gate.answers("runs", "octo/shop/99")
    assert answer["state"] == "rejected"


def test_codepipeline_and_step_functions_are_answered_by_their_own_calls(gate):
    """The tour's steps at the gate: a job that asks and ends, an approval, a task; and a task that asks for nothing."""
    gate.pipelines.task("token-of-nothing", "execution-2", app="bills")
    part = Part(lambda people, _sweep: at_the_gate(Pipelines(people)))
    day = tour.run([part], gate.running.people(), "itsm", lambda: 0, lambda: None, lambda _outcome: None)
    assert {step.name: step.why for step in day.steps if not step.arrived} == {}
    [stage] = gate.client("codepipeline").get_pipeline_state(name="orders")["stageStates"]
    assert stage["actionStates"][0]["latestExecution"]["status"] == "Failed"
    until(lambda: gate.answers("tasks", "token-of-nothing"))
    assert gate.answers("tasks", "token-of-nothing")[0]["error"] == "ChangeRejected"


def test_what_is_not_signed_starts_no_function(gate):
    for hook, status in (("url", 400), ("nothing", 403)):
        headers = {"Content-Type": "application/json"}
        assert requests.post(f"{gate.hooks}/{hook}", "{}", headers=headers, timeout=30).status_code == status


def test_an_operator_sees_who_waits_and_that_all_is_in_order(gate):
    assert gate.asks("jenkins-shop-8", "waiting").status_code == 200
    change = gate.change("jenkins-shop-8")
    until(gate.running.resting)
    found = checked()
    states = {each["subject"]: each["state"] for each in found if each["subject"].startswith(("gate", "change"))}
    assert states == dict.fromkeys(CHECKED, "ok")
    assert "ok" in [each["state"] for each in found if each["subject"] == "rules"]
    shown = json.loads(typed("status", "--links", "--json"))
    assert change["number"] in [row["number"] for row in shown["integrations"]["change"]]


def test_a_decision_that_no_event_told_is_found_and_no_right_is_without_a_use(gate):
    """Somebody deleted the rule, which `check` says; the change is found within a quarter of an hour, and its pipeline
    told again where it is busy; what nobody understands is put aside.

    Then every right of the gate's roles was used, and none of its calls was refused.
    """
    assert gate.asks("jenkins-shop-9", "untold").status_code == 200
    change = gate.change("jenkins-shop-9")
    [rule] = [row for row in gate.people.rows("sys_script") if row["name"].endswith("AWS change saved")]
    gate.people.write("admin", "delete", "sys_script", rule["sys_id"], enforce=False)
    missing = [each for each in checked() if f"create is due: sys_script {rule['name']!r}" in each["told"]]
    assert [(each["state"], "change deploy" in each["fix"]) for each in missing] == [("fail", True)]
    for who in (ASKED_FIRST, ASKED_THEN):
        gate.decided_by(who, "approve", change["number"], "go")
    assert gate.answers("hooks", "untold") == []
    gate.pipelines.fault(operation="Hook", kind="status", status=503)
    gate.running.forward(QUARTER_S)
    until(lambda: gate.running.forward(60) or gate.answers("hooks", "untold"))
    plane = gate.running.plane
    queue = gate.client("sqs").get_queue_url(QueueName=g.QUEUE)["QueueUrl"]
    gate.client("sqs").send_message(QueueUrl=queue, MessageBody="no event at all")
    until(lambda: plane.queues[g.QUEUE + n.DEAD_SUFFIX].visible, what="what was put aside")
    assert [str(denial) for denial in plane.denied()] == []
    assert without_reason(plane, g.STACK, ALLOWED) == []


def test_the_gate_is_taken_away(gate):
    """By a process that goes by the plane's clock, which is ahead by now."""
    plane = gate.running.plane
    command = [sys.executable, "-m", "integration.operations.app", "destroy", "--only", "change", "--yes"]
    environment = os.environ | plane.hours.environment()
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert g.STACK not in plane.stacks.deployed


def checked():
    return json.loads(typed("check", "--no-probe", "--json"))["checks"]


def typed(*words):
    done = CliRunner().invoke(cli, list(words))
    assert done.exit_code in (0, 1), (words, done.output, done.exception)
    return done.stdout
