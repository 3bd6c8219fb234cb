"""What an SDK sends is read back as service, operation, parameters, and needs the rights AWS would ask for.

The requests are botocore's own: each is made by a real client and caught before it leaves.
"""

from dataclasses import replace

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.config import Config

from integration.aws_plane.authority import Place, behind, needs
from integration.aws_plane.calls import UnknownOperation, Unsigned, read, signature
from integration.aws_plane.http_server import Request
from integration.aws_plane.signing import expired, genuine

SECRET = "arn:aws:secretsmanager:us-east-1:123456789012:secret:tiny-AbC"
PLACE = Place("123456789012", "us-east-1", {"secret:tiny": SECRET})
DYNAMO = "arn:aws:dynamodb:us-east-1:123456789012:table/T"


def sent(service, operation, **parameters):
    """The HTTP request a real client would have sent."""
    client = boto3.client(
        service, endpoint_url="http://127.0.0.1:1", region_name="us-east-1", aws_access_key_id="AKIATEST",
        aws_secret_access_key="secret",
    )  # fmt: skip
    caught = []

    def catch(request, **_):
        caught.append(request)
        return AWSResponse(request.url, 500, {}, None)

    client.meta.events.register("before-send", catch)
    with pytest.raises(Exception):  # noqa: B017,PT011 - whatever the client makes of our non-answer
        getattr(client, operation)(**parameters)
    request = caught[0]
    body = request.body.read() if hasattr(request.body, "read") else request.body or b""
    headers = {}
    for name, value in request.headers.items():
        headers[name.lower()] = value.decode() if isinstance(value, bytes) else value
    headers["host"] = "127.0.0.1:1"
    target = request.url.removeprefix("http://127.0.0.1:1")
    return Request(request.method, target, headers, body.encode() if isinstance(body, str) else bytes(body))


def arn(service, rest):
    return f"arn:aws:{service}:us-east-1:123456789012:{rest}"


