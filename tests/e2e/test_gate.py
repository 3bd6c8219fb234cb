"""Pipelines wait at the gate of a system without cases, and are answered once their change is decided."""

import hashlib
import hmac
import json
import time

import pytest
import requests
from click.testing import CliRunner
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from integration.changes.gate import names as g
from integration.emulators.kit.people import People
from integration.emulators.pipelines import Service, create_app, serve
from integration.operations.app import cli
from integration.operations.local.system import Options, start
from integration.operations.waiting import until
from tests.keys import pem, rsa_key

ASKED_FIRST, ASKED_THEN = "david.loo", "don.goodliffe"
WANTED = {"app": "shop", "version": "2.3.0", "environment": "production", "assignment_group": "DevOps Team"}
APP, WEBHOOK_SECRET = "4711", "w" * 40


class Gate:
    """The running system, the pipelines that wait, and who decides."""

    def __init__(self, running, pipelines):
        self.running, self.pipelines = running, pipelines
        self.hooks = running.plane.stack(g.STACK).outputs["ServiceNowChangeGateUrl"]
        secrets = running.plane.boto3_client("secretsmanager")
        made = json.loads(secrets.get_secret_value(SecretId=g.SECRET)["SecretString"])
        app = {"app_id": APP, "private_key": pem(rsa_key()).decode(), "webhook_secret": WEBHOOK_SECRET}
        secrets.put_secret_value(SecretId=g.SECRET, SecretString=json.dumps({**made, "github": app}))
        self.token, self.people = made["token"], running.people().servicenow

    def asks(self, run, hook, **wanted):
        """A pipeline of any kind asks, signed, to be answered at an address of its own."""
        url = self.pipelines.send("POST", "hooks", json={"name": hook, "secret": self.token})["url"]
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
        return self.pipelines.send("GET", "state")[kind][name]["answers"]


@pytest.fixture(scope="module")
def gate():
    public = rsa_key().public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    with serve(create_app(Service(app_id=APP, app_key=public))) as url:
        options = Options(integrations=("change",), settings={g.SETTING_ANSWERS_TO: [url]})
        with start(options) as running:
            yield Gate(running, People(f"{url}/_admin", "pipelines", refused=AssertionError))


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


def test_what_is_not_signed_starts_no_function(gate):
    for hook, status in (("url", 400), ("nothing", 403)):
        headers = {"Content-Type": "application/json"}
        assert requests.post(f"{gate.hooks}/{hook}", "{}", headers=headers, timeout=30).status_code == status


def test_an_operator_sees_who_waits_and_takes_the_gate_away(gate, monkeypatch):
    for name, value in gate.running.plane.operator_environment().items():
        monkeypatch.setenv(name, value)
    assert gate.asks("jenkins-shop-8", "waiting").status_code == 200
    change = gate.change("jenkins-shop-8")
    until(gate.running.resting)
    shown = json.loads(typed("status", "--links", "--json"))
    assert change["number"] in [row["number"] for row in shown["integrations"]["change"]]
    typed("destroy", "--only", "change", "--yes")
    assert g.STACK not in gate.running.plane.stacks.deployed


def typed(*words):
    done = CliRunner().invoke(cli, list(words))
    assert done.exit_code in (0, 1), (words, done.output, done.exception)
    return done.stdout
