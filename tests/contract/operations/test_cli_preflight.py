"""What would roll a deployment back is told before it begins, and what the person may not look at is skipped."""

import json
from types import SimpleNamespace

import boto3
import pytest
from botocore.exceptions import ClientError

from integration.names import Names
from integration.operations.checking import aws_side, preflight
from integration.operations.checking.preflight import named, obstacles
from integration.operations.deployment.account import Account

NAMES = Names()
GUARDRAILS = preflight._guardrails
"""As it is; the fixture `aws` takes it away."""


def verdicts(found):
    return [(each.subject, each.state, each.told) for each in found]


def a_bus():
    boto3.client("events").create_event_bus(Name=NAMES.bus)


def a_table():
    boto3.client("dynamodb").create_table(
        TableName=NAMES.table, BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "PK", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "PK", "AttributeType": "S"}],
    )  # fmt: skip


def a_queue():
    boto3.client("sqs").create_queue(QueueName=NAMES.cases_queue)


def a_secret():
    boto3.client("secretsmanager").create_secret(Name=NAMES.webhook_secret, SecretString="x")


def a_secret_on_its_way_out():
    a_secret()
    boto3.client("secretsmanager").delete_secret(SecretId=NAMES.webhook_secret)


def parameters_of_the_sample():
    for name in ("serviceNowClientId", "privateKeyAssetBucket", "slackBotToken"):
        boto3.client("ssm").put_parameter(Name=NAMES.parameter_prefix + name, Value="x", Type="String")


TAKEN = [
    (a_bus, ["the event bus security-incident-event-bus exists"]),
    (a_table, ["the table SecurityIncidentResponseLinks exists"]),
    (a_queue, ["the queue SecurityIncidentResponseCaseEvents exists"]),
    (a_secret, ["the secret SecurityIncidentResponse/ServiceNowWebhookToken exists"]),
    (a_secret_on_its_way_out, ["is scheduled for deletion"]),
    (parameters_of_the_sample, ["privateKeyAssetBucket, serviceNowClientId exist below", "slackBotToken of somebody"]),
]


@pytest.mark.parametrize(("make", "said"), TAKEN, ids=[make.__name__ for make, _ in TAKEN])
def test_names_that_are_taken_are_told(aws, make, said):
    make()
    found = verdicts(obstacles(aws, NAMES))
    assert len(found) == len(said)
    assert all(part in told for part, (_, _, told) in zip(said, found, strict=True))
    assert found[0][1] == "fail"
    assert verdicts(obstacles(aws, Names("blue"))) == []


def test_a_taken_name_stops_a_deployment_before_anything_is_made(world):
    a_bus()
    from integration.operations.terminal.failure import Failure

    with pytest.raises(Failure, match="security-incident-event-bus exists"):
        world.deploy()
    assert world.cdk.commands == []


def test_a_deployment_s_own_names_are_not_in_its_way(run, deployed):
    found = json.loads(run("check", "--only", "aws", "--json").stdout)["checks"]
    assert [each for each in found if each["subject"] in ("names", "parameters")] == []


class Denied:
    """A client of a person who may do nothing."""

    def __getattr__(self, operation):
        def refuse(*_, **__):
            raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "secret"}}, operation)

        return refuse


def test_what_may_not_be_looked_at_is_skipped(aws):
    """Each look says which right it takes; the rest goes on, and nothing fails."""
    aws._clients.update({name: Denied() for name in ("dynamodb", "kms", "events", "secretsmanager", "lambda", "sqs")})
    [(subject, state, told)] = verdicts(obstacles(aws, NAMES))
    assert (subject, state) == ("names", "skip")
    assert "lambda:GetFunction" in told
    aws._clients.update({name: Denied() for name in ("ssm", "apigateway", "iam", "logs")})
    assert {state for _, state, _ in verdicts(preflight.preflight(aws, NAMES))} == {"skip"}


@pytest.mark.parametrize(("free", "state"), [(10, "warn"), (29, "warn"), (30, "ok"), (1000, "ok")])
def test_a_young_account_s_quota(aws, free, state):
    limits = {"AccountLimit": {"UnreservedConcurrentExecutions": free}}
    aws._clients["lambda"] = SimpleNamespace(get_account_settings=lambda: limits)
    [found] = preflight._concurrency(aws)
    assert found.state == state
    assert ("L-B99A9384" in found.fix) == (state == "warn")


@pytest.mark.parametrize(("number", "ours", "policy", "fails"), [
    (10, False, "account", True), (10, True, "account", False),
    (9, False, "account", False), (10, False, "group", False),
])  # fmt: skip
def test_the_account_s_ten_log_policies(aws, number, ours, policy, fails):
    """Only for who asked for one of them."""
    logs = boto3.client("logs")
    for each in [NAMES.notifications_rule] * ours + [f"p{i}" for i in range(number - ours)]:
        logs.put_resource_policy(policyName=each, policyDocument="{}")
    assert bool(verdicts(obstacles(aws, NAMES, policy))) == fails


def test_the_log_role_of_api_gateway_that_is_gone(aws):
    arn = "arn:aws:iam::123456789012:role/gone"
    change = {"op": "replace", "path": "/cloudwatchRoleArn", "value": arn}
    boto3.client("apigateway").update_account(patchOperations=[change])
    [(_, state, told)] = verdicts(preflight._api_log_role(aws))
    assert state == "warn"
    assert arn in told


