"""Every call of a function is judged by its role from the template, and written down."""

import json
import time

import boto3
import pytest
from botocore.exceptions import ClientError

from integration.aws_plane.gateway import Caller
from integration.aws_plane.iam import Role, statements

TABLE = {"TableName": "TinyTable"}
ITEM = {"PK": {"S": "a"}, "SK": {"S": "b"}}


def call(plane, *calls):
    return plane.invoke("tiny-calling", {"calls": calls})


def test_what_the_role_allows_is_done(plane):
    assert call(plane, ["dynamodb", "put_item", {**TABLE, "Item": ITEM}]) == [{}]
    assert plane.boto3_client("dynamodb").get_item(**TABLE, Key=ITEM)["Item"] == ITEM


def test_what_the_role_does_not_allow_is_refused_in_the_services_own_words(plane):
    """Action, resource, index, path, object, bus: each is judged by its own ARN."""
    before = len(plane.denied())
    answers = call(
        plane,
        ["dynamodb", "get_item", {**TABLE, "Key": ITEM}],
        ["dynamodb", "put_item", {"TableName": "OtherTable", "Item": ITEM}],
        ["ssm", "get_parameters_by_path", {"Path": "/Other"}],
        ["s3", "get_object", {"Bucket": "tiny-bucket", "Key": "other.txt"}],
        ["events", "put_events", {"Entries": [{"Source": "x", "DetailType": "y", "Detail": "{}"}]}],
        ["sqs", "get_queue_url", {"QueueName": "tiny-queue"}],
        ["security-ir", "list_cases", {}],
    )
    assert answers == [
        "AccessDeniedException", "AccessDeniedException", "AccessDeniedException", "AccessDenied",
        "AccessDeniedException", "AccessDeniedException", "AccessDeniedException",
    ]  # fmt: skip
    denials = plane.denied()[before:]
    assert [(d.action, d.resource.rpartition(":")[2]) for d in denials] == [
        ("dynamodb:GetItem", "table/TinyTable"),
        ("dynamodb:PutItem", "table/OtherTable"),
        ("ssm:GetParametersByPath", "parameter/Other"),
        ("s3:GetObject", "tiny-bucket/other.txt"),
        ("events:PutEvents", "event-bus/default"),
        ("sqs:GetQueueUrl", "tiny-queue"),
        ("security-ir:ListCases", "*"),
    ]
    assert {d.function for d in denials} == {"tiny-calling"}


def test_a_query_of_an_index_needs_the_index(plane):
    condition = {"KeyConditionExpression": "shard = :s", "ExpressionAttributeValues": {":s": {"S": "1"}}}
    (answer,) = call(plane, ["dynamodb", "query", {**TABLE, **condition, "IndexName": "due"}])
    assert answer["Items"] == []


def test_a_transaction_needs_the_single_rights_of_its_parts(plane):
    put = {"Put": {**TABLE, "Item": ITEM}}
    remove = {"Delete": {**TABLE, "Key": ITEM}}
    allowed, refused = call(
        plane,
        ["dynamodb", "transact_write_items", {"TransactItems": [put]}],
        ["dynamodb", "transact_write_items", {"TransactItems": [remove]}],
    )
    assert isinstance(allowed, dict)
    assert refused == "AccessDeniedException"


def test_a_deny_beats_an_allow_and_is_told_as_such(plane):
    call(plane, ["dynamodb", "delete_item", {**TABLE, "Key": ITEM}])
    denial = plane.denied()[-1]
    assert denial.explicit
    assert "p/7" in denial.by


def test_an_object_behind_a_key_needs_the_key_as_well(plane):
    """The role may read the object, and use the key, but only through DynamoDB."""
    plane.boto3_client("s3").put_object(Bucket="tiny-bucket", Key="allowed.txt", Body=b"x")
    before = len(plane.denied())
    assert call(plane, ["s3", "get_object", {"Bucket": "tiny-bucket", "Key": "allowed.txt"}]) == ["AccessDenied"]
    assert [d.action for d in plane.denied()[before:]] == ["kms:Decrypt"]


def test_an_encrypted_parameter_needs_its_key(plane):
    ssm = plane.boto3_client("ssm")
    ssm.put_parameter(Name="/Tiny/secret", Type="SecureString", Value="x", KeyId="alias/tiny", Overwrite=True)
    plain = ["ssm", "get_parameters_by_path", {"Path": "/Tiny"}]
    decrypted = ["ssm", "get_parameters_by_path", {"Path": "/Tiny", "WithDecryption": True}]
    first, second = call(plane, plain, decrypted)
    assert {p["Name"] for p in first["Parameters"]} == {"/Tiny/instance", "/Tiny/secret"}
    assert second == "AccessDeniedException"
    ssm.delete_parameter(Name="/Tiny/secret")


