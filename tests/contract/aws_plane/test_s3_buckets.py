"""Buckets are made, guarded and removed as S3 documents it; what moto leaves out, the plane does."""

import json

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from integration.aws_plane.deployment import DeploymentFailed
from integration.aws_plane.faults import Effect, Fault
from integration.aws_plane.plane import ACCOUNT
from integration.aws_plane.s3_buckets import valid
from integration.aws_plane.template import Template
from tests.contract.aws_plane.conftest import one_bucket

SUFFIX = f"-{ACCOUNT}-us-east-1-an"


@pytest.fixture(scope="module")
def s3(plane):
    return plane.boto3_client("s3")


def refused(call, **parameters):
    with pytest.raises(ClientError) as error:
        call(**parameters)
    told = error.value.response
    return told["ResponseMetadata"]["HTTPStatusCode"], told["Error"]["Code"]


def test_a_bucket_has_its_tags_and_its_guards_from_the_first_moment(s3):
    tags = [{"Key": "Workspace", "Value": "1"}, {"Key": "Application", "Value": "a & b"}]
    s3.create_bucket(Bucket="tagged", CreateBucketConfiguration={"Tags": tags})
    assert sorted(s3.get_bucket_tagging(Bucket="tagged")["TagSet"], key=str) == sorted(tags, key=str)
    assert set(s3.get_public_access_block(Bucket="tagged")["PublicAccessBlockConfiguration"].values()) == {True}
    (rule,) = s3.get_bucket_encryption(Bucket="tagged")["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    assert s3.put_object(Bucket="tagged", Key="k", Body=b"x")["ServerSideEncryption"] == "AES256"


def test_a_bucket_that_is_ours_already_keeps_its_tags(s3):
    """In us-east-1 the owner's repeat is answered 200."""
    for value in ("first", "second"):
        s3.create_bucket(Bucket="repeated", CreateBucketConfiguration={"Tags": [{"Key": "n", "Value": value}]})
    assert s3.get_bucket_tagging(Bucket="repeated")["TagSet"] == [{"Key": "n", "Value": "first"}]


@pytest.mark.parametrize(("name", "status"), [
    ("spa" + SUFFIX, 200), ("spa-123456789012-eu-west-1-an", 400), ("spa-999999999999-us-east-1-an", 400), ("spa", 400),
])  # fmt: skip
def test_the_accounts_own_namespace_wants_its_suffix(s3, name, status):
    if status == 200:
        s3.create_bucket(Bucket=name, BucketNamespace="account-regional")
    else:
        told = refused(s3.create_bucket, Bucket=name, BucketNamespace="account-regional")
        assert told == (400, "InvalidBucketName")


@pytest.mark.parametrize(("name", "taken"), [
    ("abc", True), ("a.b-c9", True), ("a" * 63, True), ("ab", False), ("a" * 64, False), ("Abc", False), ("a_b", False),
    ("a..b", False), ("1.2.3.4", False), ("-abc", False), ("abc-", False), ("xn--abc", False), ("sthree-abc", False),
    ("amzn-s3-demo-x", False), ("abc-s3alias", False), ("abc--ol-s3", False), ("abc.mrap", False), ("abc--x-s3", False),
    ("abc--table-s3", False),
])  # fmt: skip
def test_a_bucket_is_named_by_the_rules(name, taken):
    assert valid(name) is taken


def test_a_name_against_the_rules_makes_no_bucket(s3):
    assert refused(s3.create_bucket, Bucket="abc-s3alias") == (400, "InvalidBucketName")


def test_a_name_may_be_taken_and_the_account_full(plane, s3):
    """The switches; what is in the account's own namespace is never another's."""
    plane.buckets.taken = {"wanted*"}
    assert refused(s3.create_bucket, Bucket="wanted-1") == (409, "BucketAlreadyExists")
    assert refused(s3.head_bucket, Bucket="wanted-1")[0] == 403
    s3.create_bucket(Bucket="wanted" + SUFFIX, BucketNamespace="account-regional")
    plane.buckets.taken, plane.buckets.limit = set(), len(s3.list_buckets()["Buckets"])
    assert refused(s3.create_bucket, Bucket="wanted-1") == (400, "TooManyBuckets")
    s3.create_bucket(Bucket="wanted" + SUFFIX, BucketNamespace="account-regional")
    plane.buckets.limit = None
    s3.create_bucket(Bucket="wanted-1")


def test_buckets_are_listed_in_pages_by_what_their_names_begin_with(s3):
    names = [f"listed-{i}" for i in range(5)]
    for name in reversed(names):
        s3.create_bucket(Bucket=name)
    pages = s3.get_paginator("list_buckets").paginate(Prefix="listed-", PaginationConfig={"PageSize": 2})
    assert [[each["Name"] for each in page["Buckets"]] for page in pages] == [names[:2], names[2:4], names[4:]]
    assert {*names} < {each["Name"] for each in s3.list_buckets()["Buckets"]}


def test_a_copy_is_of_the_version_that_was_meant(s3):
    s3.create_bucket(Bucket="copied")
    s3.put_bucket_versioning(Bucket="copied", VersioningConfiguration={"Status": "Enabled"})
    first, second = (s3.put_object(Bucket="copied", Key="a ü", Body=body) for body in (b"1", b"2"))
    source = {"Bucket": "copied", "Key": "a ü"}
    old = {**source, "VersionId": first["VersionId"]}
    told = {"Bucket": "copied", "Key": "copy", "CopySourceIfMatch": first["ETag"]}
    assert refused(s3.copy_object, CopySource=source, **told) == (412, "PreconditionFailed")
    assert s3.copy_object(CopySource=old, **told)["CopyObjectResult"]["ETag"] == first["ETag"] != second["ETag"]


def test_a_creation_may_be_slowed_down(plane, backend):
    plane.faults.add(Fault("s3:CreateBucket", Effect.ERROR, status=503, code="SlowDown"))
    role = backend.s3()
    assert refused(role.create_bucket, Bucket="slow") == (503, "SlowDown")
    role.create_bucket(Bucket="slow")


def test_tags_at_creation_need_a_right_of_their_own(backend):
    narrowed = backend.s3(one_bucket("narrow", "s3:CreateBucket"))
    tags = {"Tags": [{"Key": "a", "Value": "b"}]}
    assert refused(narrowed.create_bucket, Bucket="narrow", CreateBucketConfiguration=tags) == (403, "AccessDenied")
    narrowed.create_bucket(Bucket="narrow")


def test_a_thousand_keys_are_deleted_at_once_and_not_one_more(s3):
    s3.create_bucket(Bucket="many")
    keys = [{"Key": str(i)} for i in range(1001)]
    assert refused(s3.delete_objects, Bucket="many", Delete={"Objects": keys}) == (400, "MalformedXML")
    assert len(s3.delete_objects(Bucket="many", Delete={"Objects": keys[:1000]})["Deleted"]) == 1000


def test_a_key_that_may_not_be_deleted_is_an_error_of_its_own(s3, backend):
    """The others go; `s3:DeleteObject` and `s3:DeleteObjectVersion` are asked for each by itself."""
    bucket = "partly"
    s3.create_bucket(Bucket=bucket)
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    made = {key: s3.put_object(Bucket=bucket, Key=key, Body=b"x")["VersionId"] for key in ("a&b", "keep", "c")}
    role = backend.s3({"Statement": [
        *one_bucket(bucket, "s3:DeleteObject*")["Statement"],
        {"Effect": "Deny", "Action": "s3:DeleteObject", "Resource": f"arn:aws:s3:::{bucket}/keep"},
        {"Effect": "Deny", "Action": "s3:DeleteObjectVersion", "Resource": f"arn:aws:s3:::{bucket}/c"},
    ]})  # fmt: skip
    named = [{"Key": "a&b", "VersionId": made["a&b"]}, {"Key": "keep"}, {"Key": "c", "VersionId": made["c"]}]
    answer = role.delete_objects(Bucket=bucket, Delete={"Objects": named})
    assert [(e["Key"], e["Code"]) for e in answer["Errors"]] == [("keep", "AccessDenied"), ("c", "AccessDenied")]
    assert [e["Key"] for e in answer.get("Deleted", [])] == ["a&b"]
    assert [e["Key"] for e in s3.list_object_versions(Bucket=bucket)["Versions"]] == ["c", "keep"]
    answer = role.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "keep"}]})
    assert ([e["Code"] for e in answer["Errors"]], answer.get("Deleted", [])) == (["AccessDenied"], [])


