"""The stores of buckets and files at the plane's S3 door, which checks what moto lets through: policies, signatures."""

from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace

import boto3
import pytest
import requests
from botocore import auth

from integration.aws_plane.iam import statements
from integration.aws_plane.plane import ACCOUNT, Plane
from integration.clients.errors import Misconfigured, Refused
from integration.workspaces.bucket_settings import Rules
from integration.workspaces.buckets import S3Buckets
from integration.workspaces.files import BucketFiles
from integration.workspaces.model import Setting
from tests.contract.aws_plane.conftest import FILES, FUNCTION, Backend, client

PAGE = "http://127.0.0.1:4711"


@pytest.fixture(scope="module")
def plane():
    with Plane() as running:
        yield running


@pytest.fixture(scope="module")
def buckets(plane):
    backend = Backend(plane)
    rights = {"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}
    plane.world.roles[FUNCTION].statements += statements(rights, "more")

    def of(service, **more):
        return boto3.client(service, region_name="us-east-1", endpoint_url=plane.aws_url, **more)

    files = BucketFiles(SimpleNamespace(client=of), backend.sts, FILES, clock=plane.hours.now)
    own = client(plane, "s3", "ASIABACKEND", "secret", "token")
    return S3Buckets(own, files, "archive", Rules(PAGE, (FILES, FUNCTION)), "us-east-1", sleep=lambda _: None)


def made(buckets, name):
    bucket = f"sandbox-spa-{name}-{ACCOUNT}-us-east-1-an"
    buckets.create(bucket, {"Workspace": name})
    for setting in Setting:
        buckets.configure(bucket, setting)
    return bucket


def post(form, content=b"text"):
    return requests.post(form.url, data=form.fields, files={"file": content}, headers={"Origin": PAGE}, timeout=10)


def test_a_bucket_as_it_is_configured_takes_and_gives_signed_files(plane, buckets):
    bucket = made(buckets, "one")
    buckets.check(bucket)
    answer = post(buckets.signer.upload(bucket, "a/ü.txt", 4, "text/plain"))
    assert (answer.status_code, answer.headers["Access-Control-Allow-Origin"]) == (204, PAGE)
    given = requests.get(buckets.signer.download(bucket, "a/ü.txt"), timeout=10)
    assert (given.content, given.headers["Content-Disposition"].split(";")[0]) == (b"text", "attachment")
    assert plane.boto3_client("s3").get_bucket_tagging(Bucket=bucket)["TagSet"] == [
        {"Key": "Workspace", "Value": "one"}
    ]


def test_credentials_for_one_bucket_reach_no_other(buckets):
    """Our own check of bucket and key is not asked: the credentials themselves cannot."""
    mine, theirs = made(buckets, "mine"), made(buckets, "theirs")
    signing = buckets.signer._client(mine)
    form = signing.generate_presigned_post(theirs, "a.txt")
    assert requests.post(form["url"], data=form["fields"], files={"file": b"x"}, timeout=10).status_code == 403
    url = signing.generate_presigned_url("list_objects_v2", {"Bucket": theirs})
    assert requests.get(url, timeout=10).status_code == 403


@pytest.mark.parametrize("content", [b"texts", b"tex", b""])
def test_another_length_than_was_signed_is_refused(buckets, content):
    answer = post(buckets.signer.upload(made(buckets, "one"), "a.txt", 4, "text/plain"), content)
    assert answer.status_code == 400


def test_nothing_is_written_once_it_is_closed(buckets):
    """Reading goes on; an address signed before is refused too."""
    bucket = made(buckets, "closing")
    form = buckets.signer.upload(bucket, "a.txt", 4, "text/plain")
    assert post(form).status_code == 204
    assert buckets.close(bucket)
    assert post(form).status_code == 403
    assert requests.get(buckets.signer.download(bucket, "a.txt"), timeout=10).content == b"text"


def test_a_role_that_is_not_named_reads_no_file(plane, buckets):
    bucket = made(buckets, "guarded")
    other = replace(buckets, rules=Rules(PAGE, (FUNCTION,)))
    other.configure(bucket, Setting.POLICY)
    with pytest.raises(Misconfigured, match="403"):
        other.check(bucket)


def test_a_full_account_is_told_as_what_it_is(plane, buckets):
    plane.buckets.limit = 0
    try:
        with pytest.raises(Refused, match="TooManyBuckets"):
            buckets.create(f"sandbox-spa-full-{ACCOUNT}-us-east-1-an", {})
    finally:
        plane.buckets.limit = None


def test_credentials_are_asked_for_anew_as_hours_go_by(plane, buckets, monkeypatch):
    """Last of this module: time does not go back. A session of a chained role lives an hour; requests are dated as a
    function's are, by the plane's clock, and the bucket refuses older ones than an address may be.
    """
    dated = lambda: datetime.fromtimestamp(plane.hours.now(), UTC).replace(tzinfo=None)  # noqa: E731 - botocore's
    monkeypatch.setattr(auth, "get_current_datetime", dated)
    bucket = made(buckets, "hours")
    for _ in range(3):
        assert buckets.signer.listed(bucket) == ([], False)
        plane.forward(2000)
