"""Files of one workspace: signed addresses, lists, removals, with credentials that reach one bucket and no other.

A role is assumed with a policy for that bucket (STS: what both allow) and kept 44 minutes, so that every address made
with it lives its time: a chained session ends after an hour.
"""

from __future__ import annotations

import json
import threading
import time
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from botocore.config import Config

from integration.aws.errors import CONFIG, raising_ours
from integration.workspaces.bucket_settings import arn_of
from integration.workspaces.model import ADDRESS_S
from integration.workspaces.naming import CHECK_FILE
from integration.workspaces.ports import File, Form

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import boto3

DOWNLOAD_S, SESSION_S, KEPT_S = 300, 3600, 44 * 60.0
KEPT_MOST = 50
"""Each client takes 0.4 MiB of the function's 256."""
LISTED_MOST = 5_000
"""A list of names of 900 bytes each stays below the 6 MB that a function may answer."""
SIGNED = CONFIG.merge(
    Config(signature_version="s3v4", s3={"us_east_1_regional_endpoint": "regional", "addressing_style": "virtual"})
)
"""Said explicitly: without, boto3 signs for us-east-1 with version 2, which holds no length, and elsewhere for the
host of no region, which answers 307 while a bucket is new: no browser follows that with a form.
"""
MAKING = threading.Lock()
"""A session makes clients in one thread at a time only (boto3, multithreading)."""
_OF_BUCKET = ["s3:ListBucket", "s3:ListBucketVersions"]
_OF_OBJECTS = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:DeleteObjectVersion"]


class BucketFiles:
    """`role`: its ARN; raises the kinds of `clients.errors`."""

    def __init__(self, session: boto3.Session, sts: Any, role: str, clock: Callable[[], float] = time.time) -> None:
        self._session, self._sts, self._role, self._clock = session, sts, role, clock
        self._kept: dict[str, tuple[float, Any]] = {}

    @cached_property
    def origin(self) -> str:
        """Where a browser sends files to."""
        return origin(self._session.client("s3", config=SIGNED).meta.endpoint_url)

    def upload(self, bucket: str, key: str, size: int, content_type: str) -> Form:
        fields = {"Content-Type": content_type}
        conditions = [["content-length-range", size, size], ["eq", "$Content-Type", content_type]]
        form = self._client(bucket).generate_presigned_post(bucket, key, fields, conditions, ExpiresIn=int(ADDRESS_S))
        return Form(form["url"], form["fields"])

    def download(self, bucket: str, key: str) -> str:
        name = quote(key.rpartition("/")[2], safe="")
        asked = {
            "Bucket": bucket,
            "Key": key,
            "ResponseContentDisposition": f"attachment; filename*=UTF-8''{name}",
            "ResponseContentType": "application/octet-stream",
        }
        url: str = self._client(bucket).generate_presigned_url("get_object", asked, ExpiresIn=DOWNLOAD_S)
        return url

    def listed(self, bucket: str) -> tuple[list[File], bool]:
        found: list[File] = []
        asked: dict[str, Any] = {"Bucket": bucket}
        while len(found) < LISTED_MOST:
            with raising_ours("list objects"):
                page = self._client(bucket).list_objects_v2(**asked)
            found += [_file(each) for each in page.get("Contents", []) if each["Key"] != CHECK_FILE]
            if not page.get("IsTruncated"):
                return found, False
            asked["ContinuationToken"] = page["NextContinuationToken"]
        return found, True

    def remove(self, bucket: str, key: str) -> None:
        with raising_ours("remove an object"):
            self._client(bucket).delete_object(Bucket=bucket, Key=key)

    def restore(self, bucket: str, key: str) -> bool:
        client = self._client(bucket)
        with raising_ours("list object versions"):
            page = client.list_object_versions(Bucket=bucket, Prefix=key, MaxKeys=1)
        marks = [each for each in page.get("DeleteMarkers", []) if each["Key"] == key and each["IsLatest"]]
        for mark in marks:
            with raising_ours("restore an object"):
                client.delete_object(Bucket=bucket, Key=key, VersionId=mark["VersionId"])
        return bool(marks)

    def _client(self, bucket: str) -> Any:
        """What is kept is replaced and never changed: passes side by side look at it."""
        now = self._clock()
        until, client = self._kept.get(bucket, (0.0, None))
        if now >= until:
            client = self._assumed(bucket)
            alive = [(each, kept) for each, kept in self._kept.items() if kept[0] > now]
            self._kept = dict(alive[1 - KEPT_MOST :]) | {bucket: (now + KEPT_S, client)}
        return client

    def _assumed(self, bucket: str) -> Any:
        policy = json.dumps(policy_for(bucket, self._role), separators=(",", ":"))
        with raising_ours("assume the role of files"):
            made = self._sts.assume_role(
                RoleArn=self._role, RoleSessionName="workspace", Policy=policy, DurationSeconds=SESSION_S
            )["Credentials"]
        with MAKING:
            return self._session.client(
                "s3",
                config=SIGNED,
                aws_access_key_id=made["AccessKeyId"],
                aws_secret_access_key=made["SecretAccessKey"],
                aws_session_token=made["SessionToken"],
            )


def policy_for(bucket: str, role: str) -> dict[str, Any]:
    """The session's policy: this bucket and no other."""
    arn = arn_of(bucket, role)
    return {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": _OF_BUCKET, "Resource": arn},
            {"Effect": "Allow", "Action": _OF_OBJECTS, "Resource": f"{arn}/*"},
        ],
    }


def origin(endpoint: str) -> str:
    """Where a page may send files to, for its policy: the buckets' hosts of a region, or a local plane."""
    parts = urlsplit(endpoint)
    regional = (parts.hostname or "").endswith((".amazonaws.com", ".amazonaws.com.cn"))
    return f"{parts.scheme}://{'*.' if regional else ''}{parts.netloc}"


def _file(found: Mapping[str, Any]) -> File:
    return File(found["Key"], found["Size"], found["LastModified"].timestamp())
