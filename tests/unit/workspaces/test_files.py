"""Signed addresses: what they are good for, and whose credentials they carry. Real boto3, no call but those counted."""

from __future__ import annotations

import base64
import json
import re
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import boto3
import pytest

from integration.workspaces.bucket_settings import Rules, policy
from integration.workspaces.files import KEPT_S, BucketFiles, origin, policy_for

BUCKET = "sandbox-spa-ada-6f1d9a52-123456789012-eu-central-1-an"
ROLE = "arn:aws:iam::123456789012:role/sandbox-spa-files"


class Sts:
    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []

    def assume_role(self, **asked: Any) -> dict[str, Any]:
        self.asked.append(asked)
        number = len(self.asked)
        made = {"AccessKeyId": f"KEY{number}", "SecretAccessKey": "secret", "SessionToken": f"token{number}"}
        return {"Credentials": made}


class Clock:
    now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def sts() -> Sts:
    return Sts()


@pytest.fixture
def clock() -> Clock:
    return Clock()


def files_in(region: str, sts: Sts, clock: Clock) -> BucketFiles:
    return BucketFiles(boto3.Session(region_name=region), sts, ROLE, clock=clock)


@pytest.fixture
def files(sts: Sts, clock: Clock) -> BucketFiles:
    return files_in("eu-central-1", sts, clock)


def test_a_form_is_good_for_one_name_size_and_kind(files: BucketFiles) -> None:
    form = files.upload(BUCKET, "a b/ü.txt", 42, "text/plain")
    assert form.url == f"https://{BUCKET}.s3.eu-central-1.amazonaws.com/"
    policy = json.loads(base64.b64decode(form.fields["policy"]))
    conditions = policy["conditions"]
    assert ["content-length-range", 42, 42] in conditions
    assert ["eq", "$Content-Type", "text/plain"] in conditions
    assert {"key": "a b/ü.txt"} in conditions
    assert {"bucket": BUCKET} in conditions
    assert not [each for each in conditions if isinstance(each, list) and each[0] == "starts-with"]
    assert form.fields["x-amz-algorithm"] == "AWS4-HMAC-SHA256"
    assert (form.fields["key"], form.fields["Content-Type"]) == ("a b/ü.txt", "text/plain")


@pytest.mark.parametrize("region", ["eu-central-1", "us-east-1"])
def test_a_download_is_kept_and_never_shown(sts: Sts, clock: Clock, region: str) -> None:
    """Signed with version 4 everywhere, at the host of the region: another redirects while a bucket is new."""
    url = urlsplit(files_in(region, sts, clock).download(BUCKET, "f/ü #?%.html"))
    asked = parse_qs(url.query)
    assert url.netloc == f"{BUCKET}.s3.{region}.amazonaws.com"
    assert unquote(url.path) == "/f/ü #?%.html"
    assert asked["X-Amz-Expires"] == ["300"]
    assert asked["X-Amz-Algorithm"] == ["AWS4-HMAC-SHA256"]
    assert asked["response-content-type"] == ["application/octet-stream"]
    disposition = asked["response-content-disposition"][0]
    assert disposition == "attachment; filename*=UTF-8''%C3%BC%20%23%3F%25.html"


def test_credentials_reach_one_bucket(files: BucketFiles, sts: Sts) -> None:
    """Those of one workspace sign nothing of another."""
    files.upload(BUCKET, "a", 1, "text/plain")
    other = files.download("sandbox-spa-bob", "a")
    assert "KEY2" in other
    assert [asked["RoleArn"] for asked in sts.asked] == [ROLE, ROLE]
    allowed = [json.loads(asked["Policy"]) for asked in sts.asked]
    assert allowed == [policy_for(each, ROLE) for each in (BUCKET, "sandbox-spa-bob")]
    resources = {each["Resource"] for each in allowed[0]["Statement"]}
    assert resources == {f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"}
    assert max(len(asked["Policy"]) for asked in sts.asked) < 2048


@pytest.mark.parametrize("partition", ["aws", "aws-cn", "aws-us-gov"])
def test_buckets_are_named_in_the_partition_of_our_roles(partition: str) -> None:
    """Elsewhere another one's ARN is no resource: neither policy would be taken."""
    role = f"arn:{partition}:iam::123456789012:role/ours"
    for stated in (policy_for(BUCKET, role), json.loads(policy(BUCKET, Rules("https://page.example", (role,))))):
        resources = [each["Resource"] for each in stated["Statement"]]
        assert {arn.split(":")[1] for arn in re.findall(r"arn:\S+?:s3", json.dumps(resources))} == {partition}


def test_credentials_are_kept_for_as_long_as_an_address_made_with_them_lives(
    files: BucketFiles, sts: Sts, clock: Clock
) -> None:
    files.download(BUCKET, "a")
    clock.now += KEPT_S - 1
    assert "KEY1" in files.download(BUCKET, "a")
    clock.now += 1
    assert "KEY2" in files.download(BUCKET, "a")
    assert sts.asked[0]["DurationSeconds"] - KEPT_S >= 900


def test_no_more_are_kept_than_a_function_has_room_for(
    files: BucketFiles, sts: Sts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever makes a thousand workspaces signs for each of them once; those made last are kept."""
    monkeypatch.setattr("integration.workspaces.files.KEPT_MOST", 2)
    buckets = [f"{BUCKET}-{number}" for number in range(3)]
    for each in (*buckets, buckets[1]):
        files.download(each, "a")
    assert len(sts.asked) == len(buckets)
    assert f"KEY{len(buckets) + 1}" in files.download(buckets[0], "a")


@pytest.mark.parametrize(
    ("endpoint", "allowed"),
    [
        ("https://s3.eu-central-1.amazonaws.com", "https://*.s3.eu-central-1.amazonaws.com"),
        ("https://s3.cn-north-1.amazonaws.com.cn", "https://*.s3.cn-north-1.amazonaws.com.cn"),
        ("http://127.0.0.1:4566", "http://127.0.0.1:4566"),
        ("https://amazonaws.com.example", "https://amazonaws.com.example"),
    ],
)
def test_the_page_sends_files_to_the_buckets_alone(endpoint: str, allowed: str) -> None:
    assert origin(endpoint) == allowed


@pytest.mark.parametrize("region", ["us-east-1", "eu-central-1"])
def test_the_policy_of_the_page_names_the_host_that_is_signed_for(sts: Sts, clock: Clock, region: str) -> None:
    files = files_in(region, sts, clock)
    assert files.origin == f"https://*.s3.{region}.amazonaws.com"
    assert urlsplit(files.upload(BUCKET, "a", 1, "text/plain").url).netloc.endswith(files.origin.partition("*")[2])
    assert len(sts.asked) == 1


def test_a_client_that_comes_while_another_is_made_disturbs_nobody(files: BucketFiles, sts: Sts) -> None:
    """Passes side by side look at what is kept while one adds to it."""
    looks: list[dict[str, Any]] = []
    assume = sts.assume_role

    def meanwhile(**asked: Any) -> dict[str, Any]:
        looks.append(files._kept)
        return assume(**asked)

    sts.assume_role = meanwhile  # type: ignore[method-assign]
    for bucket in ("a", "b", "a"):
        files.download(bucket, "f")
    assert [set(seen) for seen in looks] == [set(), {"a"}]
    assert set(files._kept) == {"a", "b"}