def test_who_may_do_everything_is_refused_on_a_closed_bus(plane):
    """The bus's policy denies what IAM grants; a role it names publishes as before."""
    entry = {"Source": "other", "DetailType": "x", "Detail": "{}"}
    everything = statements({"Statement": [{"Effect": "Allow", "Action": "events:*", "Resource": "*"}]}, "neighbour")
    role = Role("neighbour", "arn:aws:iam::123456789012:role/neighbour", [], everything)
    plane.gateway.callers["AKIANEIGHBOUR"] = Caller("neighbour", "its-secret", role.arn, role)
    with_its_key = {"aws_access_key_id": "AKIANEIGHBOUR", "aws_secret_access_key": "its-secret"}
    neighbour = boto3.client("events", region_name="us-east-1", endpoint_url=plane.aws_url, **with_its_key)
    with pytest.raises(ClientError, match="explicit deny"):
        neighbour.put_events(Entries=[entry | {"EventBusName": "tiny-bus"}])
    assert plane.denied()[-1].by == "tiny-bus/OnlyOurs/0"
    assert neighbour.put_events(Entries=[entry])["FailedEntryCount"] == 0, "another bus is open to it"
    (answer,) = call(plane, ["events", "put_events", {"Entries": [entry | {"EventBusName": "tiny-bus"}]}])
    assert answer["FailedEntryCount"] == 0


def test_another_accounts_bucket_is_refused(plane):
    client = plane.boto3_client("s3")
    with pytest.raises(client.exceptions.ClientError, match="Access Denied"):
        client.get_object(Bucket="tiny-bucket", Key="allowed.txt", ExpectedBucketOwner="999999999999")


def test_every_call_is_in_the_book(plane):
    began = time.time()
    call(plane, ["dynamodb", "put_item", {**TABLE, "Item": ITEM}], ["sqs", "list_queues", {}])
    calls = plane.calls(since=began)
    assert [(c.function, c.service, c.operation, c.status) for c in calls] == [
        ("tiny-calling", "dynamodb", "PutItem", 200),
        ("tiny-calling", "sqs", "ListQueues", 403),
    ]
    assert calls[0].resources == ("arn:aws:dynamodb:us-east-1:123456789012:table/TinyTable",)


def test_grants_nobody_used_are_told(fresh, stacks):
    """Implicit use counts: KMS behind the table, the poller's own calls."""
    fresh.deploy([stacks.STATE, stacks.application()], {"TinyApplication": {"instance": "x"}})
    role = next(r.name for r in fresh.roles if "CallingRole" in r.name)
    unused = {u.what for u in fresh.unused_grants() if u.role == role}
    assert {"dynamodb:PutItem", "kms:Decrypt", "security-ir:GetCase"} <= unused
    fresh.invoke("tiny-calling", {"calls": [["dynamodb", "put_item", {**TABLE, "Item": ITEM}]]})
    unused = {u.what for u in fresh.unused_grants() if u.role == role}
    assert not {"dynamodb:PutItem", "kms:Decrypt"} & unused
    assert "security-ir:GetCase" in unused
    polling = next(r.name for r in fresh.roles if "ConsumingRole" in r.name)
    assert not [u for u in fresh.unused_grants() if u.role == polling and u.what.startswith("sqs:")]


def test_the_security_ir_emulator_is_told_who_calls(fresh, stacks):
    """As an assumed role with the function's name as its session."""
    from integration.aws_plane.http_server import Response, listening

    asked = []

    def answer(request):
        asked.append(request)
        return Response(200, json.dumps({"title": "x"}).encode(), {"Content-Type": "application/json"})

    with listening(answer) as emulator:
        fresh.use_security_ir(emulator.url)
        fresh.deploy([stacks.STATE, stacks.application()], {"TinyApplication": {"instance": "x"}})
        (answer,) = fresh.invoke("tiny-calling", {"calls": [["security-ir", "get_case", {"caseId": "1234567890"}]]})
    assert answer == {"title": "x"}
    principal = asked[0].headers["x-emulated-principal"]
    assert principal.startswith("arn:aws:sts::123456789012:assumed-role/TinyApplication-CallingRole-")
    assert principal.endswith("/tiny-calling")
