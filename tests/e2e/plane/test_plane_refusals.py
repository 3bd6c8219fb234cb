"""What AWS refuses the plane refuses: taken names, addresses that are none, limits, regions that are not."""

import json

import boto3
import pytest
from botocore.exceptions import ClientError

from integration.aws_plane.deployment import DeploymentFailed
from integration.aws_plane.existing import NAMED
from integration.aws_plane.plane import Plane
from integration.aws_plane.template import Template

ANYBODY = {"Statement": [{"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "logs:*"}]}
TRUST = {
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]
}
NEIGHBOURS = {
    "Bus": ("AWS::Events::EventBus", {"Name": "taken-bus"}),
    "Table": ("AWS::DynamoDB::Table", {
        "TableName": "taken", "KeySchema": [{"AttributeName": "PK", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "PK", "AttributeType": "S"}], "BillingMode": "PAY_PER_REQUEST",
    }),
    "Log": ("AWS::Logs::LogGroup", {"LogGroupName": "/taken/log", "RetentionInDays": 90}),
    "Parameter": ("AWS::SSM::Parameter", {"Name": "/Taken/one", "Type": "String", "Value": "x"}),
    "Queue": ("AWS::SQS::Queue", {"QueueName": "taken-queue"}),
    "Topic": ("AWS::SNS::Topic", {"TopicName": "taken-topic"}),
    "Role": ("AWS::IAM::Role", {"RoleName": "taken-role", "AssumeRolePolicyDocument": TRUST}),
}  # fmt: skip


def template(name, **resources):
    bodies = {logical: {"Type": kind, "Properties": properties} for logical, (kind, properties) in resources.items()}
    return Template(name, {"Resources": bodies})


@pytest.fixture(scope="module")
def account():
    """An account in which somebody else made things."""
    with Plane() as plane:
        plane.deploy([template("Neighbour", **NEIGHBOURS)])
        yield plane


def test_a_name_that_is_taken_fails_the_change_set_and_is_named(account):
    """Before anything is made; the reasons come from DescribeEvents, not from the stack's events."""
    cloudformation = account.boto3_client("cloudformation")
    body = json.dumps(template("Ours", **NEIGHBOURS).body)
    made = cloudformation.create_change_set(
        StackName="Ours", ChangeSetName="c", ChangeSetType="CREATE", TemplateBody=body
    )
    told = cloudformation.describe_change_set(ChangeSetName=made["Id"])
    assert (told["Status"], told["ExecutionStatus"]) == ("FAILED", "UNAVAILABLE")
    assert "AWS::EarlyValidation::ResourceExistenceCheck" in told["StatusReason"]
    events = cloudformation.describe_events(ChangeSetName=made["Id"])["OperationEvents"]
    assert {e["LogicalResourceId"]: e["PhysicalResourceId"] for e in events} == {
        logical: properties[NAMED[kind][0]] for logical, (kind, properties) in NEIGHBOURS.items()
    }
    assert all("already exists" in e["ValidationStatusReason"] for e in events)
    of_stack = cloudformation.describe_events(StackName="Ours", Filters={"FailedEvents": True})["OperationEvents"]
    assert [e["PhysicalResourceId"] for e in of_stack] == [e["PhysicalResourceId"] for e in events]


@pytest.mark.parametrize("logical", NEIGHBOURS)
def test_a_name_that_is_taken_is_not_made_again(account, logical):
    with pytest.raises(DeploymentFailed, match="already exists"):
        account.deploy([template("Second", **{logical: NEIGHBOURS[logical]})])


def test_mail_goes_nowhere_before_its_owner_confirmed(account):
    topic = account.boto3_client("sns").list_topics()["Topics"][0]["TopicArn"]

    def subscribed(address):
        asked = {"TopicArn": topic, "Protocol": "email", "Endpoint": address}
        account.deploy([template("Mail", Receiver=("AWS::SNS::Subscription", asked))])
        (found,) = account.boto3_client("sns").list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
        return found["SubscriptionArn"]

    with pytest.raises(DeploymentFailed, match="Invalid parameter: Email address"):
        subscribed("nobody")
    assert subscribed("soc@example.com") == "PendingConfirmation"
    account.boto3_client("sns").confirm_subscription(TopicArn=topic, Token="soc@example.com")
    assert subscribed("soc@example.com").startswith(topic)


def test_an_account_has_ten_log_policies(account):
    """A log's own policy is not counted among them."""
    logs = account.boto3_client("logs")
    for number in range(10):
        logs.put_resource_policy(policyName=f"of-somebody-{number}", policyDocument=json.dumps(ANYBODY))
    one = {"PolicyName": "ours", "PolicyDocument": json.dumps(ANYBODY)}
    with pytest.raises(DeploymentFailed, match="LimitExceeded"):
        account.deploy([template("Policy", Ours=("AWS::Logs::ResourcePolicy", one))])
    log = {"LogGroupName": "/own/log", "RetentionInDays": 90, "ResourcePolicyDocument": ANYBODY}
    account.deploy([template("Group", Log=("AWS::Logs::LogGroup", log))])


def client(account, service, region="us-east-1"):
    of_operator = account.operator_environment()
    return boto3.Session().client(
        service, region_name=region, endpoint_url=account.aws_url,
        aws_access_key_id=of_operator["AWS_ACCESS_KEY_ID"], aws_secret_access_key=of_operator["AWS_SECRET_ACCESS_KEY"],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("service", "code"), [("dynamodb", "InvalidSignatureException"), ("sqs", "InvalidSignatureException"),
                          ("sts", "SignatureDoesNotMatch"), ("cloudformation", "SignatureDoesNotMatch")],
)  # fmt: skip
def test_a_region_that_is_none_is_refused(account, service, code):
    ask = {"dynamodb": "list_tables", "sqs": "list_queues", "sts": "get_caller_identity"}.get(service, "list_stacks")
    with pytest.raises(ClientError, match="valid region") as refused:
        getattr(client(account, service, "us-east-9"), ask)()
    assert refused.value.response["Error"]["Code"] == code


@pytest.mark.parametrize(
    ("service", "operation"),
    [("service-quotas", "list_services"), ("ec2", "describe_vpcs"), ("autoscaling", "describe_tags"),
     ("ecs", "list_clusters"), ("route53", "list_hosted_zones"), ("eks", "list_clusters")],
)  # fmt: skip
def test_what_is_not_here_is_refused_in_the_callers_own_protocol(account, service, operation):
    """An SDK raises its own error with the code, instead of choking on a body of another form."""
    with pytest.raises(ClientError) as refused:
        getattr(client(account, service), operation)()
    assert refused.value.response["Error"]["Code"] == "NotImplemented"
    assert "the local plane does not answer" in refused.value.response["Error"]["Message"]


def test_the_first_commands_anybody_types_are_answered(plane):
    """Of a deployment with functions and a schedule."""
    functions = client(plane, "lambda")
    names = {each["FunctionName"] for each in functions.list_functions()["Functions"]}
    assert "tiny-echo" in names
    assert functions.get_function(FunctionName="tiny-echo")["Configuration"]["Timeout"] > 0
    assert functions.get_account_settings()["AccountLimit"]["ConcurrentExecutions"] == 1000
    schedules = client(plane, "scheduler").list_schedules()["Schedules"]
    assert {each["Name"] for each in schedules} == set(plane.clock.names()) - {
        name for name in plane.clock.names() if name.startswith("rotate ")
    }


@pytest.mark.parametrize(("limit", "most", "least"), [(10, 0, 10), (1000, 900, 100)])
def test_a_function_may_reserve_what_leaves_enough_to_the_others(account, limit, most, least):
    """A new account with a quota of ten has nothing to reserve."""
    account.functions.concurrency.limit = limit
    assert reserving(account, most) == {"ConcurrentExecutions": limit, "UnreservedConcurrentExecutions": limit - most}
    with pytest.raises(DeploymentFailed, match=rf"below its minimum value of \[{least}\]"):
        reserving(account, most + 1)
    assert reserving(account, most)["UnreservedConcurrentExecutions"] == limit - most


def reserving(account, executions):
    """The account's limits with a function that reserves so many."""
    properties = {
        "FunctionName": "reserving", "Handler": "tiny_functions.echo", "Role": {"Fn::GetAtt": ["Role", "Arn"]},
        "ReservedConcurrentExecutions": executions,
    }  # fmt: skip
    role = ("AWS::IAM::Role", {"AssumeRolePolicyDocument": TRUST})
    account.deploy([template("Reserving", Role=role, Function=("AWS::Lambda::Function", properties))])
    limits = client(account, "lambda").get_account_settings()["AccountLimit"]
    return {name: limits[name] for name in ("ConcurrentExecutions", "UnreservedConcurrentExecutions")}
