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
from integration.workspaces.model import Order, Phase, Setting
from integration.workspaces.naming import BucketNames, id_of_person, person_of
from integration.workspaces.reconciler import Reconciler, Settings
from integration.workspaces.records import WorkspaceRecords
from tests.contract.aws_plane.conftest import FILES, FUNCTION, Backend, client
from tests.fakes.table import MemoryTable
from tests.fakes.workspaces import MemoryOrders, PlainEnvelope

PAGE = "http://127.0.0.1:4711"


@pytest.fixture(scope="module")
def plane():
    with Plane() as running:
        yield running


@pytest.fixture(scope="module")
def buckets(plane):
    return buckets_of(plane)


def buckets_of(plane):
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


def test_names_that_others_have_lead_to_the_next(plane, buckets):
    """In the global namespace, in the one pass that delivers; in the account's own nobody else has any."""
    names = BucketNames(ACCOUNT, "us-east-1", regional=False)
    person = person_of("Ada")
    tried = [names.of(id_of_person(person, 0), "ada", number) for number in (1, 2, 3)]
    records = WorkspaceRecords(MemoryTable(), PlainEnvelope())
    settings = Settings(200, names, lambda row, _member: row.id)
    core = Reconciler(buckets, MemoryOrders(plane.hours.now), records, settings, plane.hours.now)
    plane.buckets.taken = set(tried[:2])
    try:
        outcome = core.run("", plane.hours.now() + 180, core.accept(Order(key="o", person=person)))
    finally:
        plane.buckets.taken = set()
    assert outcome.error is None
    assert (outcome.report.row.phase, outcome.report.row.bucket) == (Phase.READY, tried[2])
    assert buckets.exists(tried[2])


def test_credentials_are_asked_for_anew_as_hours_go_by(monkeypatch):
    """On a plane of its own: time does not go back. A session of a chained role lives an hour; requests are dated as a
    function's are, by the plane's clock, and the bucket refuses older ones than an address may be.
    """
    with Plane() as plane:
        dated = lambda: datetime.fromtimestamp(plane.hours.now(), UTC).replace(tzinfo=None)  # noqa: E731 - botocore's
        monkeypatch.setattr(auth, "get_current_datetime", dated)
        buckets = buckets_of(plane)
        bucket = made(buckets, "hours")
        for _ in range(3):
            assert buckets.signer.listed(bucket) == ([], False)
            plane.forward(2000)
