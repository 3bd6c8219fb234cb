"""Buckets as S3 makes, guards and removes them; moto takes any name, drops tags, lists one page, and more.

Source: S3 API reference, "CreateBucket", "DeleteObjects", "PutBucketPolicy" and "Error responses"; S3 user guide,
"Bucket naming rules", "Namespaces for general purpose buckets", "Blocking public access". An open multipart upload
hinders no deletion: S3's general purpose buckets go with theirs.
"""

from __future__ import annotations

import ipaddress
import json
import re
from contextlib import suppress
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote
from xml.sax.saxutils import escape

from botocore.exceptions import ClientError

from integration.aws_plane import error_shapes
from integration.aws_plane.calls import signature
from integration.aws_plane.http_server import Response
from integration.aws_plane.iam import Statement, UnknownPolicy, statements

if TYPE_CHECKING:
    from integration.aws_plane.authority import Place
    from integration.aws_plane.calls import Call
    from integration.aws_plane.gateway import Caller, Gateway, Handler
    from integration.aws_plane.http_server import Request

_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_STARTS = ("xn--", "sthree-", "amzn-s3-demo-")
_ENDS = ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3")
LONGEST_KEY = 1024
MOST_DELETED = 1000
MOST_LISTED = 10_000


@dataclass
class Buckets:
    """`s3` is a client of moto's own. `limit` and `taken` are switches of tests."""

    gateway: Gateway
    place: Place
    s3: Any
    policies: dict[str, list[Statement]]
    limit: int | None = None
    """Buckets of the account; one more is TooManyBuckets. None: S3's 10,000, which nobody makes here."""
    taken: set[str] = field(default_factory=set)
    """Names that another account has, `*` for any part of one; the account's own namespace is never taken."""

    @property
    def handlers(self) -> dict[str, Handler]:
        return {
            "s3:CopyObject": self._copy,
            "s3:CreateBucket": self._create,
            "s3:DeleteBucket": self._delete,
            "s3:DeleteObjects": self._delete_objects,
            "s3:PutBucketPolicy": self._put_policy,
            "s3:DeleteBucketPolicy": self._delete_policy,
            "s3:HeadBucket": self._head,
            "s3:ListBuckets": self._list,
        }

    def _list(self, call: Call, _caller: Caller, _request: Request) -> Response:
        """In pages, by name; a token is the last name of the page before. moto 5.2 ends after the first."""
        p = call.parameters
        most, after = int(p.get("max-buckets", MOST_LISTED)), p.get("continuation-token", "")
        known = sorted(self.s3.list_buckets()["Buckets"], key=lambda each: str(each["Name"]))
        found = [each for each in known if each["Name"] > after and each["Name"].startswith(p.get("prefix", ""))]
        found = [] if p.get("bucket-region", self.place.region) != self.place.region else found
        told = "".join(_listed(each, self.place.region) for each in found[:most])
        token = found[most - 1]["Name"] if len(found) > most else ""
        more = f"<ContinuationToken>{token}</ContinuationToken>" if token else ""
        owner = f"<Owner><ID>{self.place.account}</ID></Owner>"
        body = f"<ListAllMyBucketsResult>{owner}<Buckets>{told}</Buckets>{more}</ListAllMyBucketsResult>"
        return Response(200, body.encode(), {"Content-Type": "application/xml"})

    def _head(self, call: Call, _caller: Caller, request: Request) -> Response:
        """Another account's bucket is there, and forbidden."""
        if self._another_has(call.parameters["Bucket"]):
            return _error(403, "AccessDenied", "Access Denied")
        return self.gateway.to_moto(request)

    def _another_has(self, name: str) -> bool:
        return any(fnmatchcase(name, pattern) for pattern in self.taken) and not self.exists(name)

    def _copy(self, call: Call, _caller: Caller, request: Request) -> Response:
        """Of the version that was meant, or not at all: moto 5.2 does not look at the condition."""
        wanted = request.headers.get("x-amz-copy-source-if-match", "")
        source, _, query = call.parameters["CopySource"].partition("?")
        bucket, _, key = unquote(source).lstrip("/").partition("/")
        version = {"VersionId": each} if (each := dict(parse_qsl(query)).get("versionId")) else {}
        with suppress(ClientError):  # whatever is amiss with the source, moto says
            if wanted and self.s3.head_object(Bucket=bucket, Key=key, **version)["ETag"].strip('"') != wanted.strip(
                '"'
            ):
                told = "At least one of the pre-conditions you specified did not hold"
                return _error(412, "PreconditionFailed", told)
        return self.gateway.to_moto(request)

    def _create(self, call: Call, _caller: Caller, request: Request) -> Response:
        name = call.parameters["Bucket"]
        own = request.headers.get("x-amz-bucket-namespace", "global") == "account-regional"
        if not valid(name) or (own and not name.endswith(f"-{self.place.account}-{self.place.region}-an")):
            return _error(400, "InvalidBucketName", "The specified bucket is not valid.")
        if not own and self._another_has(name):
            return _error(409, "BucketAlreadyExists", "The requested bucket name is not available.")
        new = not self.exists(name)
        if new and self.limit is not None and len(self.s3.list_buckets()["Buckets"]) >= self.limit:
            return _error(400, "TooManyBuckets", "You have attempted to create more buckets than allowed")
        response = self.gateway.to_moto(request)
        if response.status == 200 and new and call.parameters.get("Tags"):
            tags = [{"Key": key, "Value": value} for key, value in call.parameters["Tags"].items()]
            self.s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": tags})
        return response

    def exists(self, name: str) -> bool:
        if not valid(name):
            return False
        try:
            self.s3.head_bucket(Bucket=name)
        except ClientError:
            return False
        return True

    def _delete(self, call: Call, _caller: Caller, request: Request) -> Response:
        response = self.gateway.to_moto(request)
        if response.status in (200, 204):
            self.policies.pop(_arn(call), None)
        return response

    def _delete_objects(self, call: Call, caller: Caller, request: Request) -> Response:
        """A key that is denied is an error of its own in an answer of 200."""
        if not 0 < len(call.parameters["Objects"]) <= MOST_DELETED:
            told = "The XML you provided was not well-formed or did not validate against our published schema"
            return _error(400, "MalformedXML", told)
        denied = self._denied(call, caller, request)
        if not denied:
            return self.gateway.to_moto(request)
        kept = [each for each in call.parameters["Objects"] if each not in denied]
        response = self.gateway.to_moto(_deleting(request, kept)) if kept else Response(200, b"<DeleteResult/>")
        errors = "".join(f"<Error>{_shown(each)}{_DENIED}</Error>" for each in denied).encode()
        body = response.body.replace(b"<DeleteResult/>", b"<DeleteResult></DeleteResult>")
        headers = {k: v for k, v in response.headers.items() if k.lower() != "content-length"}
        return Response(response.status, body.replace(b"</DeleteResult>", errors + b"</DeleteResult>"), headers)

    def _denied(self, call: Call, caller: Caller, request: Request) -> list[dict[str, str]]:
        """The keys and versions that the caller may not delete."""
        if caller.role is None:
            return []
        named = zip(call.parameters["Objects"], self.gateway.needs(request, call, signature(request)), strict=True)
        return [
            each for each, need in named if self.gateway.refused(caller.role, caller.function, [need], call) is not None
        ]

    def _put_policy(self, call: Call, _caller: Caller, request: Request) -> Response:
        bucket = call.parameters["Bucket"]
        try:
            found = _policy(request.body, bucket)
        except UnknownPolicy as error:
            return _error(501, "NotImplemented", f"the local plane does not judge {error}")
        except ValueError as error:
            return _error(400, "MalformedPolicy", str(error))
        if any(_public(each) for each in found) and self._blocks(bucket):
            return _error(403, "AccessDenied", "public policies are blocked by the BlockPublicPolicy setting")
        response = self.gateway.to_moto(request)
        if response.status in (200, 204):
            self.policies[_arn(call)] = found
        return response

    def _delete_policy(self, call: Call, _caller: Caller, request: Request) -> Response:
        response = self.gateway.to_moto(request)
        self.policies.pop(_arn(call), None)
        return response

    def _blocks(self, bucket: str) -> bool:
        with suppress(ClientError):
            block = self.s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
            return bool(block["BlockPublicPolicy"])
        return False


