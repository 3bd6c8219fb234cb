"""What an operator sees of the gate, sends again, and is told of a wrong option."""

from __future__ import annotations

import json
import time
from types import SimpleNamespace

import boto3
import pytest
from click.testing import CliRunner
from moto import mock_aws

from integration import names as n
from integration.changes.declaration import CHANGES
from integration.changes.gate import names as g
from integration.connection.declaration import CONNECTION
from integration.module import Module
from integration.names import Names
from integration.operations.app import cli
from integration.operations.changes.overview import overview
from integration.operations.commands import replay
from integration.operations.deployment.remembered import completed
from integration.operations.deployment.request import Request
from integration.operations.rollout import command
from integration.operations.terminal.output import Output
from tests.due_table import make_due_table
from tests.keys import pem, rsa_key

HELD = {"key": "chg:1", "number": "CHG0030001", "sysId": "a" * 32, "waiting": 2}
TASK = {"task_token": "AAAA", "run": "arn:execution", "change": {"app": "shop"}}
GIVEN = (
    "change", "deploy", "--instance-id", "dev1", "--client-id", "c", "--user-sys-id", "a" * 32,
    "--integration-module", "itsm", "--region", "us-east-1",
)  # fmt: skip


@pytest.fixture
def deployed(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        session, names = boto3.Session(region_name="us-east-1"), Names()
        make_due_table(session.client("dynamodb"), g.TABLE)
        for name in (n.DEAD_SUFFIX, ""):
            session.client("sqs").create_queue(QueueName=f"{g.QUEUE}{name}")
        for name in (g.SCHEDULE, names.notifications_rule):
            session.client("sqs").create_queue(QueueName=f"{name}{n.DEAD_SUFFIX}")
        yield SimpleNamespace(
            names=names, integrations=(CHANGES, CONNECTION), client=session.client, table=None, account=None,
            connection=SimpleNamespace(values={"gate_answers_to": ["api.github.com"]}),
        )  # fmt: skip


@pytest.fixture
def entered(deployed):
    """Puts the gate's secret there with these members beside its token."""

    def put(**members):
        text = json.dumps({"token": "t" * 48, **members})
        deployed.client("secretsmanager").create_secret(Name=g.SECRET, SecretString=text)

    return put


def hold(deployed, key, asked_s_ago, **more):
    row = {
        "PK": {"S": f"Change#{key}"}, "SK": {"S": "latest"}, n.DUE_SHARD: {"S": "due"}, n.DUE: {"N": "4000000000"},
        "asked": {"N": str(time.time() - asked_s_ago)}, "waiting": {"N": str(more.get("waiting", 1))},
        "number": {"S": more.get("number", "CHG1")}, "sysId": {"S": "a" * 32}, "told": {"S": "encrypted payroll"},
    }  # fmt: skip
    deployed.client("dynamodb").put_item(TableName=g.TABLE, Item=row)


def test_status_names_what_waits_over_an_hour_and_all_of_it_when_asked(deployed, entered):
    entered(github={"app_id": "1", "private_key": pem(rsa_key()).decode(), "webhook_secret": "w"})
    hold(deployed, "long", 4000, number="CHG0030001")
    hold(deployed, "short", 60, number="CHG0030002")
    hold(deployed, "answered", 9000, waiting=0)
    shown = overview(deployed)
    assert [row["number"] for row in shown.rows] == ["CHG0030001"]
    assert [sentence.partition(" was asked")[0] for sentence in shown.attention] == ["CHG0030001"]
    assert {row["number"] for row in overview(deployed, every=True).rows} == {"CHG0030001", "CHG0030002"}
    assert "payroll" not in json.dumps(overview(deployed, every=True).rows)


def test_status_says_which_secret_of_a_hook_is_missing_and_what_to_type(deployed, entered):
    """Its calls are refused as anybody's are, so nothing else tells."""
    entered()
    [sentence] = overview(deployed).attention
    assert "says nothing of github" in sentence
    assert f"aws secretsmanager put-secret-value --secret-id {g.SECRET} --secret-string file://" in sentence


def test_an_ask_among_the_dead_letters_is_sent_again_as_it_came(deployed, monkeypatch):
    """It is no event: a task's role wrote it, or SNS did."""
    monkeypatch.setattr(replay, "open_links", lambda _table: [])
    sqs = deployed.client("sqs")
    for body in (json.dumps(TASK), "no JSON"):
        sqs.send_message(QueueUrl=sqs.get_queue_url(QueueName=f"{g.QUEUE}-dead")["QueueUrl"], MessageBody=body)
    work = replay.Replay(deployed, Output(quiet=True))
    chosen = work.found().chosen(replay.Choice(everything=True))
    work.send(chosen)
    [again] = sqs.receive_message(QueueUrl=sqs.get_queue_url(QueueName=g.QUEUE)["QueueUrl"], WaitTimeSeconds=0)[
        "Messages"
    ]
    assert json.loads(again["Body"]) == TASK


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--gate-answers-to", "http://gitlab.example.com"), "is no host"),
        (("--gate-answers-to", "*"), "is no host"),
        (("--gate-allowed-ips", "everybody"), "--gate-allowed-ips"),
    ],
)
def test_a_wrong_option_of_deploy_is_told_before_anything_is_asked(deployed, tmp_path, options, said):
    secret = tmp_path / "secret.txt"
    secret.write_text("s3cr3t")
    secret.chmod(0o600)
    done = CliRunner().invoke(cli, [*GIVEN, "--client-secret", f"@{secret}", *options])
    assert (done.exit_code, said in done.stderr) == (2, True), done.output
    assert "Traceback" not in done.output


def test_deploy_asks_for_the_gate_alone_and_what_is_deployed_already_stays(tmp_path, monkeypatch):
    """The steps are those of `service-now`, which completes what is asked by what stands."""
    asked = []

    class Steps:
        def __init__(self, request, *_more):
            asked.append(request)

        def plan(self):
            return SimpleNamespace(verdicts=(), deployed=False)

    monkeypatch.setattr(command, "Steps", Steps)
    monkeypatch.setattr(command, "open_account", lambda *_: None)
    monkeypatch.setattr(command, "Cdk", lambda _account: None)
    secret = tmp_path / "secret.txt"
    secret.write_text("s3cr3t")
    secret.chmod(0o600)
    words = [
        "--gate-answers-to",
        "api.github.com,dev.azure.com/acme",
        "--gate-allowed-ips",
        "192.0.2.0/24",
        "--alarm-email",
        "soc@example.com",
        "--setup",
        "update-set",
        "--dry-run",
    ]
    done = CliRunner().invoke(cli, [*GIVEN, "--client-secret", f"@{secret}", *words])
    assert done.exit_code == 0, done.output
    [request] = asked
    assert request.integrations == (CHANGES.key,)
    assert request.gate_answers_to == ("api.github.com", "dev.azure.com/acme")
    assert request.gate_allowed_ips == ("192.0.2.0/24",)
    assert (request.alarm_emails, request.setup) == (("soc@example.com",), "update-set")
    assert not [said for said in request.warnings() if "incident" in said]


def test_deployed_beside_cases_the_gate_leaves_them_there():
    standing = {"integrations": ("cases",), "gate_answers_to": (), "gate_allowed_ips": ()}
    wanted = Request(Names(), "dev1", "c", "s", "a" * 32, None, Module.ITSM, integrations=(CHANGES.key,))
    assert completed(wanted, standing).integrations == ("cases", CHANGES.key)
