"""What stands in the templates is what runs; what the plane does not know is an error that names it."""

import re

import boto3
import pytest

from integration.aws_plane.deployment import DeploymentFailed
from integration.aws_plane.plane import Plane

PARAMETERS = {"TinyApplication": {"instance": "dev12345"}}


def test_stacks_are_deployed_in_the_order_of_their_imports(plane):
    assert list(plane.stacks.deployed) == ["TinyState", "TinyApplication"]


def test_resources_exist_through_the_ordinary_apis(plane):
    assert plane.boto3_client("ssm").get_parameter(Name="/Tiny/instance")["Parameter"]["Value"] == "dev12345"
    table = plane.boto3_client("dynamodb").describe_table(TableName="TinyTable")["Table"]
    assert table["GlobalSecondaryIndexes"][0]["IndexName"] == "due"
    secret = plane.boto3_client("secretsmanager").get_secret_value(SecretId="tiny/token")["SecretString"]
    assert re.fullmatch(r'\{"token": "([^"]{43}|new-[0-9a-f-]{36})"\}', secret), "as made, or as rotated since"


def test_addresses_of_api_gateway_become_the_planes_own(plane):
    assert plane.outputs()["Url"] == plane.webhook_url == f"{plane.url}/prod/webhook"


def test_a_custom_resource_gets_its_scalars_as_text_and_gives_attributes(plane):
    """CloudFormation turns true into `true` and 3 into `3`."""
    assert plane.outputs()["Said"] == "Create"
    assert plane.outputs()["Flag"] == "true"


@pytest.mark.parametrize(
    ("wish", "reason"),
    [("fail", "the role business_rule_admin is missing"), ("die", "Runtime.ExitError")],
)
def test_a_failed_custom_resource_fails_the_deployment_with_its_reason_and_undoes_it(fresh, stacks, wish, reason):
    fresh.deploy([stacks.STATE])
    with pytest.raises(DeploymentFailed, match=reason):
        fresh.deploy([stacks.application(wish=wish)], PARAMETERS)
    assert "TinyApplication" not in fresh.stacks.deployed
    assert "tiny-queue" not in fresh.queues


def test_a_second_deployment_without_changes_touches_nothing(fresh, stacks):
    for _ in range(2):
        fresh.deploy([stacks.STATE, stacks.application()], PARAMETERS)
    assert [line for line in fresh.logs("tiny-custom") if "CUSTOM" in line] == ["CUSTOM Create"]
    fresh.deploy([stacks.STATE, stacks.application(flag=False)], PARAMETERS)
    assert fresh.outputs()["Said"] == "Update"


def test_a_changed_parameter_reaches_environment_and_store(fresh, stacks):
    fresh.deploy([stacks.STATE, stacks.application()], PARAMETERS)
    assert fresh.invoke("tiny-environment", {"names": ["INSTANCE"]}) == {"INSTANCE": "dev12345"}
    fresh.deploy([stacks.application()], {"TinyApplication": {"instance": "dev67890"}})
    assert fresh.invoke("tiny-environment", {"names": ["INSTANCE"]}) == {"INSTANCE": "dev67890"}
    assert fresh.boto3_client("ssm").get_parameter(Name="/Tiny/instance")["Parameter"]["Value"] == "dev67890"


def test_destroying_removes_all_but_what_says_retain(fresh, stacks):
    fresh.deploy([stacks.STATE, stacks.application()], PARAMETERS)
    with pytest.raises(DeploymentFailed, match="TinyApplication imports from it"):
        fresh.destroy("TinyState")
    fresh.destroy("TinyApplication")
    fresh.destroy("TinyState")
    assert fresh.queues == {}
    assert list(fresh.functions) == []
    assert fresh.boto3_client("dynamodb").list_tables()["TableNames"] == ["TinyTable"]


BAD = {
    "a type": ({"Type": "AWS::Pipes::Pipe", "Properties": {}}, "TinyApplication/Odd.*AWS::Pipes::Pipe"),
    "a property": (
        {"Type": "AWS::SQS::Queue", "Properties": {"FifoQueue": True}},
        r"TinyApplication/Odd \(AWS::SQS::Queue\).*FifoQueue",
    ),
    "a property within": (
        {"Type": "AWS::Events::Rule", "Properties": {
            "EventPattern": {"source": ["x"]}, "Targets": [{"Id": "1", "Arn": "a", "InputPath": "$.detail"}]}},
        "Targets.InputPath",
    ),
    "a pattern's operator": (
        {"Type": "AWS::Events::Rule", "Properties": {"EventPattern": {"source": [{"sounds-like": "x"}]}}},
        "sounds-like",
    ),
    "a schedule": (
        {"Type": "AWS::Scheduler::Schedule", "Properties": {
            "ScheduleExpression": "cron(0 3 * * ? *)",
            "Target": {"Arn": "arn:aws:lambda:us-east-1:123456789012:function:f", "RoleArn": "r"}}},
        "Odd",
    ),
    "a dynamic reference": (
        {"Type": "AWS::SSM::Parameter", "Properties": {
            "Name": "/x", "Type": "String", "Value": "{{resolve:secretsmanager:tiny}}"}},
        "dynamic reference",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", BAD)
def test_what_the_plane_does_not_know_is_an_error_that_names_it(plane, stacks, what):
    odd, message = BAD[what]
    before = set(plane.queues)
    with pytest.raises(DeploymentFailed, match=message):
        plane.deploy([stacks.application(Odd=odd)], PARAMETERS)
    assert set(plane.queues) == before


def test_a_rule_that_its_queue_does_not_let_in_is_told(fresh, stacks):
    """On AWS such events vanish without a word."""
    template = stacks.application()
    resources = dict(template.resources)
    del resources["QueuePolicy"]
    closed = type(template)(template.name, {**template.body, "Resources": resources})
    with pytest.raises(DeploymentFailed, match=r"may not sqs:SendMessage on .*tiny-queue"):
        fresh.deploy([stacks.STATE, closed], PARAMETERS)


def test_a_mapping_whose_role_cannot_poll_is_refused(fresh, stacks):
    template = stacks.application(ConsumingRole=stacks.role(*stacks.USES_TABLE))
    with pytest.raises(DeploymentFailed, match="does not have permissions to call ReceiveMessage"):
        fresh.deploy([stacks.STATE, template], PARAMETERS)


def test_a_taken_port_is_an_os_error(plane):
    port = int(plane.url.rpartition(":")[2])
    with pytest.raises(OSError, match="in use"), Plane(port=port):
        pass


def test_what_two_accounts_make_has_different_ids(fresh):
    """Their processes are forked from one, whose chance would go on alike in both."""
    with Plane() as other:
        made = [each.boto3_client("kms").create_key()["KeyMetadata"]["KeyId"] for each in (fresh, other)]
    assert len(set(made)) == 2


def test_sts_knows_the_operator(plane):
    told = plane.boto3_client("sts").get_caller_identity()
    assert told["Account"] == "123456789012"


def test_an_unknown_key_and_a_wrong_signature_are_refused(plane):
    for key, secret, code in (("AKIANOBODY", "x", "UnrecognizedClientException"),
                              ("AKIALOCALOPERATOR000", "wrong", "SignatureDoesNotMatch")):  # fmt: skip
        client = boto3.client(
            "dynamodb", endpoint_url=plane.aws_url, region_name="us-east-1", aws_access_key_id=key,
            aws_secret_access_key=secret,
        )  # fmt: skip
        with pytest.raises(client.exceptions.ClientError) as refused:
            client.list_tables()
        assert refused.value.response["Error"]["Code"] == code