def test_a_bucket_goes_when_no_version_is_left(s3):
    """A marker hinders it; an upload that is under way does not, and goes with it."""
    s3.create_bucket(Bucket="going")
    s3.put_bucket_versioning(Bucket="going", VersioningConfiguration={"Status": "Enabled"})
    s3.put_object(Bucket="going", Key="k", Body=b"x")
    s3.delete_object(Bucket="going", Key="k")
    s3.create_multipart_upload(Bucket="going", Key="half")
    assert refused(s3.delete_bucket, Bucket="going") == (409, "BucketNotEmpty")
    found = s3.list_object_versions(Bucket="going")
    gone = [{"Key": e["Key"], "VersionId": e["VersionId"]} for e in found["Versions"] + found["DeleteMarkers"]]
    s3.delete_objects(Bucket="going", Delete={"Objects": gone})
    s3.delete_bucket(Bucket="going")
    assert refused(s3.head_bucket, Bucket="going")[0] == 404


def test_a_lifecycle_is_kept_as_it_was_set(s3):
    s3.create_bucket(Bucket="lived")
    rule = {"ID": "left", "Status": "Enabled", "Filter": {"Prefix": ""},
            "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1},
            "NoncurrentVersionExpiration": {"NoncurrentDays": 7}}  # fmt: skip
    s3.put_bucket_lifecycle_configuration(Bucket="lived", LifecycleConfiguration={"Rules": [rule]})
    assert s3.get_bucket_lifecycle_configuration(Bucket="lived")["Rules"] == [rule]


