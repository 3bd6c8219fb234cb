"""A schedule that does not rotate at once runs `testSecret`: on a copy, whose label goes again."""

import boto3
import pytest
from moto import mock_aws

from integration.aws_plane.concurrency import Throttled
from integration.aws_plane.environment import Outcome, failure
from integration.aws_plane.function import FunctionFailed
from integration.aws_plane.rotation import Rotation, Rotations


class Function:
    """Notes what it is asked, and what it finds under AWSPENDING then."""

    def __init__(self, secrets, outcome):
        self.secrets, self.outcome, self.seen = secrets, outcome, []

    def invoke(self, event):
        asked = {"SecretId": event["SecretId"], "VersionId": event["ClientRequestToken"], "VersionStage": "AWSPENDING"}
        self.seen.append((event["Step"], self.secrets.get_secret_value(**asked)["SecretString"]))
        return self.outcome


@pytest.fixture
def secrets():
    with mock_aws():
        yield boto3.client("secretsmanager", region_name="us-east-1")


def rotations(secrets, outcome):
    arn = secrets.create_secret(Name="token", SecretString="now")["ARN"]
    function = Function(secrets, outcome)
    made = Rotations({"rotating": function}, secrets)
    made.add(Rotation(arn, "rotating", {"AutomaticallyAfterDays": 30}))
    return made, arn, function


def stages(secrets, arn):
    return [s for found in secrets.describe_secret(SecretId=arn)["VersionIdsToStages"].values() for s in found]


def test_the_step_sees_a_copy_of_the_current_value(secrets):
    made, arn, function = rotations(secrets, Outcome(b"null"))
    made.test(arn)
    assert function.seen == [("testSecret", "now")]
    assert stages(secrets, arn) == ["AWSCURRENT"]
    assert secrets.get_secret_value(SecretId=arn)["SecretString"] == "now"


def test_a_step_that_fails_leaves_no_label_either(secrets):
    made, arn, _ = rotations(secrets, failure("Unhandled", "no"))
    with pytest.raises(FunctionFailed):
        made.test(arn)
    assert stages(secrets, arn) == ["AWSCURRENT"]


def test_a_function_without_room_is_asked_again(secrets):
    made, arn, function = rotations(secrets, Outcome(b"null"))
    full, invoke = [True], function.invoke

    def first_full(event):
        if full:
            full.pop()
            raise Throttled("rotating")
        return invoke(event)

    function.invoke = first_full
    made.test(arn)
    assert (full, function.seen) == ([], [("testSecret", "now")])
