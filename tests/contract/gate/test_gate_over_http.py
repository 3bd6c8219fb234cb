"""Both ends over HTTP: an emulated instance decides, an emulated pipeline is answered, the gate stands between."""

from __future__ import annotations

import io
import json
import time
import uuid
from itertools import count

import boto3
import pytest
from moto import mock_aws
from moto.core import models

from integration.aws.encryption import Envelope
from integration.aws.errors import connect
from integration.aws.table import Table
from integration.aws.telemetry import Telemetry
from integration.changes.gate.addresses import Allowed
from integration.changes.gate.callbacks.github import GitHub
from integration.changes.gate.callbacks.signed_url import SignedUrl
from integration.changes.gate.front_door import FrontDoor
from integration.changes.gate.gate import Gate
from integration.changes.gate.messages import wake_of
from integration.changes.gate.names import ASKED_EVENT
from integration.changes.gate.rows import Rows
from integration.changes.gate.signing import signed
from integration.changes.gate.waiter import Kind
from integration.changes.gate.wiring import Names
from integration.changes.key import key_of, mark_of, shown_of
from integration.changes.model import Run
from integration.changes.names import resolved
from integration.clients.errors import Misconfigured, Unavailable
from integration.emulators import servicenow
from integration.reconcile.errors import Later
from tests.contract.changes.places import HttpPlace, wish
from tests.contract.emulated import Instance, key_and_certificate
from tests.contract.gate.conftest import ENVIRONMENT, HOOK_TOKEN, REPOSITORY, WEBHOOK_SECRET
from tests.due_table import make_due_table

RUN = count(1)
WANTED = {"app": "shop", "version": "2.3.0", "environment": "production", "assignment_group": "DevOps Team"}


class Between:
    """The gate, by its front door; `place`: the instance and its people, `people`: who stands at the pipelines."""

    def __init__(self, rows, place, people, out, secrets, url):
        self.place, self.people, self.waiting = place, people, []
        callbacks = {Kind.URL: SignedUrl(out, secrets), Kind.GITHUB: GitHub(out, secrets)}
        names, http = Names(), place.http
        self.gate = Gate(rows, place.port, lambda wish: resolved(wish, http, names), callbacks, time.time, 200)
        telemetry = Telemetry("front door", "test", stream=io.StringIO())
        self.door = FrontDoor(secrets, lambda: Allowed((url,)), self.waiting.append, telemetry)

    def post(self, kind, content, headers):
        answer = self.door.answer({"path": f"/gate/{kind}", "headers": headers, "body": content})
        assert answer["statusCode"] == 200, answer
        return self.passed()

    def passed(self):
        wake = wake_of({"detail-type": ASKED_EVENT, "detail": json.loads(json.dumps(self.waiting[-1]))}, time.time())
        return self.gate.asked(wake.ask, time.time() + 180)

    def asks(self, **wanted):
        """A pipeline of its own, to be answered at an address of its own."""
        self.name = f"run-{next(RUN)}"
        url = self.people.send("POST", "hooks", json={"name": self.name, "secret": HOOK_TOKEN})["url"]
        run = {"ci": "jenkins", "server": "https://ci", "project": "shop", "run": self.name}
        content = json.dumps({"run": run, "change": {**WANTED, **wanted}, "callback_url": url})
        return self.post("url", content, signed(HOOK_TOKEN, time.time(), content.encode()))

    @property
    def change(self):
        rows = self.place.instance.people.rows("change_request")
        [one] = [row for row in rows if self.name in row["correlation_display"] and row["state"] != "4"]
        return one

    def told(self):
        """The rule of the instance told of it; a check of conflicts may take its time."""
        for _ in range(50):
            outcome = self.gate.changed(self.change["sys_id"], time.time() + 180)
            if not isinstance(outcome.error, Later):
                return outcome
        raise AssertionError("the check of conflicts never ended")

    @property
    def answers(self):
        return self.people.send("GET", "state")["hooks"][self.name]["answers"]


@pytest.fixture(scope="module")
def instance():
    with servicenow.serve(servicenow.create_app()) as url:
        served = Instance(url)
        served.fresh(*key_and_certificate(), "itil")
        yield served


@pytest.fixture(scope="module")
def rows():
    with pytest.MonkeyPatch.context() as patch:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patch.setenv(name, "testing")
        patch.setattr(models, "RESPONSES_METHODS", [])
        with mock_aws():
            yield _rows(boto3.Session(region_name="us-east-1"))


def _rows(session):
    dynamodb, kms, name = connect(session, "dynamodb"), connect(session, "kms"), f"changes-{uuid.uuid4().hex}"
    make_due_table(dynamodb, name)
    return Rows(Table(dynamodb, name), Envelope(kms, kms.create_key()["KeyMetadata"]["Arn"]))


@pytest.fixture
def between(instance, rows, people, out, secrets, url):
    yield Between(rows, HttpPlace(instance), people, out, secrets, url)
    instance.admin("DELETE", "faults")
    instance.config()


