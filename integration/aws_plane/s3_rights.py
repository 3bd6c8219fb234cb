"""What a call of S3 needs: its names of rights differ from those of its operations, and some need several.

Source: Service Authorization Reference, "Actions, resources, and condition keys for Amazon S3"; S3 user guide,
"Required permissions for Amazon S3 API operations".
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from integration.aws_plane.calls import Call
    from integration.aws_plane.http_server import Request

Asked = tuple[str, str, dict[str, str | list[str]]]
"""Action, ARN of the resource, and what conditions may ask."""

_NAMES = {
    "AbortMultipartUpload": "AbortMultipartUpload",
    "CompleteMultipartUpload": "PutObject",
    "CreateMultipartUpload": "PutObject",
    "DeleteBucketAnalyticsConfiguration": "PutAnalyticsConfiguration",
    "DeleteBucketCors": "PutBucketCORS",
    "DeleteBucketEncryption": "PutEncryptionConfiguration",
    "DeleteBucketIntelligentTieringConfiguration": "PutIntelligentTieringConfiguration",
    "DeleteBucketInventoryConfiguration": "PutInventoryConfiguration",
    "DeleteBucketLifecycle": "PutLifecycleConfiguration",
    "DeleteBucketMetricsConfiguration": "PutMetricsConfiguration",
    "DeleteBucketOwnershipControls": "PutBucketOwnershipControls",
    "DeleteBucketReplication": "PutReplicationConfiguration",
    "DeleteBucketTagging": "PutBucketTagging",
    "DeletePublicAccessBlock": "PutBucketPublicAccessBlock",
    "GetBucketAccelerateConfiguration": "GetAccelerateConfiguration",
    "GetBucketAnalyticsConfiguration": "GetAnalyticsConfiguration",
    "GetBucketCors": "GetBucketCORS",
    "GetBucketEncryption": "GetEncryptionConfiguration",
    "GetBucketIntelligentTieringConfiguration": "GetIntelligentTieringConfiguration",
    "GetBucketInventoryConfiguration": "GetInventoryConfiguration",
    "GetBucketLifecycle": "GetLifecycleConfiguration",
    "GetBucketLifecycleConfiguration": "GetLifecycleConfiguration",
    "GetBucketMetricsConfiguration": "GetMetricsConfiguration",
    "GetBucketNotificationConfiguration": "GetBucketNotification",
    "GetBucketReplication": "GetReplicationConfiguration",
    "GetObjectLockConfiguration": "GetBucketObjectLockConfiguration",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
    "HeadBucket": "ListBucket",
    "HeadObject": "GetObject",
    "ListBuckets": "ListAllMyBuckets",
    "ListMultipartUploads": "ListBucketMultipartUploads",
    "ListObjectVersions": "ListBucketVersions",
    "ListObjects": "ListBucket",
    "ListObjectsV2": "ListBucket",
    "ListParts": "ListMultipartUploadParts",
    "PutBucketAccelerateConfiguration": "PutAccelerateConfiguration",
    "PutBucketAnalyticsConfiguration": "PutAnalyticsConfiguration",
    "PutBucketCors": "PutBucketCORS",
    "PutBucketEncryption": "PutEncryptionConfiguration",
    "PutBucketIntelligentTieringConfiguration": "PutIntelligentTieringConfiguration",
    "PutBucketInventoryConfiguration": "PutInventoryConfiguration",
    "PutBucketLifecycle": "PutLifecycleConfiguration",
    "PutBucketLifecycleConfiguration": "PutLifecycleConfiguration",
    "PutBucketMetricsConfiguration": "PutMetricsConfiguration",
    "PutBucketNotificationConfiguration": "PutBucketNotification",
    "PutBucketReplication": "PutReplicationConfiguration",
    "PutObjectLockConfiguration": "PutBucketObjectLockConfiguration",
    "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
    "SelectObjectContent": "GetObject",
    "UploadPart": "PutObject",
}
"""Of operations whose right has another name."""
_OF_VERSIONS = frozenset({
    "GetObject", "DeleteObject", "GetObjectAcl", "PutObjectAcl", "GetObjectTagging", "PutObjectTagging",
    "DeleteObjectTagging", "GetObjectAttributes",
})  # fmt: skip
"""Rights that end in `Version` (`GetObjectVersionTagging`) where a version is named."""
_IN_HEADERS = {"x-amz-tagging": "PutObjectTagging", "x-amz-acl": "PutObjectAcl"}
_WRITES = frozenset({"PutObject", "CopyObject", "CreateMultipartUpload"})


def asked(call: Call) -> list[Asked]:
    p = call.parameters
    bucket = f"arn:aws:s3:::{p['Bucket']}" if p.get("Bucket") else "*"
    resource = f"{bucket}/{p['Key']}" if p.get("Key") else bucket
    if call.operation == "DeleteObjects":
        return [_deleting(bucket, each) for each in p.get("Objects", [])] or [("s3:DeleteObject", f"{bucket}/*", {})]
    if call.operation in ("CopyObject", "UploadPartCopy"):
        return [_copied(p.get("CopySource", "")), *_written(call, resource)]
    if call.operation == "CreateBucket" and p.get("Tags"):
        tags: dict[str, str | list[str]] = {f"aws:RequestTag/{k}": v for k, v in p["Tags"].items()}
        return [("s3:CreateBucket", bucket, {}), ("s3:TagResource", bucket, {**tags, "aws:TagKeys": [*p["Tags"]]})]
    if call.operation in _WRITES:
        return _written(call, resource)
    name = _versioned(_NAMES.get(call.operation, call.operation), p.get("versionId"))
    return [(f"s3:{name}", resource, _about_list(p) if "List" in name else {})]


def _written(call: Call, resource: str) -> list[Asked]:
    more = [right for header, right in _IN_HEADERS.items() if call.parameters.get(header)]
    return [(f"s3:{right}", resource, {}) for right in ("PutObject", *more)]


def _versioned(name: str, version: str | None) -> str:
    """`DeleteObjectVersion`, `GetObjectVersionTagging`."""
    return name.replace("Object", "ObjectVersion", 1) if version and name in _OF_VERSIONS else name


def _deleting(bucket: str, one: Mapping[str, str]) -> Asked:
    return f"s3:{_versioned('DeleteObject', one.get('VersionId'))}", f"{bucket}/{one['Key']}", {}


def _copied(source: str) -> Asked:
    """`bucket/key?versionId=…`, encoded, with or without a slash before it."""
    path, _, query = source.partition("?")
    version = dict(parse_qsl(query)).get("versionId")
    return f"s3:{_versioned('GetObject', version)}", f"arn:aws:s3:::{unquote(path).lstrip('/')}", {}


def _about_list(p: Mapping[str, Any]) -> dict[str, str | list[str]]:
    """Keys of conditions on what is listed; one that was not given is absent, as on AWS."""
    return {f"s3:{name}": p[name] for name in ("prefix", "delimiter", "max-keys") if name in p}


def told(request: Request, operation: str) -> dict[str, Any]:
    """What of a call stands in its headers and its XML: source of a copy, tags, the keys to delete."""
    headers: dict[str, Any] = {name: request.headers[name] for name in _IN_HEADERS if name in request.headers}
    if operation in ("CopyObject", "UploadPartCopy"):
        return {**headers, "CopySource": request.headers["x-amz-copy-source"]}
    if operation == "DeleteObjects":
        return {"Objects": [_members(each) for each in _all(request.body, "Object")]}
    if operation == "CreateBucket":
        tags = (_members(each) for each in _all(request.body, "Tag"))
        return {"Tags": {each.get("Key", ""): each.get("Value", "") for each in tags}}
    return headers


def _all(body: bytes, name: str) -> Iterable[ET.Element]:
    """None of a body that is no XML: whoever answers the call refuses it."""
    try:
        return ET.fromstring(body).iterfind(f".//{{*}}{name}")  # noqa: S314 - what programs of this machine sent
    except ET.ParseError:
        return []


def _members(element: ET.Element) -> dict[str, str]:
    return {child.tag.rpartition("}")[2]: child.text or "" for child in element}
