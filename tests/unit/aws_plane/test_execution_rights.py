"""CloudFormation acts with the rights of the bootstrap's role: each handler is refused what the role may not."""

from types import SimpleNamespace

import pytest

from integration.aws_plane.authority import Place
from integration.aws_plane.deployment import DeploymentFailed, Stacks
from integration.aws_plane.handlers import needs
from integration.aws_plane.iam import Role, statements
from integration.aws_plane.organisation import Organisation
from integration.aws_plane.resources.kinds import Resource
from integration.aws_plane.template import Template
from integration.aws_plane.world import World

PLACE = Place("123456789012", "us-east-1")
EXEC = f"arn:aws:iam::{PLACE.account}:role/exec"
SESSION = f"arn:aws:sts::{PLACE.account}:assumed-role/exec/AWSCloudFormation"
ONE = f"arn:aws:iam::{PLACE.account}:role/one"
KEY = "arn:aws:kms:us-east-1:123456789012:key/k"
ROLE = {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "one", "AssumeRolePolicyDocument": {"Statement": []}}}
CHANGED = {**ROLE, "Properties": {**ROLE["Properties"], "Policies": []}}


@pytest.fixture
def world():
    nobody = SimpleNamespace()
    return World(PLACE, nobody, nobody, nobody, nobody, nobody, nobody, Organisation(PLACE), {}, {})


@pytest.fixture
def stacks(world):
    return Stacks(world, "http://127.0.0.1")


def allow(world, *denied):
    """From now on the role may do anything but these; without any, it is an administrator."""
    given = {"Statement": [{"Effect": "Allow", "NotAction": [*denied], "Resource": "*"}]}
    world.bootstrapped[EXEC] = Role("exec", EXEC, [], statements(given, "exec"))


def deploy(stacks, role=ROLE):
    stacks.deploy([Template("Stack", {"Resources": {"One": role}})])


def told(action):
    return (
        f"One (AWS::IAM::Role): User: {SESSION} is not authorized to perform: {action} on resource: {ONE} because no "
        f"identity-based policy allows the {action} action (Status Code: 403, HandlerErrorCode: AccessDenied)"
    )


def events(stacks):
    return [event.status for event in stacks.history("Stack").events if event.logical_id == "One"]


def test_without_a_bootstrap_and_as_an_administrator_all_is_made(world, stacks):
    deploy(stacks)
    allow(world)
    deploy(stacks, CHANGED)
    stacks.destroy("Stack")
    assert world.roles == {}


def test_what_may_not_be_made_fails_and_is_rolled_back(world, stacks):
    allow(world, "iam:CreateRole")
    with pytest.raises(DeploymentFailed) as raised:
        deploy(stacks)
    assert str(raised.value) == f"Stack: {told('iam:CreateRole')}"
    assert (events(stacks)[-1], stacks.history("Stack").status) == ("CREATE_FAILED", "ROLLBACK_COMPLETE")
    assert (world.roles, stacks.deployed) == ({}, {})


def test_what_may_not_be_changed_stays_as_it_was(world, stacks):
    deploy(stacks)
    before = world.roles[ONE].trust_document
    allow(world, "iam:UpdateAssumeRolePolicy")
    with pytest.raises(DeploymentFailed, match="perform: iam:UpdateAssumeRolePolicy on"):
        deploy(stacks, CHANGED)
    assert (events(stacks)[-1], stacks.history("Stack").status) == ("UPDATE_FAILED", "UPDATE_ROLLBACK_COMPLETE")
    assert world.roles[ONE].trust_document is before


def test_what_may_not_be_deleted_stays_until_it_may(world, stacks):
    deploy(stacks)
    allow(world, "iam:DeleteRole")
    with pytest.raises(DeploymentFailed, match="perform: iam:DeleteRole on"):
        stacks.destroy("Stack")
    assert (events(stacks)[-1], stacks.history("Stack").status) == ("DELETE_FAILED", "DELETE_FAILED")
    assert ONE in world.roles
    allow(world)
    stacks.destroy("Stack")
    assert world.roles == {}


