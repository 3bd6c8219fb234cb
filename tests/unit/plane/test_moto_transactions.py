"""What replaces moto's copies of whole tables goes back just as far where a transaction fails."""

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws
from moto.dynamodb import models
from moto.dynamodb.models import table as tables

from integration.local.plane.moto_process import keep_only_what_a_transaction_touches

ABSENT = "attribute_not_exists(PK)"


@pytest.fixture
def dynamodb(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    whole = models.DynamoDBBackend.transact_write_items
    monkeypatch.setattr(models.DynamoDBBackend, "transact_write_items", whole)
    monkeypatch.setattr(tables.Table, "__deepcopy__", None, raising=False)
    keep_only_what_a_transaction_touches()
    with mock_aws():
        client = boto3.client("dynamodb", region_name="us-east-1")
        keys = {"PK": "HASH", "SK": "RANGE"}
        client.create_table(
            TableName="links", BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind in keys.items()],
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in keys],
        )  # fmt: skip
        yield client


def item(pk, **more):
    return {"PK": {"S": pk}, "SK": {"S": "latest"}} | {name: {"S": value} for name, value in more.items()}


def put(pk, condition=None, **more):
    op = {"TableName": "links", "Item": item(pk, **more)}
    return {"Put": op | ({"ConditionExpression": condition} if condition else {})}


def update(pk, value):
    expression = {"UpdateExpression": "SET v = :v", "ExpressionAttributeValues": {":v": {"S": value}}}
    return {"Update": {"TableName": "links", "Key": item(pk)} | expression}


def everything(client):
    return {row["PK"]["S"]: row.get("v", {}).get("S") for row in client.scan(TableName="links")["Items"]}


def test_all_of_it_happens(dynamodb):
    dynamodb.transact_write_items(TransactItems=[put("a", v="1"), put("b", v="1")])
    dynamodb.transact_write_items(TransactItems=[update("a", "2"), put("c", ABSENT, v="1")])
    assert everything(dynamodb) == {"a": "2", "b": "1", "c": "1"}


@pytest.mark.parametrize("writes", [
    [update("a", "2"), put("b", ABSENT, v="2")],
    [put("c", v="2"), put("a", v="2"), put("b", ABSENT, v="2")],
    [update("d", "2"), put("b", ABSENT, v="2")],
])  # fmt: skip
def test_or_nothing_of_it_does(dynamodb, writes):
    dynamodb.transact_write_items(TransactItems=[put("a", v="1"), put("b", v="1")])
    with pytest.raises(ClientError, match="ConditionalCheckFailed"):
        dynamodb.transact_write_items(TransactItems=writes)
    assert everything(dynamodb) == {"a": "1", "b": "1"}
