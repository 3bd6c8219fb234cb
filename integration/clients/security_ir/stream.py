"""Streams file contents in and out in pieces, never whole in memory, and makes the two presigned requests.

The addresses are credentials: they appear in no exception and no log, and are used once, at once.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import requests
import urllib3
from requests.auth import AuthBase

from integration.clients.errors import Refused, Unavailable
from integration.clients.security_ir.error_for import SYSTEM, refusal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

CHUNK_BYTES = 256 * 1024
_TIMEOUT_S = (5, 60)
UPLOAD, DOWNLOAD = "attachment upload", "attachment download"


class _Unsigned(AuthBase):
    """The address carries the signature; without this, requests would look for a password in ~/.netrc."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request


class Content:
    """An open download. `size`: bytes to come, None where the server did not say."""

    def __init__(self, response: requests.Response) -> None:
        self._response = response
        length = response.headers.get("Content-Length", "")
        self.size = int(length) if length.isdigit() else None

    def iter(self) -> Iterator[bytes]:
        """Chunks of at most 256 KiB. Raises `Unavailable` when the connection ends early."""
        read = 0
        try:
            for chunk in self._response.iter_content(CHUNK_BYTES):
                read += len(chunk)
                yield chunk
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError):
            raise Unavailable(SYSTEM, "the download broke off") from None
        if self.size is not None and read != self.size:
            raise Unavailable(SYSTEM, "the download ended early")


class _Outgoing:
    """A body of known length: S3 refuses chunked coding. What the source raises passes through."""

    def __init__(self, chunks: Iterable[bytes], size: int) -> None:
        self._chunks, self._size = chunks, size

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[bytes]:
        left = self._size
        for chunk in self._chunks:
            left -= len(chunk)
            if left < 0:
                break
            if chunk:
                yield chunk
        if left:
            raise Unavailable(SYSTEM, "the file is not as long as announced")


def put(session: requests.Session, address: str, chunks: Iterable[bytes], size: int) -> None:
    """The upload, with exactly the headers that were signed. Done, too, where it had been done before (412)."""
    headers = {"If-None-Match": "*", "Content-Length": str(size), "Content-Type": "application/octet-stream"}
    body = _Outgoing(chunks, size)
    try:
        response = session.put(
            address, data=body, headers=headers, auth=_Unsigned(), timeout=_TIMEOUT_S, allow_redirects=False
        )
    except requests.RequestException as error:
        raise Unavailable(SYSTEM, f"no answer to an {UPLOAD}: {type(error).__name__}", outcome_unknown=True) from None
    if response.status_code not in (200, 201, 204, 412):
        raise _failure(response.status_code, UPLOAD)
    if _of_network(response):
        raise Unavailable(SYSTEM, f"a page came in answer to an {UPLOAD}", outcome_unknown=True)


@contextmanager
def get(session: requests.Session, address: str) -> Iterator[Content]:
    """Never empty: a case holds files of 1 byte and more."""
    headers = {"Accept-Encoding": "identity"}
    try:
        response = session.get(
            address, headers=headers, auth=_Unsigned(), timeout=_TIMEOUT_S, allow_redirects=False, stream=True
        )
    except requests.RequestException as error:
        raise Unavailable(SYSTEM, f"no answer to an {DOWNLOAD}: {type(error).__name__}") from None
    with response:
        if response.status_code != 200:
            raise _failure(response.status_code, DOWNLOAD)
        content = Content(response)
        if content.size == 0 or _of_network(response):
            raise Unavailable(SYSTEM, f"no file came in answer to an {DOWNLOAD}")
        yield content


def _of_network(response: requests.Response) -> bool:
    """A page of a proxy or sign-in portal: the store names every request of its own (docs: common response headers)."""
    page = "html" in response.headers.get("Content-Type", "").lower()
    return page and "x-amz-request-id" not in response.headers


def _failure(status: int, what: str) -> Unavailable | Refused:
    """403 is an address that came too late; a new one is made for the next attempt."""
    if status in (403, 408, 429) or status < 400 or status >= 500:
        return Unavailable(SYSTEM, f"an {what} failed ({status})", outcome_unknown=what == UPLOAD and status >= 500)
    return refusal(what, str(status), f"the file store answered {status}")
