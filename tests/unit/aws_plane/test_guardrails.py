"""A permissions boundary takes rights away that a role has, an organisation forbids what it likes; what anybody may do
can be asked beforehand.
"""

import json
from types import SimpleNamespace

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.parsers import create_parser
from moto import mock_aws
from policy_sentry.querying.actions import get_action_data

from integration.aws_plane.authority import Place
from integration.aws_plane.calls import Call, model
from integration.aws_plane.iam import Role, statements
from integration.aws_plane.organisation import MAKING, Organisation
from integration.aws_plane.resources import messaging
from integration.aws_plane.resources.compute import KINDS
from integration.aws_plane.resources.kinds import Resource
from integration.aws_plane.simulation import Simulation
from tests.docs import bootstrap_policy

ACCOUNT = "123456789012"
BOUNDARY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "ssm:*", "Resource": "*"}]}
RIGHTS = {"Statement": [{"Effect": "Allow", "Action": ["ssm:GetParameter", "sqs:SendMessage"], "Resource": "*"}]}
TRUST = {
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]
}


@pytest.fixture
def world():
    """As far as roles go: an account in which somebody made the policy `Boundary`."""
    with mock_aws():
        client = boto3.client("iam", region_name="us-east-1")
        client.create_policy(PolicyName="Boundary", PolicyDocument=json.dumps(BOUNDARY))
        yield SimpleNamespace(
            place=SimpleNamespace(account=ACCOUNT), roles={}, bootstrapped={}, moto=lambda _service: client
        )


def make_role(world, boundary):
    properties = {
        "RoleName": "bounded", "AssumeRolePolicyDocument": TRUST,
        "PermissionsBoundary": f"arn:aws:iam::{ACCOUNT}:policy/{boundary}",
        "Policies": [{"PolicyName": "p", "PolicyDocument": RIGHTS}],
    }  # fmt: skip
    resource = Resource("Stack", "id", "Role", "AWS::IAM::Role", properties)
    return KINDS["AWS::IAM::Role"].create(world, resource).attributes["Arn"]


def decisions(world, source, actions, resource="*"):
    """As boto3 reads the answer."""
    asked = {"PolicySourceArn": source, "ResourceArns.member.1": resource}
    asked |= {f"ActionNames.member.{number}": action for number, action in enumerate(actions, 1)}
    answer = Simulation(world).answer(Call("iam", "SimulatePrincipalPolicy", asked), None, None)
    told = {"status_code": answer.status, "headers": {}, "body": answer.body}
    shape = model("iam").operation_model("SimulatePrincipalPolicy").output_shape
    parsed = create_parser("query").parse(told, shape)
    if "Error" in parsed:
        return parsed["Error"]["Code"]
    return {each["EvalActionName"]: each["EvalDecision"] for each in parsed["EvaluationResults"]}


def bootstrapped(world):
    """CloudFormation's role, with the least-privilege policies of docs/CDK_BOOTSTRAP_POLICY.md."""
    given = bootstrap_policy.filled(ACCOUNT, "us-east-1")
    arn = f"arn:aws:iam::{ACCOUNT}:role/cdk-hnb659fds-cfn-exec-role-{ACCOUNT}-us-east-1"
    world.bootstrapped[arn] = Role("exec", arn, [], [s for policy in given for s in statements(policy, "exec")])
    return arn


def test_a_boundary_takes_away_what_it_does_not_allow(world):
    role = make_role(world, "Boundary")
    assert decisions(world, role, ["ssm:GetParameter", "sqs:SendMessage", "s3:GetObject"]) == {
        "ssm:GetParameter": "allowed", "sqs:SendMessage": "implicitDeny", "s3:GetObject": "implicitDeny",
    }  # fmt: skip


def test_a_boundary_that_does_not_exist_is_refused(world):
    with pytest.raises(ClientError, match="NoSuchEntity"):
        make_role(world, "Nowhere")


def test_our_bootstrap_policies_let_addresses_be_limited(world):
    """`--allowed-ips`: a policy on the API has a right of its own besides the right to change the API."""
    actions = ["apigateway:UpdateRestApiPolicy", "apigateway:PATCH"]
    told = decisions(world, bootstrapped(world), actions, "arn:aws:apigateway:us-east-1::/restapis/a1b2c3")
    assert told == dict.fromkeys(actions, "allowed")


def test_our_bootstrap_policies_let_the_bus_be_closed(world):
    """The actions take no resource, so CloudFormation asks them of everything."""
    actions = ["events:PutPermission", "events:RemovePermission"]
    assert decisions(world, bootstrapped(world), actions) == dict.fromkeys(actions, "allowed")


