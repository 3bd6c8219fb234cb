"""RotateSecret runs the four steps; the old value stays as AWSPREVIOUS."""

import json

SECRET = "tiny/token"


def value(plane, stage):
    got = plane.boto3_client("secretsmanager").get_secret_value(SecretId=SECRET, VersionStage=stage)
    return json.loads(got["SecretString"])["token"]


def test_a_rotation_makes_the_pending_value_current_and_keeps_the_previous(plane, until):
    before = value(plane, "AWSCURRENT")
    asked = plane.boto3_client("secretsmanager").rotate_secret(SecretId=SECRET)
    until(lambda: value(plane, "AWSCURRENT") == f"new-{asked['VersionId']}")
    assert value(plane, "AWSPREVIOUS") == before
    unasked = plane.boto3_client("secretsmanager").get_secret_value(SecretId=SECRET)
    assert unasked["VersionId"] == asked["VersionId"]
    assert plane.rotations.failures == []


def test_a_secret_tells_that_it_rotates(plane):
    told = plane.boto3_client("secretsmanager").describe_secret(SecretId=SECRET)
    assert told["RotationEnabled"]
    assert told["RotationRules"] == {"AutomaticallyAfterDays": 30}
    assert told["RotationLambdaARN"].endswith(":function:tiny-rotating")