def template(**rule):
    rules = {"Rules": [{"Id": "rest", "Status": "Enabled", **rule}]}
    tags = [{"Key": "Application", "Value": "a"}]
    properties = {"BucketName": "of-a-stack", "Tags": tags, "LifecycleConfiguration": rules}
    return Template("Kept", {"Resources": {"Bucket": {"Type": "AWS::S3::Bucket", "Properties": properties}}})


def test_a_bucket_of_a_template_shows_its_tags_and_lifecycle(plane, s3):
    """A changed rule is the one that is shown."""
    for days in (30, 31):
        plane.deploy([template(NoncurrentVersionExpiration={"NoncurrentDays": days}, ExpirationInDays=400)])
        (rule,) = s3.get_bucket_lifecycle_configuration(Bucket="of-a-stack")["Rules"]
        assert (rule["NoncurrentVersionExpiration"], rule["Expiration"]) == ({"NoncurrentDays": days}, {"Days": 400})
    assert s3.get_bucket_tagging(Bucket="of-a-stack")["TagSet"] == [{"Key": "Application", "Value": "a"}]
    with pytest.raises(DeploymentFailed, match="TagFilters"):
        plane.deploy([template(TagFilters=[])])


def policy(bucket="ruled", **members):
    statement = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/*"}
    return json.dumps({"Statement": [{k: v for k, v in (statement | members).items() if v}]})


@pytest.mark.parametrize(("document", "status", "code"), [
    ("{", 400, "MalformedPolicy"),
    ("[]", 400, "MalformedPolicy"),
    (policy(Principal=None), 400, "MalformedPolicy"),
    (policy("other"), 400, "MalformedPolicy"),
    (policy(Effect="Deny", Condition={"DateLessThan": {"aws:CurrentTime": "x"}}), 501, "NotImplemented"),
    (policy(), 403, "AccessDenied"),
])  # fmt: skip
def test_a_policy_that_s3_would_refuse_is_not_kept(s3, document, status, code):
    """Unreadable, of nobody, of another bucket, of everybody under a block; and what the plane could not judge."""
    s3.create_bucket(Bucket="ruled")
    assert refused(s3.put_bucket_policy, Bucket="ruled", Policy=document) == (status, code)
    assert refused(s3.get_bucket_policy, Bucket="ruled")[0] == 404


def test_a_policy_goes_with_its_bucket(plane, s3, backend):
    s3.create_bucket(Bucket="again")
    s3.put_bucket_policy(Bucket="again", Policy=policy("again", Effect="Deny", Action="s3:*"))
    role = backend.s3()
    assert refused(role.put_object, Bucket="again", Key="k", Body=b"x") == (403, "AccessDenied")
    s3.delete_bucket(Bucket="again")
    s3.create_bucket(Bucket="again")
    role.put_object(Bucket="again", Key="k", Body=b"x")


def test_signature_version_2_is_refused(plane, s3):
    given = plane.operator_environment()
    old = boto3.client("s3", "us-east-1", endpoint_url=plane.aws_url, aws_access_key_id=given["AWS_ACCESS_KEY_ID"],
                       aws_secret_access_key=given["AWS_SECRET_ACCESS_KEY"], config=Config(signature_version="s3"),
                       )  # fmt: skip
    assert refused(old.list_objects_v2, Bucket="tagged") == (400, "InvalidRequest")
