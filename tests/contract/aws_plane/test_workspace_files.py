"""What is signed for a workspace, at the door that judges it as S3 documents: it opens that, and nothing else.

The code under test is the functions' own: the bucket's settings, the assumed role, addresses and forms.
"""

import re
from contextlib import contextmanager
from dataclasses import replace

import boto3
import pytest
import requests

from integration.aws_plane.plane import Plane
from integration.workspaces.bucket_settings import Rules
from integration.workspaces.buckets import S3Buckets
from integration.workspaces.files import DOWNLOAD_S, BucketFiles
from integration.workspaces.model import ADDRESS_S, Setting
from integration.workspaces.ports import Form
from tests.contract.aws_plane.conftest import FILES, FUNCTION, Backend

PAGE = "http://127.0.0.1:4711"
TAGS = {"Workspace": "w", "Deployment": "default", "CostCenter": "4711"}


@contextmanager
def signing(plane, backend):
    with pytest.MonkeyPatch.context() as patching:
        patching.setenv("AWS_ENDPOINT_URL", plane.aws_url)
        yield BucketFiles(boto3.Session(region_name="us-east-1"), backend.sts, FILES)


@pytest.fixture(scope="module")
def files(plane, backend):
    with signing(plane, backend) as made:
        yield made


@pytest.fixture(scope="module")
def buckets(plane, files):
    return operated(plane, files)


def operated(plane, files):
    operator = plane.boto3_client("s3")
    operator.create_bucket(Bucket="archive-of-workspaces")
    rules = Rules(PAGE, (FILES, FUNCTION))
    return S3Buckets(operator, files, "archive-of-workspaces", rules, "us-east-1")


@pytest.fixture(scope="module")
def mine(buckets):
    """Made, set and checked as a pass does it."""
    return made(buckets, "sandbox-spa-mine")


@pytest.fixture(scope="module")
def yours(buckets):
    return made(buckets, "sandbox-spa-yours")


def made(buckets, name):
    buckets.create(name, TAGS)
    for setting in Setting:
        buckets.configure(name, setting)
    buckets.check(name)
    return name


def post(form, content, origin=PAGE, name="file", **edited):
    fields = {**form.fields, **edited}
    return requests.post(form.url, data=fields, files={"file": (name, content)}, headers={"Origin": origin}, timeout=10)


def code(answer):
    found = re.search(r"<Code>(\w+)</Code>", answer.text)
    return answer.status_code, found[1] if found else ""


def names(files, bucket):
    return {each.key: each.size for each in files.listed(bucket)[0]}


@pytest.mark.parametrize("name", ["a b/ü #?%+&.txt", "文件.txt", "'\"<b>.html", "x" * 255], ids=ascii)
def test_a_file_goes_and_comes_back_under_its_name(files, mine, name):
    """The page may read the answer; what comes back is an attachment of no kind that a browser shows."""
    sent = post(files.upload(mine, name, 4, "text/html"), b"text")
    assert (sent.status_code, sent.headers["Access-Control-Allow-Origin"]) == (204, PAGE)
    assert names(files, mine)[name] == 4
    got = requests.get(files.download(mine, name), timeout=10)
    assert (got.status_code, got.content) == (200, b"text")
    assert got.headers["Content-Disposition"].startswith("attachment; filename*=UTF-8''")
    assert got.headers["Content-Type"] == "application/octet-stream"


REFUSED = [
    ("longer", b"texts", {}, (400, "EntityTooLarge")),
    ("shorter", b"tex", {}, (400, "EntityTooSmall")),
    ("another name", b"text", {"key": "other.txt"}, (403, "AccessDenied")),
    ("another kind", b"text", {"Content-Type": "text/html"}, (403, "AccessDenied")),
    ("more than was signed", b"text", {"acl": "public-read"}, (403, "AccessDenied")),
]


@pytest.mark.parametrize(("content", "edited", "answer"), [each[1:] for each in REFUSED], ids=[e[0] for e in REFUSED])
def test_a_form_takes_nothing_but_what_was_reserved(files, mine, content, edited, answer):
    assert code(post(files.upload(mine, "reserved.txt", 4, "text/plain"), content, **edited)) == answer
    assert not {"reserved.txt", "other.txt"} & set(names(files, mine))