def test_a_pipeline_is_let_go_on_once_everybody_approved(between):
    """Four calls and one for the group's name; then one for each thing that happens."""
    assert between.asks().error is None
    assert (between.change["state"], between.answers) == ("-4", [])
    assert len([call for call in between.place.calls if "oauth" not in call]) == 5
    between.place.calls.clear()
    assert between.told().error is None
    assert between.answers == []
    between.place.approve(between.change["sys_id"])
    assert between.told().error is None
    [answer] = between.answers
    assert (answer["state"], answer["number"]) == ("approved", between.change["number"])
    assert between.place.calls == ["GET change_request ok"] * 2
    assert (between.change["state"], between.change["work_start"]) == ("-2", "")


def test_a_pipeline_is_told_who_said_no_and_why(between):
    between.asks()
    between.place.do("reject", between.change["sys_id"], "christen.mitchell", comments="not before Monday")
    between.place.instance.settled()
    between.told()
    [answer] = between.answers
    assert answer["state"] == "rejected"
    assert "Christen Mitchell" in answer["reason"]
    assert "not before Monday" in answer["reason"]


def test_a_standard_change_is_answered_by_the_pass_that_made_it(between):
    between.asks(kind="standard", template="Deploy application", assignment_group="")
    assert [answer["state"] for answer in between.answers] == ["approved"]


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ({"cmdb_ci": "db-01"}, "2 records are called"),
        ({"assignment_group": "Nobody"}, "there is no assignment group"),
        ({"kind": "standard"}, "name it by --template"),
        ({"kind": "standard", "template": "Patch server"}, "retired"),
    ],
    ids=str,
)
def test_what_the_instance_cannot_make_is_answered_in_its_words(between, wanted, said):
    assert between.asks(**wanted).report.counts["ChangesNotMade"] == 1
    [answer] = between.answers
    assert (answer["state"], said in answer["reason"]) == ("rejected", True)


def test_a_change_on_hold_waits_and_a_cancelled_one_is_told(between):
    between.asks()
    between.place.do("hold", between.change["sys_id"], reason="wait for the freeze")
    between.told()
    assert between.answers == []
    sys_id = between.change["sys_id"]
    between.place.do("unhold", sys_id)
    between.place.do("cancel", sys_id, reason="not today")
    between.gate.changed(sys_id, time.time() + 180)
    assert [answer["state"] for answer in between.answers] == ["rejected"]


def test_a_blackout_lets_nobody_through(between):
    between.asks(cmdb_ci="staging-k8s-cluster")
    between.place.approve(between.change["sys_id"])
    between.place.blackout()
    between.told()
    [answer] = between.answers
    assert answer["state"] == "rejected"


@pytest.mark.parametrize("kind", ["401", "500", "html-200", "truncated-200", "reset-after"])
def test_an_instance_that_does_not_answer_lets_nobody_through(between, kind):
    """And once it does, whoever was approved meanwhile goes on."""
    between.asks()
    between.place.approve(between.change["sys_id"])
    sys_id = between.change["sys_id"]
    between.place.instance.fault(kind, path="/api/now/table/change_request*", times=3)
    outcome = between.gate.changed(sys_id, time.time() + 180)
    assert isinstance(outcome.error, Unavailable | Misconfigured)
    assert between.answers == []
    between.place.instance.admin("DELETE", "faults")
    between.told()
    assert [answer["state"] for answer in between.answers] == ["approved"]


def github_asks(between, people):
    """A run of GitHub begins to wait; its App's webhook tells the gate."""
    begun = {"repository": REPOSITORY, "run": next(RUN), "environment": ENVIRONMENT, "installation": 5}
    told = people.send("POST", "github/runs", json={**begun, "secret": WEBHOOK_SECRET})
    return str(begun["run"]), told["body"], told["headers"]


def reviewed(people, run):
    return people.send("GET", "state")["runs"][f"{REPOSITORY}/{run}"]["answers"]


def test_a_deployment_of_github_waits_for_the_change_that_an_earlier_job_made(between, people):
    """The event says no version: the change of the run is taken as it is."""
    number, body, headers = github_asks(between, people)
    run = Run(ci="github", server="https://github.com", project=REPOSITORY, run=number)
    made = wish(environment=ENVIRONMENT)
    key = key_of(run, ENVIRONMENT, "shop")
    change = between.place.port.create(made, mark_of(key, 1), shown_of(run, made))
    assert between.post("github", body, headers).error is None
    between.place.approve(change.sys_id)
    between.gate.changed(change.sys_id, time.time() + 180)
    [answer] = reviewed(people, number)
    assert answer["state"] == "approved"


def test_a_deployment_of_github_that_no_job_asked_a_change_for_is_told_what_is_missing(between, people):
    number, body, headers = github_asks(between, people)
    assert between.post("github", body, headers).error is None
    [answer] = reviewed(people, number)
    assert (answer["state"], "cannot be submitted" in answer["comment"]) == ("rejected", True)
