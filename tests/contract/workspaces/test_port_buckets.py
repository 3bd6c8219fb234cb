"""What the store of buckets promises: the twin of the proofs, and S3 as moto plays it.

moto drops the tags of CreateBucket, refuses no signed address and knows no session policy: those are held to what AWS
documents by the plane's door. What it does store is compared here.
"""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from integration.clients.errors import Misconfigured, Refused, Unavailable
from integration.workspaces.buckets import S3Buckets
from integration.workspaces.model import Entry, Setting
from integration.workspaces.naming import CHECK_FILE
from tests.fakes.workspaces import MemoryBuckets

if TYPE_CHECKING:
    from collections.abc import Callable

    from integration.workspaces.ports import Buckets

NUMBERS = itertools.count(1)
TAGS = {"Workspace": "w", "Deployment": "default"}


@pytest.fixture(params=["twin", "real"])
def buckets(request: pytest.FixtureRequest) -> Buckets:
    found: Buckets = MemoryBuckets() if request.param == "twin" else request.getfixturevalue("s3")
    return found


def put(buckets: Buckets, bucket: str, key: str, content: bytes) -> None:
    if isinstance(buckets, MemoryBuckets):
        buckets.land(bucket, key, content)
    else:
        assert isinstance(buckets, S3Buckets)
        buckets.client.put_object(Bucket=bucket, Key=key, Body=content)


def made(buckets: Buckets) -> str:
    bucket = f"sandbox-spa-test-{next(NUMBERS)}-123456789012-eu-central-1-an"
    buckets.create(bucket, TAGS)
    buckets.configure(bucket, Setting.VERSIONS)
    return bucket


def test_made_once_and_again(buckets: Buckets) -> None:
    """Ours already is done."""
    bucket = made(buckets)
    buckets.create(bucket, TAGS)
    assert buckets.exists(bucket)
    assert not buckets.exists("sandbox-spa-never")


@pytest.mark.parametrize("setting", Setting)
def test_each_setting_is_put_and_again(buckets: Buckets, setting: Setting) -> None:
    """The same value twice is the same."""
    bucket = made(buckets)
    for _ in range(2):
        buckets.configure(bucket, setting)


def test_a_check_leaves_no_file(buckets: Buckets) -> None:
    """What it wrote is a version somebody removed."""
    bucket = made(buckets)
    buckets.check(bucket)
    listed, after = buckets.versions(bucket)
    assert {version.key for version in listed} == {CHECK_FILE}
    assert not any(version.current for version in listed)
    assert after == ""


def test_versions_tell_what_is_current(buckets: Buckets) -> None:
    """The newest of a name, unless it is a removal."""
    bucket = made(buckets)
    for key, content in (("a", b"old"), ("a", b"new!"), ("ü b/#?%", b"x")):
        put(buckets, bucket, key, content)
    listed, _ = buckets.versions(bucket)
    assert sorted((each.key, each.size, each.current) for each in listed) == [
        ("a", 3, False), ("a", 4, True), ("ü b/#?%", 1, True),
    ]  # fmt: skip
    assert buckets.versions("sandbox-spa-never") == ((), "") or buckets.versions("sandbox-spa-never") == ([], "")


def test_a_copy_is_compared_and_named(buckets: Buckets) -> None:
    """With the checksum of its content."""
    bucket = made(buckets)
    put(buckets, bucket, "a b", b"content")
    (version,) = buckets.versions(bucket)[0]
    entry = buckets.keep(bucket, version, "w/files/1/a b")
    assert entry == Entry(
        "a b", version.version, 7, "w/files/1/a b", "ed7002b439e9ac845f22357d822bac1444730fbdb6016d3ec9432297b9ec9f73"
    )
    assert buckets.read("w/files/1/a b") == b"content"


def test_only_what_is_named_is_deleted(buckets: Buckets) -> None:
    """A late version of the same name stays, and keeps the bucket; what is gone already is gone."""
    bucket = made(buckets)
    put(buckets, bucket, "a", b"first")
    (version,) = buckets.versions(bucket)[0]
    entry = buckets.keep(bucket, version, f"{bucket}/a")
    put(buckets, bucket, "a", b"late")
    buckets.delete(bucket, [entry])
    buckets.delete(bucket, [entry])
    assert not buckets.drop(bucket)
    (left,) = buckets.versions(bucket)[0]
    assert (left.current, left.size) == (True, 4)
    buckets.delete(bucket, [buckets.keep(bucket, left, f"{bucket}/late")])
    assert buckets.drop(bucket)
    assert buckets.drop(bucket)
    assert not buckets.exists(bucket)


def test_closing(buckets: Buckets) -> None:
    """Also twice; what is not there cannot be."""
    bucket = made(buckets)
    assert buckets.close(bucket)
    assert buckets.close(bucket)
    assert not buckets.close("sandbox-spa-never")


def test_the_archive_gives_back_what_it_was_given(buckets: Buckets) -> None:
    """The last under a key; nothing where there is none."""
    buckets.write("k/proof.json", b"1")
    buckets.write("k/proof.json", b"2")
    assert buckets.read("k/proof.json") == b"2"
    assert buckets.read("k/never") is None


