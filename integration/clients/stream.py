"""Streams file contents in and out in pieces, never whole in memory."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import requests
import urllib3

from integration.clients.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

CHUNK_BYTES = 256 * 1024


class Content:
    """An open download. `size`: bytes to come, None where the server did not say. `sha256`: of what was read."""

    def __init__(self, response: requests.Response, system: str) -> None:
        self._response, self._system = response, system
        length = response.headers.get("Content-Length", "")
        encoded = response.headers.get("Content-Encoding", "identity") != "identity"
        self.size = int(length) if length.isdigit() and not encoded else None
        self.content_type = response.headers.get("Content-Type", "")
        self._hash = hashlib.sha256()

    def iter(self) -> Iterator[bytes]:
        """Chunks of at most 256 KiB. Raises `Unavailable` when the connection ends early."""
        read = 0
        try:
            for chunk in self._response.iter_content(CHUNK_BYTES):
                read += len(chunk)
                self._hash.update(chunk)
                yield chunk
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError):
            raise Unavailable(self._system, "the download broke off") from None
        if self.size is not None and read != self.size:
            raise Unavailable(self._system, "the download ended early")

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()


class Outgoing:
    """A request body of known length, so that it is sent with Content-Length and not in chunked coding.

    Iterating raises `Unavailable` where the source gives another number of bytes: the connection then breaks off
    before the body is whole. What the source raises passes through. `outcome_unknown`: whether `system` may keep half.
    """

    def __init__(self, chunks: Iterable[bytes], size: int, system: str, *, outcome_unknown: bool) -> None:
        self._chunks, self._size = chunks, size
        self._system, self._outcome_unknown = system, outcome_unknown
        self._hash = hashlib.sha256()

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[bytes]:
        left = self._size
        for chunk in self._chunks:
            left -= len(chunk)
            if left < 0:
                raise self._other_size("longer")
            self._hash.update(chunk)
            if chunk:
                yield chunk
        if left:
            raise self._other_size("shorter")

    def _other_size(self, how: str) -> Unavailable:
        reason = f"the file is {how} than announced"
        return Unavailable(self._system, reason, outcome_unknown=self._outcome_unknown)

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()
