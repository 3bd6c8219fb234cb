"""Whether alarms reach somebody: told by the deployment's last words, by `check` and by `status`."""

import json

import boto3
import pytest
from moto.sns import models, responses

from integration.aws_plane import moto_changes
from integration.names import Names
from integration.operations.deployment.receivers import alarms
from integration.operations.rollout.verification import verified
from integration.operations.terminal.output import Output
from tests.contract.operations.deployed_world import NAMES

TOPIC = f"arn:aws:sns:us-east-1:123456789012:{NAMES.alarm_topic}"
OTHER = "arn:aws:sns:us-east-1:123456789012:pager"


@pytest.fixture
def mail(deployed, monkeypatch):
    """Subscribes an address as AWS does: pending until it is confirmed."""
    for kind, name in (
        (models.SNSBackend, "list_subscriptions_by_topic"),
        (responses.SNSResponse, "confirm_subscription"),
    ):
        monkeypatch.setattr(kind, name, getattr(kind, name))  # put back afterwards
    moto_changes.wait_for_the_owner_of_an_address()

    def subscribe(address, *, confirmed=False):
        boto3.client("sns").subscribe(TopicArn=TOPIC, Protocol="email", Endpoint=address)
        if confirmed:
            boto3.client("sns").confirm_subscription(TopicArn=TOPIC, Token=address)

    return subscribe


def ring(name, *, state="ALARM", actions=()):
    cloudwatch = boto3.client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName=name, MetricName="m", Namespace="n", Statistic="Sum", Period=60, EvaluationPeriods=1, Threshold=1,
        ComparisonOperator="GreaterThanThreshold", AlarmActions=[TOPIC, *actions],
    )  # fmt: skip
    cloudwatch.set_alarm_state(AlarmName=name, StateValue=state, StateReason="as asked")


def checked(run):
    found = json.loads(run("check", "--only", "aws", "--json").stdout)["checks"]
    return [(each["state"], each["told"], each["fix"]) for each in found if each["subject"] == "alarms"]


def test_an_address_that_never_confirmed_fails(run, mail):
    """The silent defect: the deployment is fine, and nobody is ever told."""
    mail("soc@example.com")
    mail("duty@example.com", confirmed=True)
    [pending, told] = checked(run)
    assert pending[0] == "fail"
    assert "soc@example.com has not confirmed" in pending[1]
    assert f"aws sns subscribe --protocol email --topic-arn {TOPIC}" in pending[2]
    assert told[:2] == ("ok", "told to duty@example.com")


def test_where_nobody_listens_it_warns(run, deployed):
    [(state, told, fix)] = checked(run)
    assert (state, told) == ("warn", "nobody is told of alarms")
    assert "--alarm-email" in fix


def test_somebody_s_own_topic_counts(run, deployed):
    ring("SecurityIncidentResponse-DeadLetters", state="OK", actions=[OTHER])
    assert checked(run) == [("ok", f"told to {OTHER}", "")]


def test_who_may_not_look_is_told_which_right_it_takes(run, deployed, monkeypatch):
    """And the check goes on."""
    denied = lambda *_: (_ for _ in ()).throw(denial)  # noqa: E731 - raises
    denial = boto3.client("sns").exceptions.ClientError({"Error": {"Code": "AccessDenied"}}, "ListSubscriptionsByTopic")
    monkeypatch.setattr("integration.operations.deployment.receivers._subscriptions", denied)
    [(state, told, _)] = checked(run)
    assert state == "skip"
    assert "sns:ListSubscriptionsByTopic" in told


def test_status_shows_what_rings_and_who_is_told(run, mail):
    mail("soc@example.com")
    ring("SecurityIncidentResponse-DeadLetters")
    ring("SecurityIncidentResponse-QueueAge", state="OK")
    ring("SecurityIncidentResponse-blue-DeadLetters")
    done = run("status", "--json")
    document = json.loads(done.stdout)
    assert document["alarms"] == {
        "ringing": ["SecurityIncidentResponse-DeadLetters"],
        "receivers": [{"address": "soc@example.com", "confirmed": False}],
    }
    assert any("DeadLetters rings" in said for said in document["attention"])
    assert any("soc@example.com has not confirmed" in said for said in document["attention"])
    assert done.exit_code == 1
    assert "to be confirmed" in run("status").stdout


def test_a_deployment_s_last_words_say_who_is_told(deployed, mail, instance, pair, monkeypatch, capfd):
    from integration.operations.deployment.request import request_of
    from integration.operations.rollout import verification

    mail("soc@example.com")
    mail("duty@example.com", confirmed=True)
    monkeypatch.setattr(verification, "_looked_at", lambda *_: ())
    verified(request_of(NAMES, instance.url, "client-1", "s", instance.user, pair[0], "itsm"), deployed, Output())
    said = capfd.readouterr()
    assert "Told of alarms: duty@example.com." in said.out.splitlines()[-1]
    assert "soc@example.com is told of no alarm yet" in said.err


def test_a_deployment_without_topic_has_no_receivers(aws):
    assert alarms(aws, Names("other")).receivers == ()