def test_an_empty_file_is_a_file(files, mine):
    assert post(files.upload(mine, "empty", 0, "text/plain"), b"").status_code == 204
    assert names(files, mine)["empty"] == 0


def test_a_form_is_of_one_bucket(files, mine, yours):
    """Sent elsewhere it is refused by what was signed."""
    form = files.upload(mine, "a.txt", 4, "text/plain")
    assert code(post(replace(form, url=form.url.replace(mine, yours)), b"text")) == (403, "AccessDenied")


@pytest.mark.parametrize("operation", ["get_object", "put_object", "delete_object"])
def test_a_mistake_of_our_own_leaves_no_bucket(files, mine, yours, operation):
    """Whatever is asked for with the credentials of one workspace: an address into another's, signed rightly and past
    every look of ours, is refused by the credentials themselves.
    """
    post(files.upload(yours, "theirs.txt", 4, "text/plain"), b"text")
    credentials = files._client(mine)
    method = {"get_object": "GET", "put_object": "PUT", "delete_object": "DELETE"}[operation]
    address = credentials.generate_presigned_url(operation, {"Bucket": yours, "Key": "theirs.txt"}, 300)
    assert code(requests.request(method, address, timeout=10)) == (403, "AccessDenied")
    form = credentials.generate_presigned_post(yours, "theirs.txt", ExpiresIn=300)
    assert code(post(Form(form["url"], form["fields"]), b"gone")) == (403, "AccessDenied")
    assert requests.get(files.download(yours, "theirs.txt"), timeout=10).content == b"text"


def test_an_address_is_of_one_file(files, mine):
    for name in ("one.txt", "two.txt"):
        post(files.upload(mine, name, 4, "text/plain"), b"text")
    other = files.download(mine, "one.txt").replace("one.txt?", "two.txt?")
    assert code(requests.get(other, timeout=10)) == (403, "SignatureDoesNotMatch")


def test_from_its_end_nothing_is_written(files, buckets):
    """By an address that was given before, too; what is there can still be read until it is removed."""
    ended = made(buckets, "sandbox-spa-ended")
    post(files.upload(ended, "kept.txt", 4, "text/plain"), b"text")
    form, address = files.upload(ended, "late.txt", 4, "text/plain"), files.download(ended, "kept.txt")
    buckets.close(ended)
    assert code(post(form, b"text")) == (403, "AccessDenied")
    assert requests.get(address, timeout=10).content == b"text"
    assert names(files, ended) == {"kept.txt": 4}


def test_another_page_is_told_nothing(files, mine):
    """It cannot read the answer of what it sends, and its preflight is refused."""
    form = files.upload(mine, "b.txt", 4, "text/plain")
    assert "Access-Control-Allow-Origin" not in post(form, b"text", origin="https://evil.example").headers
    for origin, status in ((PAGE, 200), ("https://evil.example", 403)):
        asked = {"Origin": origin, "Access-Control-Request-Method": "POST"}
        assert requests.options(form.url, headers=asked, timeout=10).status_code == status


def test_a_removed_file_comes_back(files, mine):
    post(files.upload(mine, "gone.txt", 4, "text/plain"), b"text")
    files.remove(mine, "gone.txt")
    assert "gone.txt" not in names(files, mine)
    assert not requests.get(files.download(mine, "gone.txt"), timeout=10).ok
    assert files.restore(mine, "gone.txt")
    assert names(files, mine)["gone.txt"] == 4
    assert not files.restore(mine, "gone.txt")


def test_addresses_end_by_the_clock():
    """A download after five minutes, an upload after fifteen. On a plane of its own: time does not go back."""
    with Plane() as plane, signing(plane, Backend(plane)) as files:
        mine = made(operated(plane, files), "sandbox-spa-mine")
        post(files.upload(mine, "timed.txt", 4, "text/plain"), b"text")
        form, address = files.upload(mine, "late.txt", 4, "text/plain"), files.download(mine, "timed.txt")
        plane.forward(DOWNLOAD_S + 5)
        assert code(requests.get(address, timeout=10)) == (403, "AccessDenied")
        assert post(form, b"text").status_code == 204
        plane.forward(ADDRESS_S - DOWNLOAD_S)
        assert code(post(form, b"text")) == (403, "AccessDenied")
