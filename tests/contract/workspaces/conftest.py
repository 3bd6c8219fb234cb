"""The table of workspaces twice: in memory, as the proofs use it, and in moto."""

from __future__ import annotations

from typing import TYPE_CHECKING

import boto3
import pytest
from moto import mock_aws

from integration.aws.errors import connect
from integration.aws.table import Table
from integration.workspaces.bucket_settings import Rules
from integration.workspaces.buckets import S3Buckets
from integration.workspaces.files import BucketFiles
from integration.workspaces.records import WorkspaceRecords
from tests.due_table import make_due_table
from tests.fakes.table import MemoryTable
from tests.fakes.workspaces import PlainEnvelope

if TYPE_CHECKING:
    from collections.abc import Iterator


ROLE = "arn:aws:iam::123456789012:role/sandbox-spa-files"


@pytest.fixture(scope="module")
def session() -> Iterator[boto3.Session]:
    with pytest.MonkeyPatch.context() as patching, mock_aws():
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patching.setenv(name, "testing")
        yield boto3.Session(region_name="eu-central-1")


@pytest.fixture(scope="module")
def real_table(session: boto3.Session) -> Table:
    dynamodb = connect(session, "dynamodb")
    make_due_table(dynamodb, "workspaces")
    return Table(dynamodb, "workspaces")


@pytest.fixture(params=["twin", "real"])
def records(request: pytest.FixtureRequest) -> WorkspaceRecords:
    table = MemoryTable() if request.param == "twin" else request.getfixturevalue("real_table")
    return WorkspaceRecords(table, PlainEnvelope())


@pytest.fixture(scope="module")
def s3(session: boto3.Session) -> S3Buckets:
    client = connect(session, "s3")
    client.create_bucket(Bucket="archive", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    rules = Rules("https://page.example", (ROLE,))
    signer = BucketFiles(session, connect(session, "sts"), ROLE)
    return S3Buckets(client, signer, "archive", rules, "eu-central-1", sleep=lambda _: None)
