"""Kept connections to moto's process, which tells the length of every answer (`moto_process`).

A general client of HTTP takes most of a call's time for what is never sent here: redirects, chunks, retries.
"""

from __future__ import annotations

import socket
from collections import deque
from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import urlsplit

from integration.aws_plane.http_server import Hangup, Response, head_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from integration.aws_plane.http_server import Request

PATIENCE_S = 120.0


class _Line:
    def __init__(self, address: tuple[str, int]) -> None:
        self._host = f"{address[0]}:{address[1]}"
        self._socket = socket.create_connection(address, PATIENCE_S)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._answers: BinaryIO = self._socket.makefile("rb")

    def ask(self, request: Request, headers: Mapping[str, str]) -> Response:
        """Raises OSError, EOFError, ValueError and LookupError, after which it is of no use."""
        told = {"host": self._host, **headers, "content-length": str(len(request.body))}
        lines = [f"{request.method} {request.target} HTTP/1.1", *(f"{name}: {value}" for name, value in told.items())]
        head = "\r\n".join([*lines, "", ""])
        self._socket.sendall(head.encode("latin-1") + request.body)
        status = int(self._answers.readline().split(None, 2)[1])
        told = head_of(self._answers, lower=False)
        size = 0 if request.method == "HEAD" else int(told["Content-Length"])
        body = self._answers.read(size)
        if len(body) < size:
            raise EOFError("the answer has broken off")
        return Response(status, body, told)

    def close(self) -> None:
        self._answers.close()
        self._socket.close()


class MotoLines:
    """Any number of threads may ask at once: each gets a line of its own, and leaves it to the next, or to nobody once
    all are closed.
    """

    def __init__(self, url: str) -> None:
        place = urlsplit(url)
        self._address = (place.hostname or "", place.port or 0)
        self._free: deque[_Line] = deque()
        self._ended = False

    def ask(self, request: Request, headers: Mapping[str, str]) -> Response:
        """Raises Hangup."""
        line = None
        try:
            line = self._left() or _Line(self._address)
            answer = line.ask(request, headers)
        except (OSError, EOFError, ValueError, LookupError):
            if line:
                line.close()
            raise Hangup from None
        self._free.append(line)
        if self._ended:
            self.close()
        return answer

    def _left(self) -> _Line | None:
        """Asked of the queue itself: another may be faster."""
        try:
            return self._free.pop()
        except IndexError:
            return None

    def close(self) -> None:
        self._ended = True
        while line := self._left():
            line.close()
