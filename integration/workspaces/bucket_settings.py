"""What a workspace's bucket is set to, as the documents of S3. Pure."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from integration.workspaces.model import ADDRESS_S, Setting

REMOVED_KEPT_DAYS = 30


@dataclass(frozen=True)
class Rules:
    """`origin`: of the page, the only one that may read answers in a browser. `roles`: ARNs of ours: nobody else reads
    or writes a file.
    """

    origin: str
    roles: tuple[str, ...]


def arn_of(bucket: str, role: str) -> str:
    """In the partition of that role of ours."""
    return f"arn:{role.split(':')[1]}:s3:::{bucket}"


def put(setting: Setting, bucket: str, rules: Rules) -> tuple[str, dict[str, Any]]:
    """The operation that puts a setting, and its values."""
    match setting:
        case Setting.ACCESS_BLOCK:
            blocks = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
            return "put_public_access_block", {"PublicAccessBlockConfiguration": dict.fromkeys(blocks, True)}
        case Setting.VERSIONS:
            return "put_bucket_versioning", {"VersioningConfiguration": {"Status": "Enabled"}}
        case Setting.CORS:
            rule = {"AllowedOrigins": [rules.origin], "AllowedMethods": ["GET", "POST"], "AllowedHeaders": ["*"]}
            return "put_bucket_cors", {"CORSConfiguration": {"CORSRules": [{**rule, "MaxAgeSeconds": 3000}]}}
        case Setting.LIFECYCLE:
            return "put_bucket_lifecycle_configuration", {"LifecycleConfiguration": {"Rules": _LIFECYCLE}}
    return "put_bucket_policy", {"Policy": policy(bucket, rules)}


_LIFECYCLE = [
    {
        "ID": "rests",
        "Status": "Enabled",
        "Filter": {"Prefix": ""},
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1},
        "NoncurrentVersionExpiration": {"NoncurrentDays": REMOVED_KEPT_DAYS},
    }
]


def policy(bucket: str, rules: Rules, *, closed: bool = False) -> str:
    """TLS only, no address older than it may be, no file but through our roles; `closed`: no write any more."""
    arn = arn_of(bucket, rules.roles[0])
    files = ["s3:GetObject*", "s3:PutObject*", "s3:DeleteObject*"]
    denials: list[tuple[str, list[str], dict[str, Any]]] = [
        ("TlsOnly", ["s3:*"], {"Bool": {"aws:SecureTransport": "false"}}),
        ("NoOldAddress", ["s3:*"], {"NumericGreaterThan": {"s3:signatureAge": str(int(ADDRESS_S * 1000))}}),
        ("OnlyOurRoles", files, {"ArnNotLike": {"aws:PrincipalArn": list(rules.roles)}}),
    ]
    denials += [("NoMoreWrites", ["s3:PutObject", "s3:DeleteObject"], {})] if closed else []
    statements = [
        {
            "Sid": sid,
            "Effect": "Deny",
            "Principal": "*",
            "Action": actions,
            "Resource": [arn, f"{arn}/*"] if actions == ["s3:*"] else f"{arn}/*",
            **({"Condition": condition} if condition else {}),
        }
        for sid, actions, condition in denials
    ]
    return json.dumps({"Version": "2012-10-17", "Statement": statements}, separators=(",", ":"))