# ------------------------------------------------------------------------------------------- S3 alone
def test_pages_are_read_to_the_end(s3: S3Buckets, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many they are."""
    bucket = made(s3)
    for number in range(5):
        put(s3, bucket, f"f{number}", b"x")
    whole = s3.client.list_object_versions
    monkeypatch.setattr(s3.client, "list_object_versions", lambda **asked: whole(**asked, MaxKeys=2))
    names, after, pages = [], "", 0
    while after or not pages:
        listed, after = s3.versions(bucket, after)
        names += [version.key for version in listed]
        pages += 1
    assert sorted(names) == [f"f{number}" for number in range(5)]
    assert pages == 3


def test_what_a_bucket_is_set_to(s3: S3Buckets) -> None:
    """As S3 gives it back."""
    bucket = made(s3)
    for setting in Setting:
        s3.configure(bucket, setting)
    block = s3.client.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    assert set(block.values()) == {True}
    assert s3.client.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    (cors,) = s3.client.get_bucket_cors(Bucket=bucket)["CORSRules"]
    assert cors["AllowedOrigins"] == ["https://page.example"]
    (rule,) = s3.client.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
    assert rule["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 1}
    denials = {each["Sid"] for each in _policy(s3, bucket)}
    assert denials == {"TlsOnly", "NoOldAddress", "OnlyOurRoles"}
    s3.close(bucket)
    assert {each["Sid"] for each in _policy(s3, bucket)} - denials == {"NoMoreWrites"}
    s3.configure(bucket, Setting.POLICY)
    assert {each["Sid"] for each in _policy(s3, bucket)} == denials


def _policy(s3: S3Buckets, bucket: str) -> list[dict[str, Any]]:
    statements: list[dict[str, Any]] = json.loads(s3.client.get_bucket_policy(Bucket=bucket)["Policy"])["Statement"]
    return statements


@pytest.mark.parametrize(
    ("code", "status", "kind"),
    [
        ("TooManyBuckets", 400, Refused), ("BucketAlreadyExists", 409, Refused), ("OperationAborted", 409, Unavailable),
        ("SlowDown", 503, Unavailable), ("AccessDenied", 403, Misconfigured), ("InternalError", 500, Unavailable),
    ],
)  # fmt: skip
def test_what_s3_answers_in_our_words(
    s3: S3Buckets, monkeypatch: pytest.MonkeyPatch, code: str, status: int, kind: type[Exception]
) -> None:
    """By who can do something about it; a name that is taken and a quota keep their code."""

    def answers(**_: Any) -> None:
        raise ClientError({"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}, "CreateBucket")

    monkeypatch.setattr(s3.client, "create_bucket", answers)
    with pytest.raises(kind) as raised:
        s3.create("sandbox-spa-x", TAGS)
    assert getattr(raised.value, "code", code) == code


@pytest.mark.parametrize(
    ("codes", "kind"),
    [(["NoSuchVersion"], None), (["AccessDenied"], Misconfigured), (["InternalError", "NoSuchKey"], Unavailable)],
)
def test_errors_inside_an_answer_of_200_are_read(
    s3: S3Buckets, monkeypatch: pytest.MonkeyPatch, codes: list[str], kind: type[Exception] | None
) -> None:
    """DeleteObjects names them entry by entry."""
    answer = {"Errors": [{"Code": code, "Key": "k"} for code in codes]}
    monkeypatch.setattr(s3.client, "delete_objects", lambda **_: answer)
    raises: Callable[[], Any] = lambda: s3.delete("b", [Entry("k", "v")])  # noqa: E731 - of one line
    if kind is None:
        raises()
    else:
        with pytest.raises(kind):
            raises()


def test_a_copy_that_differs_is_refused(s3: S3Buckets, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is deleted for it."""
    bucket = made(s3)
    put(s3, bucket, "a", b"content")
    (version,) = s3.versions(bucket)[0]
    monkeypatch.setattr(s3.client, "copy_object", lambda **_: {"CopyObjectResult": {"ETag": '"another"'}})
    with pytest.raises(Refused, match="another content"):
        s3.keep(bucket, version, "k")


def test_a_bucket_in_the_accounts_own_namespace_is_asked_for_so(s3: S3Buckets, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its name says in which, with its tags, in the one call; us-east-1 is no location."""
    asked: list[dict[str, Any]] = []
    monkeypatch.setattr(s3.client, "create_bucket", lambda **given: asked.append(given))
    own = "sandbox-spa-b-12345678-123456789012-eu-central-1-an"
    s3.create(own, {"Workspace": "w"})
    replace(s3, region="us-east-1").create("b", {"Workspace": "w"})
    tags = {"Tags": [{"Key": "Workspace", "Value": "w"}]}
    assert asked == [
        {
            "Bucket": own,
            "CreateBucketConfiguration": {"LocationConstraint": "eu-central-1", **tags},
            "BucketNamespace": "account-regional",
        },
        {"Bucket": "b", "CreateBucketConfiguration": tags},
    ]