_DENIED = "<Code>AccessDenied</Code><Message>Access Denied</Message>"


def _shown(one: dict[str, str]) -> str:
    version = f"<VersionId>{one['VersionId']}</VersionId>" if one.get("VersionId") else ""
    return f"<Key>{escape(one['Key'])}</Key>{version}"


def _deleting(request: Request, objects: list[dict[str, str]]) -> Request:
    body = f"<Delete>{''.join(f'<Object>{_shown(each)}</Object>' for each in objects)}</Delete>"
    return replace(request, body=body.encode())


def _listed(bucket: dict[str, Any], region: str) -> str:
    made = bucket["CreationDate"].strftime("%Y-%m-%dT%H:%M:%S.000Z")
    told = f"<Name>{bucket['Name']}</Name><CreationDate>{made}</CreationDate><BucketRegion>{region}</BucketRegion>"
    return f"<Bucket>{told}</Bucket>"


def valid(name: str) -> bool:
    with suppress(ValueError):
        ipaddress.IPv4Address(name)
        return False
    odd = ".." in name or name.startswith(_STARTS) or name.endswith(_ENDS)
    return _NAME.fullmatch(name) is not None and not odd


def bad_key(call: Call) -> Response | None:
    """The refusal of a key that S3 takes no object under; any other is taken as it is, `..` too."""
    key = call.parameters.get("Key", "")
    if len(key.encode()) > LONGEST_KEY:
        return _error(400, "KeyTooLongError", "Your key is too long")
    return _error(400, "InvalidURI", "Couldn't parse the specified URI.") if "\0" in key else None


def _policy(body: bytes, bucket: str) -> list[Statement]:
    """Raises ValueError; UnknownPolicy for what only the plane does not know."""
    try:
        document = json.loads(body)
        found = statements(document, f"{bucket}/policy")
    except UnknownPolicy:
        raise
    except (ValueError, KeyError, TypeError, AttributeError):
        raise ValueError("This policy contains invalid Json") from None
    arn = f"arn:aws:s3:::{bucket}"
    if not found or any(s.principals is None for s in found):
        raise ValueError("Missing required field Principal")
    if any(r != arn and not r.startswith(f"{arn}/") for s in found for r in s.resources):
        raise ValueError("Policy has invalid resource")
    return found


def _public(statement: Statement) -> bool:
    """Simpler than S3's own rule: any condition counts as one that names somebody."""
    assert statement.principals is not None
    anyone = any("*" in names for names in statement.principals.values())
    return statement.allow and anyone and not statement.conditions


def _arn(call: Call) -> str:
    return f"arn:aws:s3:::{call.parameters['Bucket']}"


def _error(status: int, code: str, message: str) -> Response:
    return error_shapes.error("s3", status, code, message)