KEY = {"PK": {"S": "Case#1"}, "SK": {"S": "latest"}}
URL = "http://127.0.0.1:1/123456789012/q"
CASE = "1234567890"
ANY_CASE = arn("security-ir", "case/*")
NEW_CASE = {
    "resolverType": "AWS", "title": "t", "description": "d", "engagementType": "Security Incident",
    "reportedIncidentStartDate": 1, "impactedAccounts": [], "watchers": [],
}  # fmt: skip
SIGNED = {"stepfunctions": "states"}
CALLS = [
    ("dynamodb", "get_item", {"TableName": "T", "Key": KEY}, [("dynamodb:GetItem", DYNAMO)]),
    ("dynamodb", "query", {"TableName": "T", "IndexName": "due", "KeyConditionExpression": "a = :a"},
     [("dynamodb:Query", DYNAMO + "/index/due")]),
    ("dynamodb", "batch_get_item", {"RequestItems": {"T": {"Keys": [KEY]}, "U": {"Keys": [KEY]}}},
     [("dynamodb:BatchGetItem", DYNAMO), ("dynamodb:BatchGetItem", DYNAMO[:-1] + "U")]),
    ("dynamodb", "transact_write_items", {"TransactItems": [
        {"Put": {"TableName": "T", "Item": KEY}},
        {"ConditionCheck": {"TableName": "T", "Key": KEY, "ConditionExpression": "a"}}]},
     [("dynamodb:PutItem", DYNAMO), ("dynamodb:ConditionCheckItem", DYNAMO)]),
    ("sqs", "send_message", {"QueueUrl": URL, "MessageBody": "x"}, [("sqs:SendMessage", arn("sqs", "q"))]),
    ("sqs", "change_message_visibility", {"QueueUrl": URL, "ReceiptHandle": "x", "VisibilityTimeout": 0},
     [("sqs:ChangeMessageVisibility", arn("sqs", "q"))]),
    ("events", "put_events", {"Entries": [{"Source": "a", "DetailType": "b", "Detail": "{}", "EventBusName": "mine"},
                                          {"Source": "a", "DetailType": "b", "Detail": "{}"}]},
     [("events:PutEvents", arn("events", "event-bus/default")), ("events:PutEvents", arn("events", "event-bus/mine"))]),
    ("ssm", "get_parameters_by_path", {"Path": "/A/b"}, [("ssm:GetParametersByPath", arn("ssm", "parameter/A/b"))]),
    ("ssm", "get_parameter", {"Name": "/A/b"}, [("ssm:GetParameter", arn("ssm", "parameter/A/b"))]),
    ("secretsmanager", "get_secret_value", {"SecretId": "tiny"},
     [("secretsmanager:GetSecretValue", SECRET)]),
    ("kms", "decrypt", {"KeyId": "abc", "CiphertextBlob": b"x"}, [("kms:Decrypt", arn("kms", "key/abc"))]),
    ("s3", "get_object", {"Bucket": "b", "Key": "a/k.pem"}, [("s3:GetObject", "arn:aws:s3:::b/a/k.pem")]),
    ("s3", "put_object", {"Bucket": "b", "Key": "k", "Body": b"x"}, [("s3:PutObject", "arn:aws:s3:::b/k")]),
    ("s3", "copy_object", {"Bucket": "b", "Key": "k", "CopySource": "a/k"},
     [("s3:GetObject", "arn:aws:s3:::a/k"), ("s3:PutObject", "arn:aws:s3:::b/k")]),
    ("s3", "head_object", {"Bucket": "b", "Key": "k"}, [("s3:GetObject", "arn:aws:s3:::b/k")]),
    ("s3", "list_objects_v2", {"Bucket": "b"}, [("s3:ListBucket", "arn:aws:s3:::b")]),
    ("s3", "get_bucket_policy", {"Bucket": "b"}, [("s3:GetBucketPolicy", "arn:aws:s3:::b")]),
    ("s3", "copy_object", {"Bucket": "b", "Key": "k", "CopySource": {"Bucket": "a", "Key": "ü k", "VersionId": "1"}},
     [("s3:GetObjectVersion", "arn:aws:s3:::a/ü k"), ("s3:PutObject", "arn:aws:s3:::b/k")]),
    ("s3", "get_object", {"Bucket": "b", "Key": "k", "VersionId": "1"}, [("s3:GetObjectVersion", "arn:aws:s3:::b/k")]),
    ("s3", "head_object", {"Bucket": "b", "Key": "k", "VersionId": "1"}, [("s3:GetObjectVersion", "arn:aws:s3:::b/k")]),
    ("s3", "get_object_tagging", {"Bucket": "b", "Key": "k", "VersionId": "1"},
     [("s3:GetObjectVersionTagging", "arn:aws:s3:::b/k")]),
    ("s3", "delete_object", {"Bucket": "b", "Key": "k", "VersionId": "1"},
     [("s3:DeleteObjectVersion", "arn:aws:s3:::b/k")]),
    ("s3", "delete_objects",
     {"Bucket": "b", "Delete": {"Objects": [{"Key": "a&b"}, {"Key": "c", "VersionId": "1"}]}},
     [("s3:DeleteObject", "arn:aws:s3:::b/a&b"), ("s3:DeleteObjectVersion", "arn:aws:s3:::b/c")]),
    ("s3", "put_object", {"Bucket": "b", "Key": "k", "Body": b"x", "Tagging": "a=b"},
     [("s3:PutObject", "arn:aws:s3:::b/k"), ("s3:PutObjectTagging", "arn:aws:s3:::b/k")]),
    ("s3", "create_bucket", {"Bucket": "b"}, [("s3:CreateBucket", "arn:aws:s3:::b")]),
    ("s3", "create_bucket", {"Bucket": "b", "CreateBucketConfiguration": {"Tags": [{"Key": "a", "Value": "b"}]}},
     [("s3:CreateBucket", "arn:aws:s3:::b"), ("s3:TagResource", "arn:aws:s3:::b")]),
    *[("s3", operation, {"Bucket": "b", **more}, [(f"s3:{right}", "arn:aws:s3:::b")]) for operation, more, right in [
        ("list_object_versions", {}, "ListBucketVersions"),
        ("list_multipart_uploads", {}, "ListBucketMultipartUploads"),
        ("head_bucket", {}, "ListBucket"),
        ("put_bucket_lifecycle_configuration", {"LifecycleConfiguration": {"Rules": []}}, "PutLifecycleConfiguration"),
        ("get_bucket_lifecycle_configuration", {}, "GetLifecycleConfiguration"),
        ("put_bucket_encryption", {"ServerSideEncryptionConfiguration": {"Rules": []}}, "PutEncryptionConfiguration"),
        ("put_bucket_cors", {"CORSConfiguration": {"CORSRules": []}}, "PutBucketCORS"),
        ("put_public_access_block", {"PublicAccessBlockConfiguration": {}}, "PutBucketPublicAccessBlock"),
        ("put_bucket_versioning", {"VersioningConfiguration": {}}, "PutBucketVersioning"),
        ("put_bucket_policy", {"Policy": "{}"}, "PutBucketPolicy"),
        ("delete_bucket", {}, "DeleteBucket"),
    ]],
    *[("s3", operation, {"Bucket": "b", "Key": "k", **more}, [(f"s3:{right}", "arn:aws:s3:::b/k")])
      for operation, more, right in [
        ("create_multipart_upload", {}, "PutObject"),
        ("upload_part", {"UploadId": "u", "PartNumber": 1}, "PutObject"),
        ("complete_multipart_upload", {"UploadId": "u"}, "PutObject"),
        ("abort_multipart_upload", {"UploadId": "u"}, "AbortMultipartUpload"),
        ("list_parts", {"UploadId": "u"}, "ListMultipartUploadParts"),
    ]],
    ("sts", "assume_role", {"RoleArn": arn("iam", "role/r"), "RoleSessionName": "me"},
     [("sts:AssumeRole", arn("iam", "role/r"))]),
    ("codepipeline", "put_approval_result",
     {"pipelineName": "p", "stageName": "s", "actionName": "a", "token": "11111111-1111-1111-1111-111111111111",
      "result": {"summary": "", "status": "Approved"}},
     [("codepipeline:PutApprovalResult", arn("codepipeline", "p/s/a"))]),
    ("codepipeline", "get_pipeline_state", {"name": "p"},
     [("codepipeline:GetPipelineState", arn("codepipeline", "p"))]),
    ("stepfunctions", "send_task_success", {"taskToken": "t", "output": "{}"}, [("states:SendTaskSuccess", "*")]),
    ("stepfunctions", "send_task_heartbeat", {"taskToken": "t"}, [("states:SendTaskHeartbeat", "*")]),
    ("sns", "publish", {"TopicArn": arn("sns", "t"), "Message": "m"}, [("sns:Publish", arn("sns", "t"))]),
    ("apigateway", "get_api_key", {"apiKey": "k1"},
     [("apigateway:GET", f"arn:aws:apigateway:{PLACE.region}::/apikeys/k1")]),
    ("lambda", "invoke", {"FunctionName": "f"}, [("lambda:InvokeFunction", arn("lambda", "function:f"))]),
    ("sts", "get_caller_identity", {}, []),
    ("security-ir", "list_cases", {}, [("security-ir:ListCases", "*")]),
    ("security-ir", "get_case", {"caseId": CASE}, [("security-ir:GetCase", arn("security-ir", "case/" + CASE))]),
    ("security-ir", "update_case_comment", {"caseId": CASE, "commentId": "000001", "body": "x"},
     [("security-ir:UpdateCaseComment", arn("security-ir", "case/" + CASE))]),
    ("security-ir", "list_tags_for_resource", {"resourceArn": arn("security-ir", "case/" + CASE)},
     [("security-ir:ListTagsForResource", arn("security-ir", "case/" + CASE))]),
    ("security-ir", "create_case", NEW_CASE, [("security-ir:CreateCase", ANY_CASE)]),
    ("security-ir", "create_case", {**NEW_CASE, "tags": {"a": "b"}},
     [("security-ir:CreateCase", ANY_CASE), ("security-ir:TagResource", ANY_CASE)]),
]  # fmt: skip


