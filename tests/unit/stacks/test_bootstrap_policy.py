"""docs/CDK_BOOTSTRAP_POLICY.md: its policies let CloudFormation make, change and remove what the templates have."""

import json
from copy import deepcopy

import pytest

from integration.aws_plane.iam import Principal, judge, statements
from tests.docs.bootstrap_needs import Asked, Needs
from tests.docs.bootstrap_policy import PARTS, TYPES
from tests.docs.pages import DOCS

ROLE = Principal("AWS", ("arn:aws:iam::ACCOUNT:role/cdk-hnb659fds-cfn-exec-role-ACCOUNT-REGION",))
DOCUMENTED = [
    statement
    for part in PARTS
    for statement in statements(json.loads((DOCS / f"cdk-bootstrap-policy-{part}.json").read_text()), part)
]


def needs(stacks):
    return set(Needs({path.name.partition(".")[0]: json.loads(path.read_text()) for path in stacks.paths}).all())


def refused(asked):
    """Those of them the documented policies do not allow."""
    return sorted(
        each for each in asked if not judge(DOCUMENTED, [], ROLE, each.action, each.arn, dict(each.context)).allowed
    )


def test_the_policy_knows_the_types_of_the_templates(plain, blue):
    """A new resource type without its rights would fail half-way through somebody's deployment."""
    types = {r["Type"] for stacks in (plain, blue) for t in stacks.templates for r in t["Resources"].values()}
    assert types - {"Custom::ServiceNowResources"} == set(TYPES)


@pytest.mark.parametrize("which", ["plain", "blue"])
def test_all_that_cloudformation_needs_is_allowed(which, request):
    """For every resource, on its own ARN, passed to its own service; `blue` has `--allowed-ips` and a name."""
    asked = needs(request.getfixturevalue(which))
    assert len({each.action for each in asked}) > 150
    assert refused(asked) == []


def test_limiting_addresses_is_among_it(blue):
    assert blue.only("AWS::ApiGateway::RestApi")["Properties"]["Policy"]
    assert Asked("apigateway:UpdateRestApiPolicy", "arn:aws:apigateway:REGION::/restapis") in needs(blue)


NEW = {
    "another type": ({"Type": "AWS::StepFunctions::StateMachine", "Properties": {}}, "states:CreateStateMachine"),
    "a type left out of ours": ({"Type": "AWS::Kinesis::Stream", "Properties": {}}, "kinesis:CreateStream"),
    "a property that needs a right": (
        {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "/aws/lambda/ServiceNowX", "KmsKeyId": "k"}},
        "logs:AssociateKmsKey",
    ),
    "a name not of ours": ({"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "stray"}}, "sqs:CreateQueue"),
}  # fmt: skip


@pytest.mark.parametrize(("resource", "action"), NEW.values(), ids=NEW)
def test_what_is_added_without_a_right_is_refused(resource, action):
    template = {"Resources": {"Added": deepcopy(resource)}}
    assert action in {each.action for each in refused(Needs({"Stack": template}).all())}
