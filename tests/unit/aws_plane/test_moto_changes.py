"""What is changed in moto answers as before, but for what it is changed for."""

import json
import subprocess
import sys
import time
from inspect import unwrap

import boto3
import pytest
from botocore import session
from botocore.exceptions import ClientError
from botocore.loaders import Loader, create_loader
from moto import backends, mock_aws
from moto.core import responses, serialize, utils
from moto.dynamodb import models
from moto.dynamodb.models import table as tables
from moto.dynamodb.parsing import ast_nodes, validators
from moto.sqs import models as queues

from integration.aws_plane import moto_changes

KNOWN = Loader()
READING = """
import json, sys
from botocore.loaders import JSONFileLoader
from integration.aws_plane import moto_models
from moto.core import utils

files, known, load = [], set(sys.modules), JSONFileLoader.load_file

def load_file(self, path):
    found = load(self, path)
    files.extend([path] if found is not None else [])
    return found

JSONFileLoader.load_file = load_file
for name in moto_models.SERVICES:
    __import__(f"moto.{name}.urls")
    utils.get_service_model(name)
utils.create_loader().load_service_model("sqs", "service-2")
print(json.dumps({"modules": sorted({*sys.modules} - known), "files": files}))
"""
ABSENT = "attribute_not_exists(PK)"


