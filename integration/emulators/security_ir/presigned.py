"""Presigned URLs: shaped and checked as S3 does, so that a client which sends other headers than it must is refused.

A URL is signed over its method, path, query and the headers S3 would sign; the wrong header, length or moment gives
what S3 gives (403, 411, 412, 501, as XML). Signatures are HMACs under a key of this server, not SigV4: the client
never computes one.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

UPLOAD_HEADERS = ("content-length", "content-type", "if-none-match")
_STAMP = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True, slots=True)
class Ticket:
    """What an upload URL was given for."""

    case_id: str
    attachment_id: str
    file_name: str
    size_bytes: int
    creator: str


class S3Error(Exception):
    """An answer of the file store: `code` and `status` as S3's."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code

    @property
    def xml(self) -> str:
        head = '<?xml version="1.0" encoding="UTF-8"?>'
        return f"{head}<Error><Code>{self.code}</Code><Message>{self}</Message></Error>"


def path_of(case_id: str, attachment_id: str, file_name: str) -> str:
    return f"/_s3/{case_id}/{attachment_id}/{file_name}"


@dataclass(frozen=True, slots=True)
class Signer:
    """Makes and checks URLs under one key."""

    key: bytes
    clock: Callable[[], float]

    def url(self, base_url: str, method: str, path: str, headers: Mapping[str, str], expiry_s: int) -> str:
        """`headers` are those the caller must send exactly so."""
        query = urlencode(
            {
                "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
                "X-Amz-Date": datetime.fromtimestamp(self.clock(), UTC).strftime(_STAMP),
                "X-Amz-Expires": expiry_s,
                "X-Amz-SignedHeaders": ";".join(sorted(headers)),
            }
        )
        return f"{base_url}{path}?{query}&X-Amz-Signature={self._signature(method, path, query, headers)}"

    def verify(self, method: str, path: str, query: str, headers: Mapping[str, str]) -> None:
        """Raises S3Error AccessDenied for an unsigned or expired URL, SignatureDoesNotMatch for a changed request."""
        signed, _, signature = query.rpartition("&X-Amz-Signature=")
        parameters = dict(parse_qsl(signed, keep_blank_values=True))
        if not signature or "X-Amz-SignedHeaders" not in parameters:
            raise S3Error(403, "AccessDenied", "Access Denied")
        names = [name for name in parameters["X-Amz-SignedHeaders"].split(";") if name]
        sent = {name: headers.get(name, "") for name in names}
        if not hmac.compare_digest(signature.encode(), self._signature(method, path, signed, sent).encode()):
            message = "The request signature we calculated does not match the signature you provided."
            raise S3Error(403, "SignatureDoesNotMatch", message)
        start = datetime.strptime(parameters["X-Amz-Date"], _STAMP).replace(tzinfo=UTC).timestamp()
        if self.clock() > start + int(parameters["X-Amz-Expires"]):
            raise S3Error(403, "AccessDenied", "Request has expired")

    def _signature(self, method: str, path: str, query: str, headers: Mapping[str, str]) -> str:
        lines = [method, path, query, *(f"{name}:{headers[name].strip()}" for name in sorted(headers))]
        return hmac.new(self.key, "\n".join(lines).encode(), hashlib.sha256).hexdigest()
