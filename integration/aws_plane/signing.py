"""Whether a call bears the signature that its caller's secret makes: Signature Version 4, in header or address.

Source: IAM user guide, "Create a signed AWS API request"; Amazon S3 API reference, "Authenticating Requests: Using
Query Parameters".
"""

from __future__ import annotations

import hmac
import re
from contextlib import suppress
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

if TYPE_CHECKING:
    from integration.aws_plane.calls import Signature
    from integration.aws_plane.http_server import Request

_DIGEST = re.compile(r"[0-9a-f]{64}")
LONGEST_S = 7 * 24 * 3600


def genuine(request: Request, signed: Signature, secret: str) -> bool:
    """Of this very request: what the signature covers of it, and the body whose digest it names."""
    kept = {name: request.headers.get(name, "") for name in signed.signed_headers}
    digest = kept.get("x-amz-content-sha256", "")
    if _DIGEST.fullmatch(digest) and digest != sha256(request.body).hexdigest():
        return False
    query = "&".join(part for part in request.query.split("&") if not part.startswith("X-Amz-Signature="))
    url = f"http://{request.headers.get('host', '')}{request.path}" + (f"?{query}" if query else "")
    again = AWSRequest(method=request.method, url=url, data=request.body, headers=kept)
    again.context["timestamp"] = _asked(request, "X-Amz-Date") if signed.in_query else kept.get("x-amz-date", "")
    again.context["payload_signing_enabled"] = True
    auth = _auth(signed, secret)
    text = auth.string_to_sign(again, auth.canonical_request(again))
    return signs(signed, secret, text, again.context["timestamp"])


def signs(signed: Signature, secret: str, text: str, day: str) -> bool:
    """Whether the signature is that of the text by this secret, of that day."""
    then = AWSRequest()
    then.context["timestamp"] = day
    return hmac.compare_digest(_auth(signed, secret).signature(text, then).encode(), signed.value.encode())


def expired(request: Request, now: float) -> bool:
    """Of a presigned address: whether its time is over, or not said in AWS's form."""
    try:
        made = moment(_asked(request, "X-Amz-Date"))
        lasts_s = int(_asked(request, "X-Amz-Expires"))
    except ValueError:
        return True
    return not 0 < lasts_s <= LONGEST_S or now >= made + lasts_s


def s3_context(request: Request, signed: Signature, account: str, now: float) -> dict[str, str]:
    """What policies may ask of a signature and its request. Source: S3 API reference, "Amazon S3 Signature Version 4
    Authentication Specific Policy Keys"; the age is in milliseconds.
    """
    found = {
        "s3:authType": signed.kind, "s3:signatureversion": "AWS4-HMAC-SHA256", "aws:SourceIp": request.source_ip,
        "s3:ResourceAccount": account, "aws:ResourceAccount": account,
        "s3:x-amz-content-sha256": request.headers.get("x-amz-content-sha256", "UNSIGNED-PAYLOAD"),
    }  # fmt: skip
    date = _asked(request, "X-Amz-Date") if signed.in_query else signed.date or request.headers.get("x-amz-date", "")
    with suppress(ValueError):
        found["s3:signatureAge"] = str(round((now - moment(date)) * 1000))
    return found


def moment(date: str) -> float:
    """Raises ValueError."""
    return datetime.strptime(date, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).timestamp()


def _asked(request: Request, name: str) -> str:
    return parse_qs(request.query).get(name, [""])[0]


def _auth(signed: Signature, secret: str) -> SigV4Auth:
    of_s3 = S3SigV4QueryAuth if signed.in_query else S3SigV4Auth
    return (of_s3 if signed.service == "s3" else SigV4Auth)(
        Credentials(signed.access_key, secret), signed.service, signed.region
    )
