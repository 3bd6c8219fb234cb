"""From the first version's templates, as it synthesised them (tests/stacks/former), to today's, in one account."""

from pathlib import Path

import pytest

from integration.aws_plane.plane import Plane
from integration.names import Names

FORMER = sorted((Path(__file__).parents[2] / "stacks" / "former").glob("*.template.json"))
NAMES = Names()
STACKS = (NAMES.state_stack, NAMES.common_stack, NAMES.servicenow_stack)
KEPT = ("AWS::ApiGateway::RestApi", "AWS::Logs::LogGroup", "AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::KMS::Key")


def standing(plane):
    """(stack, logical id) → (type, physical id)."""
    return {
        (name, logical): (each.resource.type, each.made.physical_id)
        for name in STACKS
        for logical, each in plane.stack(name).resources.items()
    }


@pytest.fixture(scope="module")
def updated(today):
    with Plane() as plane:
        plane.deploy(FORMER)
        before = standing(plane)
        plane.deploy(today())
        yield plane, before


def test_what_records_and_logs_hang_on_is_not_replaced(updated):
    """The API's id marks every record in the instance; a log group that is replaced loses what it holds."""
    plane, before = updated
    after = standing(plane)
    kept = {place: told for place, told in before.items() if told[0] in KEPT}
    assert {kind for kind, _ in kept.values()} == set(KEPT)
    assert {place: after.get(place) for place in kept} == kept


def test_the_log_role_that_had_a_name_stays_beside_the_one_in_use(updated):
    """Other APIs may log through it; `destroy --delete-data` takes it away, by its name and region."""
    plane, before = updated
    assert ("AWS::IAM::Role", NAMES.former_api_log_role) in before.values()
    assert NAMES.former_api_log_role in {role.name for role in plane.roles}
    in_use = plane.boto3_client("apigateway").get_account()["cloudwatchRoleArn"]
    assert not in_use.endswith(NAMES.former_api_log_role)
    left = plane.boto3_client("iam").get_role(RoleName=NAMES.former_api_log_role)["Role"]
    assert ":apigateway:us-east-1:" in str(left["AssumeRolePolicyDocument"])


def test_the_account_gets_its_log_policy_back(updated):
    plane, _ = updated
    assert plane.boto3_client("logs").describe_resource_policies()["resourcePolicies"] == []
