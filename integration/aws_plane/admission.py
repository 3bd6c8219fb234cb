"""Whether a signed request is let in: a known key, its session's token in time, its signature, and what that covers.

Source: S3 API reference, "Authenticating Requests: Using Query Parameters" and "Error Responses"; STS, "Common errors".
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from integration.aws_plane import error_shapes
from integration.aws_plane.http_server import Response
from integration.aws_plane.signing import LONGEST_S, expired, genuine, moment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from integration.aws_plane.calls import Signature
    from integration.aws_plane.gateway import Caller
    from integration.aws_plane.http_server import Request

_ALL = ("X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature", "X-Amz-Date", "X-Amz-SignedHeaders", "X-Amz-Expires")
_SKEW_S = 15 * 60


def admitted(request: Request, signed: Signature, callers: Mapping[str, Caller], now: float) -> Caller | Response:
    """The refusal where it is not."""
    presigned = signed.in_query and signed.service == "s3"
    given = parse_qs(request.query) if signed.in_query else {}
    refused = _badly_asked(request, signed.service, now) if signed.in_query else None
    if refused:
        return refused
    token = given.get("X-Amz-Security-Token", [""])[0] or request.headers.get("x-amz-security-token", "")
    caller = known(signed, token, callers, now)
    if isinstance(caller, Response):
        return caller
    if not genuine(request, signed, caller.secret):
        return error_shapes.error(signed.service, 403, "SignatureDoesNotMatch", "The request signature does not match.")
    if presigned and (more := _unsigned(request, signed)):
        told = f"There were headers present in the request which were not signed: {', '.join(more)}"
        return error_shapes.error("s3", 403, "AccessDenied", told)
    return caller


def _badly_asked(request: Request, service: str, now: float) -> Response | None:
    """An address in no form of AWS's, over, or of a time to come."""
    if service == "s3" and (wrong := _malformed(parse_qs(request.query, keep_blank_values=True))):
        return error_shapes.error("s3", 400, "AuthorizationQueryParametersError", wrong)
    if expired(request, now):
        return error_shapes.error(service, 403, "AccessDenied", "Request has expired")
    if moment(parse_qs(request.query)["X-Amz-Date"][0]) > now + _SKEW_S:
        return error_shapes.error(service, 403, "AccessDenied", "Request is not valid yet")
    return None


def known(signed: Signature, token: str, callers: Mapping[str, Caller], now: float) -> Caller | Response:
    """Whose key it is, with the token of its session if it has one."""
    caller, s3 = callers.get(signed.access_key), signed.service == "s3"
    if caller is None or (s3 and caller.token and not token):
        code = "InvalidAccessKeyId" if s3 else "UnrecognizedClientException"
        told = "The AWS Access Key Id you provided does not exist in our records."
        return error_shapes.error(signed.service, 403, code, told if s3 else "The security token is invalid.")
    if caller.token and caller.token != token:
        code = "InvalidToken" if s3 else "UnrecognizedClientException"
        told = "The provided token is malformed or otherwise invalid."
        return error_shapes.error(signed.service, 400 if s3 else 403, code, told)
    if caller.until and now >= caller.until:
        code = "ExpiredToken" if error_shapes.in_xml(signed.service) else "ExpiredTokenException"
        return error_shapes.error(signed.service, 400 if s3 else 403, code, "The provided token has expired.")
    return caller


def _malformed(given: Mapping[str, list[str]]) -> str:
    if any(name not in given for name in _ALL):
        return f"Query-string authentication version 4 requires the {', '.join(_ALL[:-1])}, and {_ALL[-1]} parameters."
    if wrong := _lasting(given["X-Amz-Expires"][0]):
        return wrong
    try:
        moment(given["X-Amz-Date"][0])
    except ValueError:
        return "X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\""
    if given["X-Amz-Algorithm"][0] != "AWS4-HMAC-SHA256":
        return 'X-Amz-Algorithm only supports "AWS4-HMAC-SHA256"'
    return "" if "host" in given["X-Amz-SignedHeaders"][0].split(";") else "X-Amz-SignedHeaders must name host"


def _lasting(seconds: str) -> str:
    if not re.fullmatch(r"-?\d+", seconds):
        return "X-Amz-Expires should be a number"
    if int(seconds) < 0:
        return "X-Amz-Expires must be non-negative"
    told = f"that is, the given X-Amz-Expires must be less than {LONGEST_S} seconds"
    return f"X-Amz-Expires must be less than a week (in seconds); {told}" if int(seconds) > LONGEST_S else ""


def _unsigned(request: Request, signed: Signature) -> list[str]:
    """Headers of Amazon's that the signature does not cover, but for those that say no more than the body does."""
    return sorted(
        name
        for name in request.headers
        if name.startswith("x-amz-") and name not in signed.signed_headers and name != "x-amz-content-sha256"
    )
