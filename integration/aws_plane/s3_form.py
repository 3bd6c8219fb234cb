"""A form that uploads one file, and the policy its signature covers.

Source: S3 API reference, "POST Object", "Creating a POST policy" and "Calculating a signature" of browser-based
uploads; "Error responses".
"""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from integration.aws_plane.calls import SCOPE, Signature
from integration.aws_plane.signing import signs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from integration.aws_plane.http_server import Request

SIGV2 = "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256."
LARGEST = 5 * 1024**3
_NEVER_COVERED = frozenset({"file", "policy", "x-amz-signature", "bucket"})
"""Of a form; `bucket` counts as given by the address. `x-ignore-…` besides."""
_NAME = re.compile(r'\bname="([^"]*)"')
_FILE = re.compile(r'\bfilename="([^"]*)"')
_INVALID = "Invalid according to Policy: "


@dataclass
class FormRefusal(Exception):
    status: int
    code: str
    message: str


@dataclass(frozen=True)
class Form:
    """`fields` by lower-case name, with `bucket` as the address has it; `${filename}` is filled in."""

    fields: Mapping[str, str]
    file: bytes = field(repr=False)


def read(request: Request, bucket: str) -> Form:
    """What follows the file is not looked at, as in S3. Raises FormRefusal."""
    _, _, boundary = request.headers.get("content-type", "").partition("boundary=")
    mark = b"\r\n--" + boundary.strip('"').encode("latin-1")
    fields: dict[str, str] = {}
    for part in (b"\r\n" + request.body).split(mark)[1:]:
        head, _, content = part.partition(b"\r\n\r\n")
        told = head.decode("utf-8", "replace")
        found = _NAME.search(told)
        if found is None:
            continue
        if found[1].lower() == "file":
            name = _FILE.search(told)
            return Form(_filled(fields, name[1] if name else "") | {"bucket": bucket}, content)
        fields[found[1].lower()] = content.decode("utf-8", "replace")
    raise FormRefusal(400, "InvalidArgument", "POST requires exactly one file upload per request.")


def _filled(fields: Mapping[str, str], name: str) -> dict[str, str]:
    """Of a path that a browser sends only the last part is the name."""
    last = re.split(r"[/\\]", name)[-1]
    return {key: value.replace("${filename}", last) if key != "policy" else value for key, value in fields.items()}


def signature(form: Form) -> Signature:
    """Who signed it. Raises FormRefusal: a form without policy is anybody's."""
    given = form.fields
    if "awsaccesskeyid" in given:
        raise FormRefusal(400, "InvalidRequest", SIGV2)
    if "policy" not in given or "x-amz-signature" not in given:
        raise FormRefusal(403, "AccessDenied", "Access Denied")
    if given.get("x-amz-algorithm") != "AWS4-HMAC-SHA256" or "x-amz-date" not in given:
        raise FormRefusal(400, "InvalidArgument", "X-Amz-Algorithm and X-Amz-Date must be given")
    scope = SCOPE.fullmatch(given.get("x-amz-credential", ""))
    if scope is None or scope["service"] != "s3":
        raise FormRefusal(400, "InvalidArgument", "the Credential is mal-formed")
    return Signature(
        scope["key"], scope["day"], scope["region"], "s3", (), given["x-amz-signature"], date=given["x-amz-date"]
    )  # fmt: skip


def genuine(form: Form, signed: Signature, secret: str) -> bool:
    """Whether the signature is that of the policy by this secret."""
    return signs(signed, secret, form.fields["policy"], signed.day)


def check(form: Form, now: float) -> None:
    """Raises FormRefusal: the policy is over, a field is not as it says or not covered, the file has another size."""
    policy = _policy(form.fields["policy"])
    if now >= policy["expiration"]:
        raise FormRefusal(403, "AccessDenied", f"{_INVALID}Policy expired.")
    covered = {_check(form, condition) for condition in policy["conditions"]}
    free = _NEVER_COVERED | covered
    extra = [name for name in form.fields if name not in free and not name.startswith("x-ignore-")]
    if extra:
        raise FormRefusal(403, "AccessDenied", f"{_INVALID}Extra input fields: {', '.join(extra)}")
    if "key" not in form.fields:
        raise FormRefusal(400, "InvalidArgument", "Bucket POST must contain a field named 'key'.")
    if len(form.file) > LARGEST:
        raise _size("EntityTooLarge", "exceeds the maximum")


def _policy(text: str) -> dict[str, Any]:
    try:
        found = json.loads(base64.b64decode(text, validate=True))
        ends = datetime.fromisoformat(found["expiration"]).replace(tzinfo=UTC).timestamp()
        conditions = [_as_list(each) for each in found["conditions"]]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise FormRefusal(400, "InvalidPolicyDocument", f"Invalid Policy: {error}") from None
    return {"expiration": ends, "conditions": conditions}


def _as_list(condition: Any) -> list[Any]:
    """`{"acl": "private"}` is `["eq", "$acl", "private"]`. Raises ValueError."""
    if isinstance(condition, dict):
        ((name, value),) = condition.items()
        return ["eq", f"${name}", value]
    kind, first, second = condition
    if kind.lower() not in ("eq", "starts-with", "content-length-range"):
        raise ValueError(f"unknown condition {kind}")
    return [kind.lower(), first, second]


def _check(form: Form, condition: list[Any]) -> str:
    """The field it covers; empty for one on the file."""
    kind, first, second = condition
    if kind == "content-length-range":
        if len(form.file) < int(first):
            raise _size("EntityTooSmall", "is smaller than the minimum")
        if len(form.file) > int(second):
            raise _size("EntityTooLarge", "exceeds the maximum")
        return ""
    name = str(first).removeprefix("$").lower()
    given = form.fields.get(name)
    holds = given is not None and (given == second if kind == "eq" else given.startswith(second))
    if not holds:
        raise FormRefusal(403, "AccessDenied", f"{_INVALID}Policy Condition failed: {json.dumps(condition)}")
    return name


def _size(code: str, how: str) -> FormRefusal:
    return FormRefusal(400, code, f"Your proposed upload {how} allowed size")