class Simulated:
    """IAM as far as it simulates: what is denied, on every resource; who is asked about."""

    def __init__(self, *denied):
        self.denied, self.asked = denied, []

    def simulate_principal_policy(self, **asked):
        self.asked.append(asked)
        return {"EvaluationResults": [
            {"EvalActionName": action, "EvalResourceName": place,
             "EvalDecision": "explicitDeny" if action in self.denied or "/x" in place else "allowed"}
            for action in asked["ActionNames"] for place in asked["ResourceArns"]
        ]}  # fmt: skip


def test_a_guardrail_is_told_by_the_actions_it_denies(aws):
    """The CDK's role is asked about what the least-privilege policy holds, each action on the resources it is for."""
    aws._clients["iam"] = iam = Simulated("lambda:CreateFunction")
    [found] = GUARDRAILS(aws, "hnb659fds")
    assert found.state == "warn"
    assert "lambda:CreateFunction" in found.told
    assert {each["PolicySourceArn"] for each in iam.asked} == {
        "arn:aws:iam::123456789012:role/cdk-hnb659fds-cfn-exec-role-123456789012-us-east-1"
    }
    assert not [
        place for each in iam.asked for place in each["ResourceArns"] if "ACCOUNT" in place or "REGION" in place
    ]


def test_a_bootstrap_of_an_organisation_is_asked_under_its_qualifier(aws):
    aws._clients["iam"] = iam = Simulated()
    [_] = GUARDRAILS(aws, "acme")
    assert {each["PolicySourceArn"].rpartition("/")[2] for each in iam.asked} == {
        "cdk-acme-cfn-exec-role-123456789012-us-east-1"
    }
    assert not [place for each in iam.asked for place in each["ResourceArns"] if "hnb659fds" in place]


def a_topic(region):
    return boto3.client("sns", region_name=region).create_topic(Name="pager")["TopicArn"]


@pytest.mark.parametrize(("topic", "said"), [
    (lambda: a_topic("us-east-1"), []),
    (lambda: a_topic("eu-west-1"), ["is in eu-west-1, and an alarm of us-east-1 tells topics there"]),
    (lambda: "arn:aws:sns:us-east-1:123456789012:nowhere", ["does not exist"]),
], ids=["there", "of-another-region", "not-there"])  # fmt: skip
def test_a_topic_for_alarms_is_looked_at(aws, topic, said):
    found = list(obstacles(aws, NAMES, alarm_topic=topic()))
    assert [each.state for each in found] == ["fail"] * len(said)
    assert all(part in each.told for part, each in zip(said, found, strict=True))


def test_a_topic_that_may_not_be_looked_at_is_skipped(aws):
    """That of another account, as a rule."""
    aws._clients["sns"] = Denied()
    found = verdicts(obstacles(aws, NAMES, alarm_topic="arn:aws:sns:us-east-1:210987654321:pager"))
    assert [(subject, state) for subject, state, _ in found] == [("alarm topic", "skip")]


def memberships_in(monkeypatch, *regions):
    there = SimpleNamespace(memberships=lambda: [{"membershipStatus": "Active"}])
    none = SimpleNamespace(memberships=list)
    monkeypatch.setattr(Account, "security_ir_in", lambda _self, region: there if region in regions else none)


def test_a_membership_in_another_region_is_named(aws, monkeypatch):
    """An account has it in one: who begins in the wrong region is told the right one, before anything is made."""
    memberships_in(monkeypatch, "eu-west-1")
    found = aws_side.membership(aws)
    assert found.state == "fail"
    assert "no active membership in us-east-1" in found.told
    assert "there is one in eu-west-1" in found.told
    assert found.fix == "Give --region eu-west-1."


def test_no_membership_anywhere(aws, monkeypatch):
    memberships_in(monkeypatch)
    found = aws_side.membership(aws)
    assert found.state == "fail"
    assert "nor in any other region" in found.told


def test_a_wrong_region_s_bootstrap_is_named_by_its_qualifier(aws):
    ssm = boto3.client("ssm")
    ssm.delete_parameter(Name="/cdk-bootstrap/hnb659fds/version")
    assert "is not bootstrapped" in aws_side.bootstrap(aws).told
    ssm.put_parameter(Name="/cdk-bootstrap/acme/version", Value="33", Type="String")
    assert "but with acme" in aws_side.bootstrap(aws).told
    assert aws_side.bootstrap(aws, "acme").state == "ok"


@pytest.mark.parametrize(("protected", "told"), [(False, ["protection"]), (True, [])])
def test_the_stack_of_links_and_key_should_be_protected(world, protected, told):
    world.deploy()
    world.cloudformation.stacks[NAMES.state_stack].protected = protected
    found = list(aws_side.stacks(world.account, NAMES))
    assert [each.subject for each in found if each.state == "warn"] == told
    assert [each.fix for each in found if "--enable-termination-protection" in each.fix] or protected


def test_every_fixed_name_of_a_stack_is_looked_for():
    """Tables, buses, secrets and functions; what CloudFormation names itself cannot be in the way."""
    found = {each.name for each in named(NAMES)}
    assert {
        NAMES.table,
        NAMES.bus,
        NAMES.webhook_secret,
        NAMES.data_key_alias,
        NAMES.poller,
        NAMES.cases_queue,
    } <= found
