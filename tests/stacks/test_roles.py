"""Each role may do what the table of permissions says, and nothing else."""

import json
from fnmatch import fnmatchcase

import pytest

from integration.aws_plane.iam import Principal, judge
from integration.aws_plane.iam import statements as policy_of
from integration.names import Names
from integration.operations.registry import chosen, grants
from integration.operations.stacks.deployment import Deployment
from integration.operations.stacks.permissions import KEY_OBJECT_READ
from tests.docs import authorization
from tests.stacks.test_negative_authorization import resolved

GRANTS = grants(chosen(("cases",)))

EVERYBODY = grants()
FUNCTION_OWNERS = [owner for owner in GRANTS if owner != "poll_schedule"]


def role_of(stacks, function_name):
    role_id = stacks.function(function_name)["Role"]["Fn::GetAtt"][0]
    return stacks.of_type("AWS::IAM::Role")[role_id]["Properties"]


def statements(role):
    (policy,) = role["Policies"]
    return policy["PolicyDocument"]["Statement"]


def listed(value):
    return value if isinstance(value, list) else [value]


@pytest.mark.parametrize("owner", FUNCTION_OWNERS)
def test_a_role_holds_exactly_its_grants(plain, owner):
    """Every action of the table is in the template and none besides: no construct added any."""
    rendered = [
        (tuple(sorted(listed(s["Action"]))), len(listed(s["Resource"])))
        for s in statements(role_of(plain, getattr(Names(), owner)))
    ]
    wanted = [(tuple(sorted(grant.actions)), len(grant.resources)) for grant in GRANTS[owner]]
    assert sorted(rendered) == sorted(wanted)


def test_every_statement_of_a_role_has_an_effect(plain):
    """By AWS's published authorization data: the action exists and takes a resource of this form."""
    roles = [r["Properties"] for r in plain.of_type("AWS::IAM::Role").values() if "Policies" in r["Properties"]]
    said = [sentence for role in roles for statement in statements(role) for sentence in authorization.void(statement)]
    assert len(roles) == len(GRANTS)
    assert said == []


def test_no_policy_is_attached_besides(plain):
    assert not plain.of_type("AWS::IAM::Policy")
    roles = plain.of_type("AWS::IAM::Role").values()
    managed = [r["Properties"]["ManagedPolicyArns"] for r in roles if "ManagedPolicyArns" in r["Properties"]]
    assert len(managed) == 1, "API Gateway's role for logs alone has one"
    assert len(plain.of_type("AWS::IAM::Role")) == len(GRANTS) + 1


@pytest.mark.parametrize("owner", FUNCTION_OWNERS)
def test_only_an_action_without_resources_is_allowed_on_all(plain, owner):
    for statement in statements(role_of(plain, getattr(Names(), owner))):
        if "*" in listed(statement["Resource"]):
            assert listed(statement["Action"]) in (["security-ir:ListCases"], ["security-ir:ListMemberships"])
        assert not any("*" in action for action in listed(statement["Action"]))


def test_only_those_who_sign_read_the_key(plain):
    readers = {o for o in GRANTS for grant in GRANTS[o] if "s3:GetObject" in grant.actions}
    assert readers == {"poller", "servicenow_client", "security_ir_client", "resource_setup", "token_rotation"}


def test_the_default_deployment_cannot_read_parameters_of_a_named_one(plain):
    """A path with a star behind it would; direct children of the path are read by naming the path itself."""
    for owner in FUNCTION_OWNERS:
        for statement in statements(role_of(plain, getattr(Names(), owner))):
            if any(action.startswith("ssm:") for action in listed(statement["Action"])):
                for resource in listed(statement["Resource"]):
                    assert "*" not in json.dumps(resource)


OURS, THEIRS = "111122223333", "999999999999"


def let_in(stacks):
    """(service, statement) of each that lets a service in, references told by their logical ids."""
    for template in stacks.templates:
        for resource in template["Resources"].values():
            for key in ("PolicyDocument", "AssumeRolePolicyDocument", "KeyPolicy", "ResourcePolicyDocument"):
                document = resolved(resource.get("Properties", {}).get(key) or {}, f"arn:aws:x:us-east-1:{OURS}:made")
                document = json.loads(document) if isinstance(document, str) else document
                for each in policy_of(document, key):
                    yield from ((service, each) for service in (each.principals or {}).get("Service", ()))


def lets_in(service, statement, source, account):
    context = {"aws:SourceArn": source, "aws:SourceAccount": account}
    caller, resource = Principal("Service", (service,)), statement.resources[0]
    return judge([], [statement], caller, statement.actions[0], resource, context).allowed


LET_IN = {"lambda.amazonaws.com", "scheduler.amazonaws.com", "events.amazonaws.com", "cloudwatch.amazonaws.com"}


@pytest.mark.parametrize(("which", "own"), [("plain", {"apigateway.amazonaws.com"}), ("blue", set())])
def test_no_service_acts_for_another_account(which, own, request):
    """Each statement lets its service in for our own resources, and for the same ones of another account it does not:
    without, anybody's resources would come in through that service.
    """
    found = [each for each in let_in(request.getfixturevalue(which)) if each[1].allow]
    assert {service for service, _ in found} >= LET_IN | own
    for service, statement in found:
        sources = {
            key.lower(): str(value) for keys in statement.conditions.values() for key, value in keys.items()
            if key.lower().startswith("aws:source")
        }  # fmt: skip
        source = sources.get("aws:sourcearn", f"arn:aws:x:us-east-1:{OURS}:made").strip("[]'").replace("*", "x")
        assert OURS in source, statement.origin
        assert lets_in(service, statement, source, OURS), (service, statement)
        assert not lets_in(service, statement, source.replace(OURS, THEIRS), THEIRS), (service, statement)


def test_every_permission_to_invoke_names_its_caller(plain):
    for permission in plain.of_type("AWS::Lambda::Permission").values():
        source = permission["Properties"]["SourceArn"]
        assert OURS in resolved(source, f"arn:aws:x:us-east-1:{OURS}:made")


def test_a_right_on_the_data_key_goes_through_a_service_or_is_our_own_encryption(plain):
    for owner in FUNCTION_OWNERS:
        for grant in GRANTS[owner]:
            if any(fnmatchcase(action, "kms:*") for action in grant.actions):
                assert grant.via or set(grant.actions) <= {"kms:GenerateDataKey", "kms:Decrypt"}


@pytest.mark.parametrize("owner", EVERYBODY)
def test_with_a_kms_key_no_role_reads_the_private_key(owner):
    """Who read it may sign with that one key, and the key of our data opens no object any more."""
    from aws_cdk import App, Stack

    from integration.operations.stacks.roles import render

    arn = "arn:aws:kms:us-east-1:111122223333:key/signing"
    arns = dict.fromkeys(("data_key", "secret", "files_role", "archive", "api_key", "buckets"), "x") | {
        "key_bucket": "bucket"
    }
    asked = Deployment(settings=json.dumps({"signing_key": arn}))
    rendered = [each.to_statement_json() for each in render(Stack(App(), "Any"), asked, owner, EVERYBODY[owner], arns)]
    text, signs = json.dumps(rendered), [each for each in rendered if "kms:Sign" in listed(each["Action"])]
    assert owner not in FUNCTION_OWNERS or "s3:" not in text
    assert "bucket" not in text
    assert "s3." not in text
    reads = KEY_OBJECT_READ in EVERYBODY[owner]
    assert [each["Resource"] for each in signs] == ([arn] if reads else [])
    assert not any(void for each in signs for void in authorization.void(each))
