"""What a workspace's bucket and its signing credentials meet at the plane: other roles, a full account, hours."""

from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace

import boto3
import pytest
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
