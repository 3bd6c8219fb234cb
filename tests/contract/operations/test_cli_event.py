"""An event really travels, from the instance's rule to the receiver; where it does not, the missing link is named."""

import io
import itertools
import json
from dataclasses import replace

import boto3
import pytest

from integration import names as n
from integration.aws.table import Table as Rows
from integration.aws.telemetry import Telemetry
from integration.aws_plane.http_server import Response, listening
from integration.clients.servicenow.table import Table
from integration.connection.declaration import CONNECTION
from integration.connection.heard import Memory
from integration.connection.receiver import Receiver
from integration.names import PROBE_MARK, Names
from integration.operations.checking import event, probe
from integration.operations.checking import run as checks
from integration.operations.checking.event import silence
from integration.operations.deployment.account import open_account
from integration.operations.deployment.deployed import find
from integration.operations.deployment.request import request_of
from integration.operations.rollout import verification
from integration.operations.terminal.output import Output
from integration.registry import NOTIFICATIONS
from servicenow_setup.apply import apply
from servicenow_setup.cases import PROBED_BY
from servicenow_setup.changes import Changes
from servicenow_setup.credential import store_token
from servicenow_setup.desired import sys_id_for
from tests.contract.operations import conftest as world

NAMES, TOKEN = Names(), "t" * 48
NUMBER = itertools.count()


class Door:
    """The webhook: the real receiver over the table, behind a token. `expected`: the instance's name, "" any."""

    def __init__(self):
        self.token, self.expected, self.published = TOKEN, "", []

    def answer(self, request):
        if request.headers["authorization"] != f"Bearer {self.token}":
            return Response(401)
        return Response(self.receiver().answer({"body": request.body.decode()})["statusCode"])

    def publish(self, events):
        self.published += events

    def receiver(self):
        telemetry = Telemetry(f"door{next(NUMBER)}", "s", "error", io.StringIO())
        memory = Memory(Rows(boto3.client("dynamodb"), NAMES.table), telemetry)
        return Receiver(NOTIFICATIONS, self, lambda: self.expected, memory, telemetry)


@pytest.fixture
def door():
    made = Door()
    with listening(made.answer) as server:
        made.url = f"{server.url}/prod/webhook"
        yield made


@pytest.fixture
def whole(aws, instance, pair, door, monkeypatch):
    """A deployment whose rules stand in the instance and call the door."""
    monkeypatch.setattr(world, "WEBHOOK", door.url)
    monkeypatch.setattr(event, "PAUSE_S", 0.05)
    monkeypatch.setattr(probe, "PAUSE_S", 0.05)
    world.stand(NAMES, instance, pair[0].read_bytes(), settings={"incident_filter": "category=security"})
    found = find(open_account(None, None), NAMES)
    apply(Table(found.connection.http), found.connection.setup)
    store_token(Table(found.connection.http), found.connection.setup.prefix, TOKEN)
    return found


@pytest.fixture
def told(run, whole):
    """The verdicts of `check` about the event."""

    def call(*words):
        document = json.loads(run("check", "--json", *words).stdout)
        return [verdict for verdict in document["checks"] if verdict["subject"] == "event"]

    return call


def the_rule(instance, whole, **columns):
    kind = f"rule/{PROBED_BY}/incident"
    place = sys_id_for(whole.connection.setup.prefix, kind)
    [row] = [row for row in instance.records("sys_script") if row["sys_id"] == place]
    instance.admin("POST", "/seed", sys_script=[{**row, **columns}])


def test_the_event_of_the_probe_comes_in_whatever_the_filter_says_and_is_told_to_nobody(told, door, instance):
    """Of a new record, of the cancelled one that a user without the right to delete leaves, and of a further one."""
    for words in ([], [], ["--probe"]):
        [verdict] = told(*words)
        assert verdict["state"] == "ok", verdict
        assert "came in from the instance" in verdict["told"]
    assert door.published == []
    assert {row["state"] for row in instance.records("incident") if row["correlation_id"] == PROBE_MARK} <= {"8"}


def test_without_probe_nothing_is_written_and_the_line_is_skipped(told, instance):
    assert [verdict["state"] for verdict in told("--no-probe")] == ["skip"]
    assert instance.records("incident") == []


def test_without_cases_no_test_record_is_written(run, whole, instance, monkeypatch):
    """Nobody there writes incidents, so nobody needs one; also where it is asked for, or the instance is named, as by
    the variable that a pipeline's `change` reads.
    """
    alone = replace(whole, integrations=(CONNECTION,))
    monkeypatch.setattr(checks, "find", lambda *_: alone)
    for words in ([], ["--probe"], ["--instance-id", instance.url]):
        document = json.loads(run("check", "--json", *words).stdout)
        told = {each["subject"]: each for each in document["checks"] if each["subject"] in {"write", "event"}}
        assert not [each for each in document["checks"] if each["subject"].startswith("set-up")]
        assert {subject: each["state"] for subject, each in told.items()} == {"write": "skip", "event": "skip"}
        assert "cases are not deployed" in told["write"]["told"]
        assert not {"table", "journal"} & {each["subject"] for each in document["checks"]}
    assert instance.records("incident") == []


