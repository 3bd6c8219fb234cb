"""Credentials of AssumeRole may what role and session policy both allow, with their token, in their time."""

import json

import pytest
from botocore.exceptions import ClientError

from integration.aws_plane.iam import statements
from tests.contract.aws_plane.conftest import FILES, client, one_bucket


@pytest.fixture(scope="module")
def operator(plane):
    s3 = plane.boto3_client("s3")
    for name in ("mine", "yours"):
        s3.create_bucket(Bucket=name)
        s3.put_object(Bucket=name, Key="a.txt", Body=b"text")
    return s3


def refused(call, **parameters):
    with pytest.raises(ClientError) as error:
        call(**parameters)
    return error.value.response["Error"]["Code"]


def test_without_a_session_policy_the_roles_own_rights_hold(backend, operator):
    for bucket in ("mine", "yours"):
        assert backend.s3().get_object(Bucket=bucket, Key="a.txt")["Body"].read() == b"text"


def test_a_session_policy_narrows_the_role_on_every_call(backend, operator):
    s3 = backend.s3(one_bucket("mine", "s3:GetObject"))
    assert s3.get_object(Bucket="mine", Key="a.txt")["Body"].read() == b"text"
    assert refused(s3.get_object, Bucket="yours", Key="a.txt") == "AccessDenied"
    assert refused(s3.put_object, Bucket="mine", Key="a.txt", Body=b"x") == "AccessDenied"
    assert refused(s3.list_objects_v2, Bucket="mine") == "AccessDenied"


def test_a_session_policy_gives_nothing_that_the_role_has_not(backend, operator):
    held, backend.files.statements = backend.files.statements, []
    try:
        assert refused(backend.s3(one_bucket("mine")).get_object, Bucket="mine", Key="a.txt") == "AccessDenied"
    finally:
        backend.files.statements = held


def test_a_denial_of_the_session_wins(backend, operator):
    denied = {"Statement": [*one_bucket("mine")["Statement"], {"Effect": "Deny", "Action": "s3:Get*", "Resource": "*"}]}
    assert refused(backend.s3(denied).get_object, Bucket="mine", Key="a.txt") == "AccessDenied"


@pytest.mark.parametrize(("token", "code"), [("", "InvalidAccessKeyId"), ("wrong", "InvalidToken")])
def test_a_key_of_a_session_is_nothing_without_its_token(plane, backend, operator, token, code):
    given = backend.session()
    s3 = client(plane, "s3", given["AccessKeyId"], given["SecretAccessKey"], token or None)
    assert refused(s3.get_object, Bucket="mine", Key="a.txt") == code


@pytest.mark.parametrize(("asked", "code"), [
    ({"Policy": "{"}, "MalformedPolicyDocument"),
    ({"Policy": json.dumps({"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*", "Principal": "*"}]})},
     "MalformedPolicyDocument"),
    ({"Policy": json.dumps({"Statement": [{"Effect": "Allow", "Action": ["s3:GetObject"] * 200, "Resource": "*"}]})},
     "ValidationError"),
    ({"DurationSeconds": 7200}, "ValidationError"),
    ({"RoleSessionName": "a b"}, "ValidationError"),
    ({"RoleArn": FILES + "x"}, "AccessDenied"),
])  # fmt: skip
def test_what_sts_refuses(backend, asked, code):
    """A policy over 2,048 characters; more than the hour of a chained session; a role that is not there."""
    assert refused(backend.sts.assume_role, **{"RoleArn": FILES, "RoleSessionName": "me"} | asked) == code


def test_a_role_that_trusts_others_is_not_assumed(backend):
    held = backend.files.trust
    backend.files.trust = statements(
        {"Statement": {"Effect": "Allow", "Principal": {"AWS": FILES}, "Action": "sts:AssumeRole"}}, "trust"
    )
    try:
        assert refused(backend.sts.assume_role, RoleArn=FILES, RoleSessionName="me") == "AccessDenied"
    finally:
        backend.files.trust = held


def test_a_session_ends_by_the_planes_clock(plane, backend, operator):
    """Last of this module: time does not go back."""
    s3 = backend.s3(DurationSeconds=900)
    plane.forward(890)  # a busy machine takes some of the last seconds
    assert s3.get_object(Bucket="mine", Key="a.txt")["Body"].read() == b"text"
    plane.forward(10)
    assert refused(s3.get_object, Bucket="mine", Key="a.txt") == "ExpiredToken"
