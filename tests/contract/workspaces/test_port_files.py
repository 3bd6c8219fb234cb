"""What the files of a workspace promise, in memory and in moto's S3. Every test has a bucket of its own."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Protocol

import pytest

from integration.aws.errors import connect
from integration.clients.errors import Misconfigured
from integration.workspaces.files import BucketFiles
from integration.workspaces.model import Setting
from tests.fakes.workspace_edge import Edge
from tests.fakes.workspaces import Bucket

if TYPE_CHECKING:
    import boto3

    from integration.workspaces.ports import Files

NUMBERS = itertools.count()
ROLE = "arn:aws:iam::123456789012:role/sandbox-spa-files"


class Place(Protocol):
    """A bucket, and what puts files there as a browser does."""

    bucket: str
    files: Files

    def put(self, key: str, content: bytes) -> None: ...


class Twin:
    def __init__(self) -> None:
        edge = Edge()
        self.bucket, self.files = "b", edge.files
        edge.system.buckets.buckets["b"] = Bucket({}, set(Setting))
        self.put = lambda key, content: edge.files.land("b", key, content) and None


class Real:
    def __init__(self, session: boto3.Session) -> None:
        self.s3, self.bucket = connect(session, "s3"), f"workspace-{next(NUMBERS)}"
        self.s3.create_bucket(Bucket=self.bucket, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
        self.s3.put_bucket_versioning(Bucket=self.bucket, VersioningConfiguration={"Status": "Enabled"})
        self.files = BucketFiles(session, connect(session, "sts"), ROLE)

    def put(self, key: str, content: bytes) -> None:
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=content)


@pytest.fixture(params=["twin", "real"])
def place(request: pytest.FixtureRequest) -> Place:
    return Twin() if request.param == "twin" else Real(request.getfixturevalue("session"))


def names(place: Place) -> list[tuple[str, int]]:
    return [(each.key, each.size) for each in place.files.listed(place.bucket)[0]]


def test_a_list_shows_each_file_once_as_it_is_now(place: Place) -> None:
    assert place.files.listed(place.bucket) == ([], False)
    for key, content in (("b/ü #.txt", b"1"), ("a", b"old"), ("a", b"newer"), (".workspace-check", b"x")):
        place.put(key, content)
    assert [each for each in names(place) if each[0] != ".workspace-check"] == [("a", 5), ("b/ü #.txt", 1)]


def test_a_removed_file_comes_back_as_it_was(place: Place) -> None:
    """Another whose name only begins alike is left alone."""
    place.put("a", b"first")
    place.put("a", b"second!")
    place.put("a.txt", b"4444")
    place.files.remove(place.bucket, "a")
    assert names(place) == [("a.txt", 4)]
    assert place.files.restore(place.bucket, "a")
    assert names(place) == [("a", 7), ("a.txt", 4)]


def test_what_is_not_removed_is_not_brought_back(place: Place) -> None:
    """And loses no version by being asked for."""
    place.put("ab", b"x")
    place.put("a", b"12")
    place.files.remove(place.bucket, "ab")
    for key in ("a", "never"):
        assert not place.files.restore(place.bucket, key)
    assert names(place) == [("a", 2)]


def test_pages_of_a_long_list_are_put_together(session: boto3.Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOTO_S3_DEFAULT_MAX_KEYS", "3")
    place = Real(session)
    for key in "abcdefgh":
        place.put(key, b"")
    found, more = place.files.listed(place.bucket)
    assert ("".join(each.key for each in found), more) == ("abcdefgh", False)
    monkeypatch.setattr("integration.workspaces.files.LISTED_MOST", 5)
    found, more = place.files.listed(place.bucket)
    assert ("".join(each.key for each in found), more) == ("abcdef", True)


def test_a_bucket_that_is_not_there_is_said_in_our_words(session: boto3.Session) -> None:
    with pytest.raises(Misconfigured):
        Real(session).files.listed("never-made")
