"""A second region, and an account in which others have things: nothing collides, or it is named beforehand."""

import boto3
import pytest

from integration.aws_plane.plane import ACCOUNT, Plane
from integration.aws_plane.template import Template
from integration.names import Names
from integration.operations.checking.preflight import obstacles
from integration.operations.deployment.account import Account

REGION = "eu-central-1"
NAMES, BLUE = Names(), Names("blue")
STACKS = (NAMES.state_stack, NAMES.common_stack, NAMES.servicenow_stack)
TRUST = {
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "apigateway.amazonaws.com"}, "Action": "sts:AssumeRole"}]
}
OF_THE_FIRST_REGION = {"Type": "AWS::IAM::Role", "Properties": {
    "RoleName": NAMES.former_api_log_role, "AssumeRolePolicyDocument": TRUST,
}}  # fmt: skip
"""An earlier version's deployment made it there: roles are the account's, in every region."""
TAKEN = ("serviceNowClientId", "serviceNowUserId", "serviceNowInstanceId", "privateKeyAssetBucket")
SAMPLE = {
    "Bus": {"Type": "AWS::Events::EventBus", "Properties": {"Name": "security-incident-event-bus"}},
    **{name: {"Type": "AWS::SSM::Parameter", "Properties": {
        "Name": f"/SecurityIncidentResponse/{name}", "Type": "String", "Value": "x",
    }} for name in TAKEN},
}  # fmt: skip
"""What AWS's published sample has of our names (sample-aws-security-incident-response-integrations, common stack)."""


@pytest.fixture(scope="module")
def deployed(today):
    """In the second region, where nothing was in the way."""
    with Plane(region=REGION) as plane:
        plane.cloudformation.bootstrap()
        plane.deploy([Template("First", {"Resources": {"Role": OF_THE_FIRST_REGION}})])
        assert in_the_way(plane) == []
        plane.deploy(today())
        yield plane


def in_the_way(plane, names=NAMES):
    """What `check` and a deployment say before anything is made."""
    given = plane.operator_environment()
    session = boto3.Session(given["AWS_ACCESS_KEY_ID"], given["AWS_SECRET_ACCESS_KEY"], region_name=REGION)
    account = Account(session, ACCOUNT, REGION, f"arn:aws:iam::{ACCOUNT}:root")
    account._clients.update({
        name: plane.boto3_client(name)
        for name in ("cloudformation", "dynamodb", "kms", "events", "secretsmanager", "lambda", "sqs", "ssm", "logs")
    })  # fmt: skip
    return [each.told for each in obstacles(account, names) if each.state == "fail"]


def test_a_second_region_takes_a_deployment_beside_the_first(deployed):
    """Buckets lie in it, and no name is global: the first region's role stays as it is."""
    s3 = deployed.boto3_client("s3")
    regions = {s3.get_bucket_location(Bucket=b["Name"])["LocationConstraint"] for b in s3.list_buckets()["Buckets"]}
    assert regions == {REGION}
    assert NAMES.former_api_log_role in {role.name for role in deployed.roles}


def test_what_a_half_removed_deployment_left_is_named(deployed):
    """`destroy` without `--delete-data`, and the state stack deleted by hand: its table is retained."""
    for name in reversed(STACKS):
        deployed.destroy(name)
    assert in_the_way(deployed) == [f"the table {NAMES.table} exists and is not of this deployment"]


@pytest.fixture(scope="module")
def beside():
    """An account that still has the published sample."""
    with Plane(region=REGION) as plane:
        plane.deploy([Template("Sample", {"Resources": SAMPLE})])
        yield plane


def test_what_the_published_sample_took_is_named(beside):
    said = " ".join(in_the_way(beside))
    assert NAMES.bus in said
    assert all(name in said for name in TAKEN)


def test_a_deployment_of_another_name_stands_beside_the_sample(beside, today):
    assert in_the_way(beside, BLUE) == []
    beside.deploy(today("blue"))
    assert set(beside.stacks.deployed) == {"Sample", BLUE.state_stack, BLUE.common_stack, BLUE.servicenow_stack}
