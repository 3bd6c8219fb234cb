"""The door for browsers to S3: presigned addresses, signed forms and their preflights, from pages of other origins.

Everything else that a page sends stays outside (door.py). Addresses are in path style, as SDKs sign for 127.0.0.1.
Source: S3 API reference, "Authenticating requests (Signature Version 4)", "POST Object".
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, quote, unquote
from xml.sax.saxutils import escape

from botocore.exceptions import ClientError

from integration.aws_plane import error_shapes, s3_cors, s3_form
from integration.aws_plane.admission import known
from integration.aws_plane.calls import Call
from integration.aws_plane.door import refusal
from integration.aws_plane.http_server import Request, Response
from integration.aws_plane.s3_buckets import valid

if TYPE_CHECKING:
    from collections.abc import Mapping

    from integration.aws_plane.gateway import Gateway
    from integration.aws_plane.s3_buckets import Buckets

_FROM_PAGES = re.compile(r"origin|referer|sec-fetch-.*|access-control-request-.*")
_KEPT = re.compile(r"content-type|content-disposition|content-encoding|cache-control|expires|x-amz-meta-.*|x-amz-acl")
"""Fields of a form that become headers of the object."""
_CREATED = "<PostResponse><Location>{}</Location><Bucket>{}</Bucket><Key>{}</Key><ETag>{}</ETag></PostResponse>"


def may_enter(request: Request) -> str:
    """Empty: let in. A page gets in with what S3 itself judges: an address or form that is signed, or a preflight."""
    if not _of_pages(request):
        return refusal(request.headers)
    return refusal({k: v for k, v in request.headers.items() if not _FROM_PAGES.fullmatch(k)})


def _of_pages(request: Request) -> bool:
    asked = parse_qs(request.query, keep_blank_values=True)
    return bool(
        request.method == "OPTIONS"
        or ("X-Amz-Signature" in asked and "/s3/" in asked.get("X-Amz-Credential", [""])[0])
        or "AWSAccessKeyId" in asked
        or _is_form(request)
    )


def _is_form(request: Request) -> bool:
    return request.method == "POST" and request.headers.get("content-type", "").startswith("multipart/form-data")


@dataclass
class S3Door:
    """In front of the gateway; `buckets` knows which there are."""

    gateway: Gateway
    buckets: Buckets

    def answer(self, request: Request) -> Response:
        if request.method == "OPTIONS":
            return s3_cors.preflight(request, self._rules(request))
        response = self._answered(request)
        if "origin" not in request.headers:
            return response
        return s3_cors.told_to_pages(request, response, self._rules(request) or [])

    def _answered(self, request: Request) -> Response:
        if _is_form(request):
            try:
                return self._posted(request)
            except s3_form.FormRefusal as refused:
                return error_shapes.error("s3", refused.status, refused.code, refused.message)
        if "AWSAccessKeyId=" in request.query or request.headers.get("authorization", "").startswith("AWS "):
            return error_shapes.error("s3", 400, "InvalidRequest", s3_form.SIGV2)
        if not _signed(request) and self.buckets.exists(_bucket(request)):
            return error_shapes.error("s3", 403, "AccessDenied", "Access Denied")
        return self.gateway.answer(request)

    def _posted(self, request: Request) -> Response:
        """Raises FormRefusal. Who signed it, and of what, comes before what stands in it."""
        began, now, bucket = time.time(), self.gateway.now(), _bucket(request)
        form = s3_form.read(request, bucket)
        signed = s3_form.signature(form)
        caller = known(signed, form.fields.get("x-amz-security-token", ""), self.gateway.callers, now)
        if isinstance(caller, Response):
            return caller
        if not s3_form.genuine(form, signed, caller.secret):
            return error_shapes.error("s3", 403, "SignatureDoesNotMatch", "The request signature does not match.")
        s3_form.check(form, now)
        headers = {name: value for name, value in form.fields.items() if _KEPT.fullmatch(name)}
        target = f"/{bucket}/{quote(form.fields['key'], safe='/~')}"
        put = Request("PUT", target, {**headers, **_as_signed(form)}, form.file, request.source_ip)
        more = {"x-amz-acl": headers["x-amz-acl"]} if "x-amz-acl" in headers else {}
        call = Call("s3", "PutObject", {"Bucket": bucket, "Key": form.fields["key"], **more})
        return _stored(self.gateway.of_caller(put, call, caller, signed, began), form, self.gateway.url + target)

    def _rules(self, request: Request) -> list[s3_cors.Rule] | None:
        bucket = _bucket(request)
        if not valid(bucket):
            return None
        try:
            found: list[s3_cors.Rule] = self.buckets.s3.get_bucket_cors(Bucket=bucket)["CORSRules"]
        except ClientError:
            return None
        return found


def _as_signed(form: s3_form.Form) -> dict[str, str]:
    """What tells moto that this is not anonymous: it has its own thoughts about overwriting."""
    return {
        "authorization": f"AWS4-HMAC-SHA256 Credential={form.fields['x-amz-credential']}, SignedHeaders=, Signature="
    }


def _signed(request: Request) -> bool:
    return "authorization" in request.headers or any(name.startswith("X-Amz-") for name in parse_qs(request.query))


def _bucket(request: Request) -> str:
    return unquote(request.path.split("/", 2)[1] if request.path.startswith("/") else "")


def _stored(response: Response, form: s3_form.Form, location: str) -> Response:
    """As the form asked: 204 unless it says 200 or 201, or where to go on."""
    if response.status != 200:
        return response
    told = {k: v for k, v in response.headers.items() if k.lower() in ("etag", "x-amz-version-id", "x-amz-request-id")}
    etag = next((v for k, v in told.items() if k.lower() == "etag"), "")
    headers: Mapping[str, str] = {**told, "Location": location}
    bucket, key, asked = form.fields["bucket"], form.fields["key"], form.fields.get("success_action_status")
    if after := form.fields.get("success_action_redirect"):
        query = f"bucket={quote(bucket)}&key={quote(key)}&etag={quote(etag)}"
        return Response(303, b"", {**headers, "Location": f"{after}{'&' if '?' in after else '?'}{query}"})
    if asked == "201":
        body = _CREATED.format(*map(escape, (location, bucket, key, etag)))
        return Response(201, body.encode(), {**headers, "Content-Type": "application/xml"})
    return Response(200 if asked == "200" else 204, b"", headers)