def test_a_permissions_boundary_of_the_role_counts_too(world, stacks):
    allow(world)
    nothing = {"Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
    world.bootstrapped[EXEC].boundary = statements(nothing, "boundary")
    with pytest.raises(DeploymentFailed, match="is not authorized to perform: iam:"):
        deploy(stacks)


CODE = {"S3Bucket": "assets", "S3Key": "made.zip"}
PASSED = {"iam:PassedToService": "lambda.amazonaws.com"}
POLICY = "arn:aws:iam::aws:policy/Any"
NEEDED = [
    ("create", "AWS::Lambda::Function", {"Role": ONE, "Code": CODE}, "iam:PassRole", ONE, PASSED),
    ("create", "AWS::Lambda::Function", {"Code": CODE}, "s3:GetObject", "arn:aws:s3:::assets/made.zip", {}),
    ("create", "AWS::Lambda::Function", {"Role": ONE, "KmsKeyArn": KEY}, "kms:CreateGrant", KEY, {}),
    ("create", "AWS::Lambda::Function", {"VpcConfig": {}}, "ec2:DescribeSubnets", "*", {}),
    ("create", "AWS::KMS::Key", {}, "kms:CreateKey", "*", {}),
    ("create", "AWS::IAM::Role", {"ManagedPolicyArns": [POLICY], "RoleName": "one"}, "iam:AttachRolePolicy", ONE,
     {"iam:PolicyARN": POLICY}),
    ("create", "AWS::ApiGateway::RestApi", {"Policy": {}}, "apigateway:UpdateRestApiPolicy",
     "arn:aws:apigateway:us-east-1::/restapis", {}),
    ("create", "AWS::SQS::QueuePolicy", {"Queues": ["http://127.0.0.1/123456789012/q"]}, "sqs:SetQueueAttributes",
     "arn:aws:sqs:us-east-1:123456789012:q", {}),
    ("update", "AWS::Lambda::Permission", {"FunctionName": "f"}, "lambda:RemovePermission",
     "arn:aws:lambda:us-east-1:123456789012:function:f", {}),
    ("delete", "AWS::S3::Bucket", {"BucketName": "b"}, "s3:DeleteBucket", "arn:aws:s3:::b", {}),
    ("delete", "Custom::Thing", {"ServiceToken": "arn:aws:lambda:us-east-1:123456789012:function:f"},
     "lambda:InvokeFunction", "arn:aws:lambda:us-east-1:123456789012:function:f", {}),
]  # fmt: skip


@pytest.mark.parametrize(("verb", "kind", "properties", "action", "arn", "context"), NEEDED)
def test_an_action_is_asked_on_what_it_is_for(verb, kind, properties, action, arn, context):
    found = needs(verb, Resource("Stack", "id", "One", kind, properties), PLACE)
    assert [(each.resource, each.context) for each in found if each.action == action] == [(arn, context)]


NOT_NEEDED = [
    ("create", "AWS::Lambda::Function", {"Code": CODE}, "kms:CreateGrant"),
    ("create", "AWS::Lambda::Function", {"Code": CODE}, "ec2:DescribeSubnets"),
    ("create", "AWS::IAM::Role", {}, "iam:AttachRolePolicy"),
    ("create", "AWS::ApiGateway::RestApi", {}, "apigateway:UpdateRestApiPolicy"),
    ("create", "AWS::SQS::Queue", {}, "sqs:DeleteQueue"),
    ("delete", "AWS::SQS::Queue", {}, "sqs:CreateQueue"),
]


@pytest.mark.parametrize(("verb", "kind", "properties", "action"), NOT_NEEDED)
def test_what_a_resource_does_not_have_needs_no_right(verb, kind, properties, action):
    found = needs(verb, Resource("Stack", "id", "One", kind, properties), PLACE)
    assert action not in {each.action for each in found}