@pytest.fixture
def dynamodb(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    whole = unwrap(models.DynamoDBBackend.transact_write_items)
    monkeypatch.setattr(models.DynamoDBBackend, "transact_write_items", whole)
    monkeypatch.setattr(tables.Table, "__deepcopy__", None, raising=False)
    moto_changes.keep_only_what_a_transaction_touches()
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


@pytest.fixture
def moto(monkeypatch):
    """moto as it is; what a test changes is taken back."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    for owner, name in [
        (backends, "list_of_moto_modules"), (responses, "method_names_from_class"), (validators, "deepcopy"),
        (ast_nodes.DepthFirstTraverser, "nodes_to_be_processed"), (queues, "unix_time"), (queues, "unix_time_millis"),
        (serialize.BaseJSONSerializer, "_serialize_type_structure"),
        (queues.SQSBackend, "is_message_valid_based_on_retention_period"), (queues.Queue, "add_message"),
    ]:  # fmt: skip
        monkeypatch.setattr(owner, name, unwrap(getattr(owner, name)))
    with mock_aws():
        yield


EXPRESSIONS = [
    ("SET v = :v, #n = if_not_exists(#n, :one) REMOVE gone", {":v": {"S": "2"}, ":one": {"N": "1"}}),
    ("SET things = list_append(things, :more)", {":more": {"L": [{"S": "b"}]}}),
    ("SET #n = #n + :one ADD tags :t", {":one": {"N": "1"}, ":t": {"SS": ["y"]}}),
    ("DELETE tags :t", {":t": {"SS": ["x"]}}),
    ("SET v = :v, v = :v", {":v": {"S": "2"}}),
    ("SET PK = :v", {":v": {"S": "2"}}),
    ("SET v = things + :v", {":v": {"S": "2"}}),
]


def table_after(expression, values):
    client = boto3.client("dynamodb", region_name="us-east-1")
    key = {"PK": {"S": "a"}}
    client.create_table(
        TableName="t", BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "PK", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "PK", "AttributeType": "S"}],
    )  # fmt: skip
    more = {"v": {"S": "1"}, "gone": {"S": "x"}, "things": {"L": [{"S": "a"}]}, "tags": {"SS": ["x"]}, "n": {"N": "3"}}
    client.put_item(TableName="t", Item=key | more)
    names = {"ExpressionAttributeNames": {"#n": "n"}} if "#n" in expression else {}
    asked = {"TableName": "t", "Key": key, "UpdateExpression": expression, "ExpressionAttributeValues": values, **names}
    said = []
    for _ in range(2):
        try:
            said.append(client.update_item(**asked, ReturnValues="ALL_NEW")["Attributes"])
        except ClientError as error:
            said.append(str(error))
    said.append(client.get_item(TableName="t", Key=key)["Item"])
    client.delete_table(TableName="t")
    return said


@pytest.mark.parametrize(("expression", "values"), EXPRESSIONS)
def test_updates_come_out_the_same(moto, expression, values):
    before = table_after(expression, values)
    moto_changes.remember_what_stays()
    assert table_after(expression, values) == before


VALUES = [
    {"S": ""}, {"S": "ä"}, {"N": "-1.50"}, {"BOOL": False}, {"NULL": True}, {"B": b"\x00\xff"}, {"SS": ["x", "y"]},
    {"NS": ["1"]}, {"BS": [b"x"]}, {"L": [{"S": "a"}, {"M": {"in": {"N": "1"}}}]}, {"M": {"l": {"L": [{"S": "b"}]}}},
]  # fmt: skip


def values_read():
    """As each call that reads answers them."""
    client, keys = boto3.client("dynamodb", region_name="us-east-1"), [{"PK": {"S": str(n)}} for n in range(2)]
    client.create_table(
        TableName="t", BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "PK", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "PK", "AttributeType": "S"}],
    )  # fmt: skip
    for key in keys:
        client.put_item(TableName="t", Item=key | {f"v{n}": value for n, value in enumerate(VALUES)})
    answers = [
        client.get_item(TableName="t", Key=keys[0]), client.query(
            TableName="t", KeyConditionExpression="PK = :p", ExpressionAttributeValues={":p": {"S": "1"}}
        ), client.batch_get_item(RequestItems={"t": {"Keys": keys}}),
    ]  # fmt: skip
    client.delete_table(TableName="t")
    return [{name: said for name, said in answer.items() if name != "ResponseMetadata"} for answer in answers]


def test_values_are_answered_the_same(moto):
    before = values_read()
    assert {**before[0]["Item"], "PK": None} == {"PK": None} | {f"v{n}": value for n, value in enumerate(VALUES)}
    moto_changes.answer_plain_values_as_they_are()
    assert values_read() == before


def test_messages_are_hidden_delayed_and_dropped_by_the_same_clock(moto):
    moto_changes.look_at_the_clock_cheaply()
    sqs = boto3.client("sqs", region_name="us-east-1")
    url = sqs.create_queue(QueueName="q", Attributes={"MessageRetentionPeriod": "60"})["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="later", DelaySeconds=900)
    sqs.send_message(QueueUrl=url, MessageBody="now")
    (got,) = sqs.receive_message(QueueUrl=url, VisibilityTimeout=900)["Messages"]
    assert got["Body"] == "now"
    assert "Messages" not in sqs.receive_message(QueueUrl=url)
    sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=got["ReceiptHandle"], VisibilityTimeout=0)
    (queue,) = queues.sqs_backends["123456789012"]["us-east-1"].queues.values()
    for message in queue._messages:
        message.sent_timestamp = (time.time() - 61) * 1000
    assert "Messages" not in sqs.receive_message(QueueUrl=url)


def test_a_queue_is_noted_that_a_rule_sends_to(moto):
    noted: set[str] = set()
    moto_changes.note_queues_in(noted)
    region = {"region_name": "us-east-1"}
    sqs, events = boto3.client("sqs", **region), boto3.client("events", **region)
    for name in ("by-rule", "direct", "untouched"):
        sqs.create_queue(QueueName=name)
    arn = "arn:aws:sqs:us-east-1:123456789012:by-rule"
    events.put_rule(Name="rule", EventPattern='{"source": ["ours"]}')
    events.put_targets(Rule="rule", Targets=[{"Id": "1", "Arn": arn}])
    events.put_events(Entries=[{"Source": "ours", "DetailType": "Said", "Detail": "{}"}])
    assert noted == {"by-rule"}
    sqs.send_message(QueueUrl=sqs.get_queue_url(QueueName="direct")["QueueUrl"], MessageBody="x")
    assert noted == {"by-rule", "direct"}


@pytest.mark.parametrize("read_before", [False, True], ids=["alone", "forked"])
def test_sessions_share_what_they_have_read(monkeypatch, read_before):
    """With whoever has forked this process, too; moto's own loader, which adds to the models, stays another."""
    from integration.aws_plane import moto_models  # which takes a second, in each worker

    monkeypatch.setattr(session, "create_loader", create_loader if not read_before else lambda _paths: KNOWN)
    monkeypatch.setattr(utils, "create_loader", unwrap(utils.create_loader))
    moto_models.share_loaders()
    first, second = (session.Session().get_component("data_loader") for _ in range(2))
    assert first is second
    assert (first is KNOWN) == read_before
    assert utils.create_loader() is utils.create_loader() is not first


def test_what_every_deployment_asks_is_read_by_import():
    """By a process that is forked later for each plane."""
    told = subprocess.check_output([sys.executable, "-c", READING], text=True)
    assert json.loads(told) == {"modules": [], "files": []}
