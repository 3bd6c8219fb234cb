"""Policies are judged as IAM judges them within one account."""

import pytest

from integration.aws_plane.iam import Principal, UnknownPolicy, judge, like, statements

ME = Principal("AWS", ("arn:aws:iam::1:role/me",))
TABLE = "arn:aws:dynamodb:r:1:table/T"


def allowed(document, action="dynamodb:GetItem", resource=TABLE, policy=None, who=ME, **context):
    return judge(
        statements(document, "role"), statements(policy or {}, "policy"), who, action, resource,
        {k.replace("__", ":"): v for k, v in context.items()},
    )  # fmt: skip


def one(effect="Allow", action="dynamodb:GetItem", resource=TABLE, **more):
    return {"Statement": [{"Effect": effect, "Action": action, "Resource": resource, **more}]}


@pytest.mark.parametrize(
    ("document", "verdict"),
    [
        ({}, False),
        (one(), True),
        (one(action=["a:B", "dynamodb:Get*"]), True),
        (one(action="DynamoDB:getitem"), True),
        (one(action="dynamodb:PutItem"), False),
        (one(resource="*"), True),
        (one(resource="arn:aws:dynamodb:r:1:table/?"), True),
        (one(resource="arn:aws:dynamodb:r:1:table/t"), False),
        (one(resource=TABLE + "/index/*"), False),
        ({"Statement": {"Effect": "Allow", "NotAction": "dynamodb:PutItem", "Resource": "*"}}, True),
        ({"Statement": {"Effect": "Allow", "NotAction": "dynamodb:Get*", "Resource": "*"}}, False),
        ({"Statement": {"Effect": "Allow", "Action": "*", "NotResource": TABLE}}, False),
        ({"Statement": one()["Statement"] + one("Deny", action="*", resource="*")["Statement"]}, False),
    ],
)
def test_action_and_resource_must_both_match_and_a_deny_wins(document, verdict):
    """Actions are compared without case, resources with it."""
    assert allowed(document).allowed is verdict


def test_a_use_counts_for_the_statement_made_for_it():
    """Of two that allow, the one with conditions; so a right nobody needs does not look used by another's use."""
    via = {"StringEquals": {"kms:ViaService": "dynamodb.r.amazonaws.com"}}
    both = {"Statement": one()["Statement"] + one(Condition=via)["Statement"]}
    assert allowed(both, kms__ViaService="dynamodb.r.amazonaws.com").by.origin == "role/1"
    assert allowed(both).by.origin == "role/0"


CONDITIONS = [
    ({"StringEquals": {"kms:ViaService": "dynamodb.r.amazonaws.com"}}, True),
    ({"StringEquals": {"kms:viaservice": ["x", "dynamodb.r.amazonaws.com"]}}, True),
    ({"StringEquals": {"kms:ViaService": "s3.r.amazonaws.com"}}, False),
    ({"StringEquals": {"aws:Missing": "x"}}, False),
    ({"StringEqualsIfExists": {"aws:Missing": "x"}}, True),
    ({"StringNotEquals": {"kms:ViaService": "x"}}, True),
    ({"StringNotEquals": {"aws:Missing": "x"}}, True),
    ({"StringLike": {"kms:ViaService": "dynamodb.*"}}, True),
    ({"ArnLike": {"aws:SourceArn": "arn:aws:events:*:1:rule/*"}}, True),
    ({"ArnEquals": {"aws:SourceArn": "arn:aws:events:r:1:rule/other"}}, False),
    ({"Bool": {"aws:SecureTransport": "false"}}, False),
    ({"Bool": {"aws:SecureTransport": True}}, True),
    ({"Null": {"aws:Missing": "true"}}, True),
    ({"Null": {"aws:SourceArn": "true"}}, False),
    ({"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["a", "b"]}}, True),
    ({"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["a"]}}, False),
    ({"ForAnyValue:StringEquals": {"dynamodb:LeadingKeys": ["a"]}}, True),
    ({"ForAllValues:StringEquals": {"aws:Missing": ["a"]}}, True),
    ({"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}, True),
    ({"NotIpAddress": {"aws:SourceIp": ["10.0.0.0/8", "192.0.2.0/24"]}}, False),
    ({"NumericLessThan": {"s3:TlsVersion": "1.2"}}, False),
    ({"StringEquals": {"kms:ViaService": "dynamodb.r.amazonaws.com"}, "Bool": {"aws:SecureTransport": "false"}}, False),
]


@pytest.mark.parametrize(("condition", "verdict"), CONDITIONS)
def test_all_conditions_must_hold(condition, verdict):
    context = {
        "kms__ViaService": "dynamodb.r.amazonaws.com", "aws__SourceArn": "arn:aws:events:r:1:rule/mine",
        "aws__SecureTransport": "true", "dynamodb__LeadingKeys": ["a", "b"], "aws__SourceIp": "10.1.2.3",
        "s3__TlsVersion": "1.3",
    }  # fmt: skip
    assert allowed(one(Condition=condition), **context).allowed is verdict


def test_a_resources_own_policy_can_allow_and_deny_whom_it_names():
    grant = one(Principal={"AWS": "arn:aws:iam::1:role/me"})
    assert allowed({}, policy=grant).allowed
    assert not allowed({}, policy=one(Principal={"AWS": "arn:aws:iam::1:role/other"})).allowed
    assert not allowed({}, policy=one(Principal={"AWS": "arn:aws:iam::1:root"})).allowed
    denied = allowed(one(), policy=one("Deny", Principal="*"))
    assert (denied.allowed, denied.explicit_deny) == (False, True)


def test_a_service_is_no_role():
    events = Principal("Service", ("events.amazonaws.com",))
    policy = one(Principal={"Service": "events.amazonaws.com"})
    assert allowed({}, policy=policy, who=events).allowed
    assert not allowed({}, policy=policy).allowed


@pytest.mark.parametrize("odd", [{"Condition": {"DateLessThan": {"aws:CurrentTime": "x"}}}, {"NotPrincipal": "*"}])
def test_what_cannot_be_judged_is_refused_when_it_is_read(odd):
    with pytest.raises(UnknownPolicy, match=r"DateLessThan|NotPrincipal"):
        statements(one(**odd), "role/p")


def test_wildcards_take_the_rest_of_an_arn_and_nothing_special():
    assert like("a*c", "abbbc")
    assert like("a?c", "a.c")
    assert not like("a.c", "abc")
    assert not like("a*", "ba")