@pytest.mark.parametrize(("service", "operation", "parameters", "needed"), CALLS)
def test_a_call_is_known_by_what_was_sent_and_needs_its_rights(service, operation, parameters, needed):
    request = sent(service, operation, **parameters)
    signed = signature(request)
    assert (signed.service, signed.access_key, signed.region) == (SIGNED.get(service, service), "AKIATEST", "us-east-1")
    call = read(request, signed.service)
    assert call.operation == "".join(part.capitalize() for part in operation.split("_"))
    assert [(n.action, n.resource) for n in needs(call, PLACE)] == needed


@pytest.mark.parametrize("service", ["dynamodb", "s3", "security-ir", "sns"])
def test_a_signature_is_genuine_only_with_the_right_secret(service):
    calls = {
        "dynamodb": ("put_item", {"TableName": "T", "Item": KEY}),
        "s3": ("put_object", {"Bucket": "b", "Key": "a b/ü.pem", "Body": b"x"}),
        "security-ir": ("list_tags_for_resource", {"resourceArn": arn("security-ir", "case/" + CASE)}),
        "sns": ("publish", {"TopicArn": arn("sns", "t"), "Message": "ä & b"}),
    }
    operation, parameters = calls[service]
    request = sent(service, operation, **parameters)
    assert genuine(request, signature(request), "secret")
    assert not genuine(request, signature(request), "another")
    for changed in (replace(request, target=request.target + "x"), replace(request, body=request.body + b"x")):
        assert not genuine(changed, signature(request), "secret")


