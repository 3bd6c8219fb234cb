"""The two presigned requests by which files go in and out, in pieces, never whole in memory.

The addresses are credentials: they appear in no exception and no log, and are used once, at once.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import requests
from requests.auth import AuthBase

from integration.clients.certificate import untrusted
from integration.clients.errors import Refused, RemoteError, Unavailable
from integration.clients.security_ir.error_for import SYSTEM, refusal
from integration.clients.stream import Content, Outgoing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_TIMEOUT_S = (5, 60)
UPLOAD, DOWNLOAD = "attachment upload", "attachment download"


class _Unsigned(AuthBase):
    """The address carries the signature; without this, requests would look for a password in ~/.netrc."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request


def put(session: requests.Session, address: str, chunks: Iterable[bytes], size: int) -> None:
    """The upload, with exactly the headers that were signed. Done, too, where it had been done before (412)."""
    headers = {"If-None-Match": "*", "Content-Length": str(size), "Content-Type": "application/octet-stream"}
    body = Outgoing(chunks, size, SYSTEM, outcome_unknown=False)  # S3 keeps no half
    try:
        response = session.put(
            address, data=body, headers=headers, auth=_Unsigned(), timeout=_TIMEOUT_S, allow_redirects=False
        )
    except requests.RequestException as error:
        raise _no_answer(error, UPLOAD, outcome_unknown=True) from None
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
        raise _no_answer(error, DOWNLOAD) from None
    with response:
        if response.status_code != 200:
            raise _failure(response.status_code, DOWNLOAD)
        content = Content(response, SYSTEM)
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


def _no_answer(error: Exception, what: str, *, outcome_unknown: bool = False) -> RemoteError:
    """Not made where it is raised: what holds its own error in a variable keeps its connection open."""
    silent = Unavailable(SYSTEM, f"no answer to an {what}: {type(error).__name__}", outcome_unknown=outcome_unknown)
    return untrusted(error, SYSTEM) or silent
