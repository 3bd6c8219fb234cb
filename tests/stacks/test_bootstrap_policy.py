"""docs/CDK_BOOTSTRAP_POLICY.md: its policies let CloudFormation make, change and remove what the templates have.

The plane's own judge says so, which a deployment on the plane asks as well (tests/e2e/test_deploy_to_plane.py).
"""

import pytest

from integration.aws_plane.arns import arn_of
from integration.aws_plane.authority import Place
from integration.aws_plane.handlers import needs
from integration.aws_plane.iam import Principal, judge, statements
from integration.aws_plane.resources.kinds import Resource
from integration.aws_plane.template import Scope, Template, resources_in_order
from tests.docs import bootstrap_policy
from tests.docs.bootstrap_policy import TYPES

PLACE = Place("123456789012", "eu-central-1")
PSEUDO = {
    "AWS::AccountId": PLACE.account, "AWS::Region": PLACE.region, "AWS::Partition": "aws",
    "AWS::URLSuffix": "amazonaws.com", "AWS::StackName": "Stack", "AWS::StackId": "id",
}  # fmt: skip
ROLE = Principal("AWS", (f"arn:aws:iam::{PLACE.account}:role/cdk-exec",))
KNOWN_BY_ARN = ("AWS::SNS::Topic", "AWS::SecretsManager::Secret")
OUR_ROLE = f"arn:aws:iam::{PLACE.account}:role/SecurityIncidentResponseX"
VERBS = ("create", "update", "delete")


class Attributes(dict):
    """Of a resource that nobody made: its ARN, and any other by its name."""

    def __contains__(self, name):
        return True

    def __missing__(self, name):
        return name


def resources(stacks):
    """As they would be made, in their order, every expression worked out."""
    exports = {}
    for template in map(Template.load, stacks.paths):
        given = {name: told.get("Default", "told") for name, told in template.parameters.items()}
        scope = Scope(template, PSEUDO, given, exports)
        for logical in resources_in_order(template):
            plain = template.resources[logical]
            resource = Resource(template.name, "id", logical, plain["Type"], scope.resolve(plain.get("Properties", {})))
            arn = arn_of(resource, PLACE)
            scope.refs[logical] = arn if resource.type in KNOWN_BY_ARN else arn.rpartition("/")[2].rpartition(":")[2]
            scope.attributes[logical] = Attributes(Arn=arn)
            yield resource
        outputs = [each for each in template.outputs.values() if "Export" in each]
        exports |= {scope.resolve(each["Export"]["Name"]): scope.resolve(each["Value"]) for each in outputs}


def asked(stacks):
    return [need for resource in resources(stacks) for verb in VERBS for need in needs(verb, resource, PLACE)]


def refused(asked, qualifier="hnb659fds"):
    """Those of them the documented policies do not allow, as somebody with this qualifier fills them in."""
    documents = bootstrap_policy.filled(PLACE.account, PLACE.region, qualifier)
    given = [each for document in documents for each in statements(document, "documented")]
    return sorted({
        (need.action, need.resource) for need in asked
        if not judge(given, [], ROLE, need.action, need.resource, need.context).allowed
    })  # fmt: skip


def lacking(stacks, key, monkeypatch):
    """Services refused to somebody without the policy of this integration, which has no right that is not asked for."""
    needed = asked(stacks)
    assert {action for said in bootstrap_policy.of_one(key) for action in said["Action"]} <= {
        each.action for each in needed
    }
    others = {name: own for name, own in bootstrap_policy.OWN.items() if name != key}
    monkeypatch.setattr(bootstrap_policy, "OWN", others)
    return {arn.split(":")[2] for _, arn in refused(needed)}


def test_the_policy_knows_the_types_of_the_templates(plain, blue):
    """A new resource type without its rights would fail half-way through somebody's deployment."""
    types = {r["Type"] for stacks in (plain, blue) for t in stacks.templates for r in t["Resources"].values()}
    assert types - {"Custom::ServiceNowResources"} == set(TYPES)


@pytest.mark.parametrize(("which", "qualifier"), [("plain", "hnb659fds"), ("blue", "acme")])
def test_all_that_cloudformation_needs_is_allowed(which, qualifier, request):
    """For every resource, on its own ARN, passed to its own service; `blue` has `--allowed-ips`, a name, a VPC."""
    needed = asked(request.getfixturevalue(which))
    assert len({each.action for each in needed}) > 150
    assert refused(needed, qualifier) == []


def test_limiting_addresses_is_among_it_and_only_where_they_are_limited(plain, blue):
    right = "apigateway:UpdateRestApiPolicy"
    assert {need.resource for need in asked(blue) if need.action == right} == {
        "arn:aws:apigateway:eu-central-1::/restapis"
    }
    assert right not in {need.action for need in asked(plain)}


def test_no_right_stands_there_for_nothing(plain, blue):
    """Whatever is given is asked for by some resource of some deployment."""
    needed = {need.action for stacks in (plain, blue) for need in asked(stacks)}
    assert bootstrap_policy.needed() - needed == set()


NEW = {
    "a type left out of ours": ("AWS::IAM::Policy", {"PolicyName": "p", "Roles": ["stray"]}, "iam:PutRolePolicy"),
    "a property that needs a right": (
        "AWS::Logs::LogGroup", {"LogGroupName": "/aws/lambda/ServiceNowX", "KmsKeyId": "k"}, "logs:AssociateKmsKey",
    ),
    "a name not of ours": ("AWS::SQS::Queue", {"QueueName": "stray"}, "sqs:CreateQueue"),
    "a role passed to another service": (
        "AWS::Events::Rule",
        {"Name": "ServiceNowX", "Targets": [{"RoleArn": OUR_ROLE}]},
        "iam:PassRole",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("kind", "properties", "action"), NEW.values(), ids=NEW)
def test_what_is_added_without_a_right_is_refused(kind, properties, action):
    resource = Resource("Stack", "id", "Added", kind, properties)
    assert action in {each for verb in VERBS for each, _ in refused(needs(verb, resource, PLACE))}
