"""From the first version's templates (`former/`, as it synthesised them) to today's: what holds something stays."""

import json
from functools import cache
from pathlib import Path

import pytest

from integration.names import Names
from tests.docs.handlers_table import SCHEMAS

FORMER = [json.loads(path.read_text()) for path in sorted((Path(__file__).parent / "former").glob("*.json"))]
KEPT = {
    "AWS::ApiGateway::Authorizer": "the deployed method asks it; its type changes in place",
    "AWS::ApiGateway::RestApi": "its id marks every record in the instance",
    "AWS::Logs::LogGroup": "it holds what was logged",
    "AWS::DynamoDB::Table": "it holds the links",
    "AWS::S3::Bucket": "it holds the key",
    "AWS::KMS::Key": "all of it is encrypted with it",
    "AWS::SecretsManager::Secret": "it holds the token the instance sends",
    "AWS::SQS::Queue": "it holds what waits",
}


def former(kind):
    resources = (each for template in FORMER for each in template["Resources"].items())
    return {logical: resource for logical, resource in resources if resource["Type"] == kind}


@cache
def create_only(kind):
    """Top-level properties whose change replaces a resource. Source: its published schema, as cfn-lint carries it."""
    return [each.split("/")[2] for each in schemas()[kind].get("createOnlyProperties", [])]


@cache
def schemas():
    read = [json.loads(path.read_text()) for path in SCHEMAS.glob("*.json")]
    return {schema["typeName"]: schema for schema in read if schema.get("typeName") in KEPT}


@pytest.mark.parametrize("kind", KEPT)
def test_what_holds_something_is_not_replaced(plain, kind):
    """The same logical id, and no other value of what only a creation can set."""
    today = plain.of_type(kind)
    before = former(kind)
    assert before
    assert set(before) <= set(today)
    for logical, resource in before.items():
        changed = [p for p in create_only(kind) if resource["Properties"].get(p) != today[logical]["Properties"].get(p)]
        assert changed == [], logical


def test_the_log_role_that_had_a_name_is_left_standing(plain):
    """Other APIs may log through it, until `destroy --delete-data` takes it away by its name."""
    named = [i for i, r in former("AWS::IAM::Role").items() if "RoleName" in r["Properties"]]
    assert len(named) == 1
    before, today = former("AWS::IAM::Role")[named[0]], plain.of_type("AWS::IAM::Role")[named[0]]
    assert before["Properties"]["RoleName"] == Names().former_api_log_role
    assert "RoleName" not in today["Properties"]
    assert today["UpdateReplacePolicy"] == "Retain"