def presigned(service, operation, **parameters):
    client = boto3.client(
        service, endpoint_url="http://127.0.0.1:1", region_name="us-east-1", aws_access_key_id="AKIATEST",
        aws_secret_access_key="secret", config=Config(signature_version="s3v4" if service == "s3" else None),
    )  # fmt: skip
    method = "PUT" if operation.startswith("put") else "GET"
    url = client.generate_presigned_url(operation, parameters, 60, method)
    return Request(method, url.removeprefix("http://127.0.0.1:1"), {"host": "127.0.0.1:1"}, b"")


@pytest.mark.parametrize(
    ("service", "operation", "parameters"),
    [("s3", "get_object", {"Bucket": "b", "Key": "a b/ü.pem"}), ("s3", "put_object", {"Bucket": "b", "Key": "k"}),
     ("sts", "get_caller_identity", {})],
)  # fmt: skip
def test_a_presigned_address_is_genuine_as_it_was_signed(service, operation, parameters):
    request = presigned(service, operation, **parameters)
    signed = signature(request)
    assert (signed.in_query, genuine(request, signed, "secret")) == (True, True)
    assert not genuine(request, signed, "another")
    longer = request.target.replace("X-Amz-Expires=60", "X-Amz-Expires=600")
    changes = {"method": "DELETE"}, {"target": longer}, {"target": request.target + "&x=y"}, {"headers": {"host": "x"}}
    assert not any(genuine(replace(request, **change), signed, "secret") for change in changes)


@pytest.mark.parametrize(("seconds", "after", "over"), [
    (60, 0, False), (60, 58, False), (60, 61, True), (604800, 600000, False), (604801, 0, True), (0, 0, True),
    (-1, 0, True), ("x", 0, True),
])  # fmt: skip
def test_a_presigned_address_ends(seconds, after, over):
    target = f"/b/k?X-Amz-Date=20260101T000000Z&X-Amz-Expires={seconds}"
    assert expired(Request("GET", target, {}, b""), 1767225600 + after) is over


def test_a_presigned_address_without_a_date_is_over():
    assert expired(Request("GET", "/b/k?X-Amz-Expires=60", {}, b""), 0)


def test_a_list_tells_its_prefix_and_a_bucket_its_tags():
    """What conditions of policies ask for."""
    (listed,) = needs(read(sent("s3", "list_objects_v2", Bucket="b", Prefix="a/"), "s3"), PLACE)
    tags = {"Tags": [{"Key": "CostCenter", "Value": "1"}]}
    _, tagged = needs(read(sent("s3", "create_bucket", Bucket="b", CreateBucketConfiguration=tags), "s3"), PLACE)
    assert listed.context == {"s3:prefix": "a/"}
    assert tagged.context == {"aws:RequestTag/CostCenter": "1", "aws:TagKeys": ["CostCenter"]}


def test_a_request_without_signature_and_an_unknown_path_are_told_apart():
    with pytest.raises(Unsigned):
        signature(Request("GET", "/", {"authorization": "Bearer x"}, b""))
    with pytest.raises(UnknownOperation, match="/v9/nothing"):
        read(Request("GET", "/v9/nothing", {}, b""), "security-ir")


def test_a_table_with_a_customer_key_needs_the_key_in_the_callers_name():
    call = read(sent("dynamodb", "get_item", TableName="T", Key=KEY), "dynamodb")
    needed = behind(call, [DYNAMO], {DYNAMO: "arn:key"}.get, PLACE)
    assert {n.action for n in needed} >= {"kms:Decrypt", "kms:GenerateDataKey", "kms:DescribeKey"}
    assert {(n.resource, n.implicit) for n in needed} == {("arn:key", True)}
    assert needed[0].context == {"kms:ViaService": "dynamodb.us-east-1.amazonaws.com"}


def test_a_parameter_needs_its_key_only_when_it_is_decrypted():
    path = arn("ssm", "parameter/A")
    plain = read(sent("ssm", "get_parameters_by_path", Path="/A"), "ssm")
    decrypted = read(sent("ssm", "get_parameters_by_path", Path="/A", WithDecryption=True), "ssm")
    keys = {path: "arn:key"}.get
    assert behind(plain, [path], keys, PLACE) == []
    assert [n.action for n in behind(decrypted, [path], keys, PLACE)] == ["kms:Decrypt"]


def test_a_conditional_put_tells_its_leading_key():
    (need,) = needs(read(sent("dynamodb", "put_item", TableName="T", Item=KEY), "dynamodb"), PLACE)
    assert need.context == {"dynamodb:LeadingKeys": ["Case#1"]}