def test_where_nothing_tells_of_incidents_nobody_waits_for_an_event(whole):
    """Integrations without cases: no such rule stands, and none is missing."""
    verdict = event.in_the_way(Changes((), (), (), {}), whole)
    assert (verdict.state, verdict.told.partition(",")[0]) == ("skip", "cases are not deployed")


def a_rule_that_is_gone(instance, whole, door):
    Table(whole.connection.http).delete(
        "sys_script", sys_id_for(whole.connection.setup.prefix, f"rule/{PROBED_BY}/incident")
    )


def a_rule_switched_off(instance, whole, door):
    the_rule(instance, whole, active="false")


def a_filter_of_theirs(instance, whole, door):
    the_rule(instance, whole, filter_condition="priority=1^EQ")


def another_token(instance, whole, door):
    door.token = "another"


def no_credential(instance, whole, door):
    Table(whole.connection.http).delete(
        "discovery_credentials", sys_id_for(whole.connection.setup.prefix, "credential")
    )


def another_name(instance, whole, door):
    door.expected = "elsewhere"


def no_way_out(instance, whole, door):
    for table in ("sys_rest_message", "sys_rest_message_fn"):
        rows = instance.records(table)
        instance.admin("POST", "/seed", **{table: [{**row, "rest_endpoint": "http://127.0.0.1:9/x"} for row in rows]})


LINKS = [
    (a_rule_that_is_gone, "fail", "is not in the instance", "import the update set"),
    (a_rule_switched_off, "fail", "was switched off", "--restore-rules"),
    (a_filter_of_theirs, "skip", "cannot be asked", ""),
    (another_token, "fail", "no call of the instance arrived", "Outbound HTTP Requests"),
    (no_credential, "fail", "no call of the instance arrived", "System Log"),
    (no_way_out, "fail", "no call of the instance arrived", "a proxy, an allow-list"),
    (another_name, "fail", "the instance calls itself", "learns the name anew"),
]


@pytest.mark.parametrize(("broken", "state", "said", "fix"), LINKS, ids=lambda x: getattr(x, "__name__", ""))
def test_the_missing_link_is_named(told, instance, whole, door, monkeypatch, broken, state, said, fix):
    monkeypatch.setattr(event, "PATIENCE_S", 10.0 if broken is another_name else 0.1)  # of the others nothing comes
    broken(instance, whole, door)
    [verdict] = told()
    assert (verdict["state"], said in verdict["told"], fix in verdict["fix"]) == (state, True, True), verdict
    assert TOKEN not in json.dumps(verdict)


LOGGED = "x AWS Security IR: IncidentProbe of abc was not delivered: {}. The next sweep repairs it."
SILENCES = [
    ("", True, "refused the instance's call (401)", "rotate"),
    (LOGGED.format("AWS answered with status 403"), False, "refused the instance's call (403)", "--allowed-ips"),
    (LOGGED.format("AWS answered with status 503"), False, "answered the instance with 503", "WebhookFailed"),
    (LOGGED.format('the credential "x" is missing'), False, "finds no credential", "change deploy"),
    (LOGGED.format("UnknownHostException"), False, "cannot reach the webhook: UnknownHostException", "proxy, DNS"),
    ("", False, "no call of the instance arrived", "Outbound HTTP Requests"),
]


@pytest.mark.parametrize(("said", "unknown_token", "told", "fix"), SILENCES)
def test_a_silence_is_told_by_what_can_be_read(said, unknown_token, told, fix):
    """The rule's own line, where the log is open to the user, and the authorizer's."""
    verdict = silence(said, "change deploy … (as before)", unknown_token=unknown_token)
    assert verdict.state == "fail"
    assert told in verdict.told
    assert fix in verdict.fix


def test_a_deployment_ends_with_an_event_that_travelled(whole, instance, pair):
    request = request_of(NAMES, instance.url, "client-1", world.SECRET, instance.user, pair[0], "itsm")
    _, verdicts = verification.verified(request, whole.account, Output())
    assert {verdict.subject: verdict.state for verdict in verdicts}["event"] == "ok"


def test_before_an_update_set_is_imported_nothing_is_waited_for(whole, instance, pair):
    request = request_of(
        NAMES, instance.url, "client-1", world.SECRET, instance.user, pair[0], "itsm", setup="update-set"
    )
    _, verdicts = verification.verified(request, whole.account, Output())
    assert {verdict.subject: verdict.state for verdict in verdicts}["event"] == "skip"
    assert instance.records("incident") == []


def test_status_tells_when_the_instance_last_told_something(run, whole):
    assert json.loads(run("status", "--json").stdout)["events"] == {"last": None}
    whole.table.put({"PK": n.HEARD, "SK": n.HEARD_EVENT, "at": 1000.5})
    assert json.loads(run("status", "--json").stdout)["events"] == {"last": 1000.5}