def test_a_statement_of_a_bus_s_policy_goes_alone():
    """Each is a resource of its own, known by its id; another bus has its own."""
    world = SimpleNamespace(place=Place(ACCOUNT, "us-east-1"), policies={})
    kind, made = messaging.KINDS["AWS::Events::EventBusPolicy"], {}
    for bus, said in (("mine", "a"), ("mine", "ab"), ("other", "a")):
        arn = world.place.arn("events", f"event-bus/{bus}")
        denial = {"Effect": "Deny", "Principal": "*", "Action": "events:PutEvents", "Resource": arn}
        properties = {"EventBusName": bus, "StatementId": said, "Statement": denial}
        resource = Resource("Stack", "id", "Closed", "AWS::Events::EventBusPolicy", properties)
        made[bus, said] = kind.create(world, resource)
    kind.delete(world, resource, made["mine", "a"])
    left = {arn.rpartition("/")[2]: [each.origin for each in held] for arn, held in world.policies.items()}
    assert left == {"mine": ["mine/ab/0"], "other": ["other/a/0"]}


def test_our_bootstrap_policies_let_a_boundary_be_set_and_not_taken_off(world):
    role = f"arn:aws:iam::{ACCOUNT}:role/SecurityIncidentResponseServiceNow-Role"
    actions = ["iam:PutRolePermissionsBoundary", "iam:DeleteRolePermissionsBoundary"]
    told = decisions(world, bootstrapped(world), actions, role)
    assert list(told.values()) == ["allowed", "implicitDeny"]


DEPLOYER = f"arn:aws:sts::{ACCOUNT}:assumed-role/exec/AWSCloudFormation"
TAGGED = [
    ("as a list", "AWS::Lambda::Function", {"Tags": [{"Key": "team", "Value": "soc"}]}, {}, True),
    ("by name", "AWS::SSM::Parameter", {"Tags": {"team": ""}}, {}, True),
    ("on the stack", "AWS::SQS::Queue", {}, {"team": "soc"}, True),
    ("another key", "AWS::Lambda::Function", {"Tags": [{"Key": "team2", "Value": "soc"}]}, {"other": "x"}, False),
    ("none at all", "AWS::KMS::Key", {}, {}, False),
    ("of a type without tags", "AWS::SQS::QueuePolicy", {}, {}, True),
]


@pytest.fixture
def organisation():
    return Organisation(Place(ACCOUNT, "us-east-1"))


@pytest.mark.parametrize(("kind", "given", "of_stack", "made"), [row[1:] for row in TAGGED], ids=[t[0] for t in TAGGED])
def test_without_a_mandatory_tag_nothing_is_made(organisation, kind, given, of_stack, made):
    """Whoever acts, and whatever its rights; the value is free."""
    resource = Resource("Stack", "id", "One", kind, {"FunctionName": "one", **given})
    assert organisation.refusal(DEPLOYER, resource, of_stack) == ""
    organisation.demand_tags("team")
    said = organisation.refusal(DEPLOYER, resource, of_stack)
    assert (said == "") is made
    assert made or said.startswith(f"User: {DEPLOYER} is not authorized to perform: {MAKING[kind]} on resource: ")
    assert made or "with an explicit deny in a service control policy" in said
    organisation.demand_tags()
    assert organisation.refusal(DEPLOYER, resource, of_stack) == ""


def test_each_of_several_mandatory_tags_is_demanded(organisation):
    organisation.demand_tags("team", "owner")
    both = {"team": "soc", "owner": "me"}
    table = Resource("Stack", "id", "One", "AWS::DynamoDB::Table", {"TableName": "t"})
    assert organisation.refusal(DEPLOYER, table, both) == ""
    assert all("table/t with an explicit deny" in organisation.refusal(DEPLOYER, table, {key: "x"}) for key in both)


@pytest.mark.parametrize("action", MAKING.values(), ids=list(MAKING))
def test_what_makes_a_resource_is_told_its_tags(action):
    """By the Service Authorization Reference: else no policy could demand them there."""
    service, _, name = action.partition(":")
    rows = get_action_data(service, name)[service]
    assert any("aws:RequestTag/${TagKey}" in row["condition_keys"] for row in rows)


def test_nobody_can_be_asked_about_who_is_not_there(world):
    assert decisions(world, f"arn:aws:iam::{ACCOUNT}:role/nobody", ["s3:GetObject"]) == "NoSuchEntity"
