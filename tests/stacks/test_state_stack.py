"""What must outlive everything else is kept, encrypted and reachable over TLS only."""

import json

import pytest

from integration.names import REMOVE_AT


def test_the_table_has_the_keys_the_functions_use(plain):
    """PK and SK are texts; `due` is a sparse index by shard and time."""
    table = plain.only("AWS::DynamoDB::Table")["Properties"]
    assert table["TableName"] == "SecurityIncidentResponseLinks"
    assert {a["AttributeName"]: a["AttributeType"] for a in table["AttributeDefinitions"]} == {
        "PK": "S", "SK": "S", "dueShard": "S", "due": "N",
    }  # fmt: skip
    assert [k["AttributeName"] for k in table["KeySchema"]] == ["PK", "SK"]
    (index,) = table["GlobalSecondaryIndexes"]
    assert index["IndexName"] == "due"
    assert [k["AttributeName"] for k in index["KeySchema"]] == ["dueShard", "due"]


def test_the_table_can_be_restored_and_not_deleted_by_accident(plain):
    table = plain.only("AWS::DynamoDB::Table")["Properties"]
    assert table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"] is True
    assert table["DeletionProtectionEnabled"] is True
    assert table["SSESpecification"]["SSEType"] == "KMS"


def test_dynamodb_removes_by_an_attribute_no_claim_uses(plain):
    """`expires` ends a claim and stays behind when a pass dies: as time to live it would delete the link."""
    table = plain.only("AWS::DynamoDB::Table")["Properties"]
    assert table["TimeToLiveSpecification"] == {"AttributeName": "removeAt", "Enabled": True}
    assert REMOVE_AT != "expires"


def test_everything_in_the_state_stack_is_retained(plain):
    """Removing the stack, or replacing a resource, removes no data. Policies and the alias may go."""
    kept = {"AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::KMS::Key", "AWS::IAM::Role", "AWS::ApiGateway::Account"}
    for resource in plain.state["Resources"].values():
        if resource["Type"] in kept:
            assert resource["DeletionPolicy"] == "Retain"
            assert resource["UpdateReplacePolicy"] == "Retain"


def test_the_key_bucket_is_private(plain):
    bucket = plain.only("AWS::S3::Bucket")["Properties"]
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert bucket["VersioningConfiguration"]["Status"] == "Enabled"
    (encryption,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert encryption["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"


@pytest.mark.parametrize("kind", ["AWS::S3::BucketPolicy", "AWS::SQS::QueuePolicy", "AWS::SNS::TopicPolicy"])
def test_nothing_is_reached_without_tls(plain, kind):
    """Every bucket, queue and topic has a policy that denies plain HTTP."""
    guarded = {"AWS::S3::BucketPolicy": "Bucket", "AWS::SQS::QueuePolicy": "Queue", "AWS::SNS::TopicPolicy": "Topic"}
    owners = plain.of_type(f"AWS::{kind.split('::')[1]}::{guarded[kind]}")
    policies = plain.of_type(kind)
    assert len(policies) == len(owners) > 0
    for policy in policies.values():
        statements = policy["Properties"]["PolicyDocument"]["Statement"]
        assert any(
            s["Effect"] == "Deny" and s.get("Condition", {}).get("Bool") == {"aws:SecureTransport": "false"}
            for s in statements
        )


def test_the_log_role_of_api_gateway_has_no_name_another_region_could_meet(plain):
    """IAM knows no regions, the setting that names the role does."""
    role = plain.of_type("AWS::IAM::Role")
    named = [each for each in role.values() if "apigateway" in str(each["Properties"]["AssumeRolePolicyDocument"])]
    assert len(named) == 1
    assert "RoleName" not in named[0]["Properties"]


def test_the_state_stack_itself_is_protected(plain):
    manifest = json.loads((plain.paths[0].parent / "manifest.json").read_text())["artifacts"]
    protected = {name for name, told in manifest.items() if told.get("properties", {}).get("terminationProtection")}
    assert protected == {"SecurityIncidentResponseState"}


def test_the_log_role_of_api_gateway_is_left_out_where_the_account_has_one(plain, blue):
    assert len(plain.of_type("AWS::ApiGateway::Account")) == 1
    assert not blue.of_type("AWS::ApiGateway::Account")
