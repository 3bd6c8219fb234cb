"""The HTTP server under gateway, webhook front and Runtime API: threads, loopback, one packet per answer.

Whom the door refuses, no answer function sees.
"""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.client import responses
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, BinaryIO

from integration.aws_plane.door import refusal

LOOPBACK = "127.0.0.1"
_LONGEST_LINE = 65536
_NO_LINE = ("", "", "")
"""Of a request's first line, where it is none."""


@dataclass(frozen=True)
class Request:
    """`target` is the request line's path with query, as sent (not decoded); header names are lower case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes
    source_ip: str = LOOPBACK
    source_port: int = 0

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    @property
    def query(self) -> str:
        return self.target.partition("?")[2]


@dataclass(frozen=True)
class Response:
    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


class Hangup(Exception):
    """Raised by an answer function: the connection is closed without a word."""


Answer = Callable[[Request], Response]
Refuse = Callable[[Request, str], Response]
"""The answer to whom the door does not let in, given the reason."""


Admit = Callable[[Request], str]
"""Why the door does not let a request in; empty: it does."""


def programs(request: Request) -> str:
    """The door of all ports but those that say otherwise."""
    return refusal(request.headers)


def forbidden(_request: Request, told: str) -> Response:
    body = json.dumps({"message": told}).encode()
    return Response(403, body, {"Content-Type": "application/json", "x-amzn-ErrorType": "ForbiddenException"})


class _Server(ThreadingHTTPServer):
    request_queue_size = 128
    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A peer that went away mid-answer (a killed function) is ordinary here; anything else is a bug and shown."""
        import sys  # noqa: PLC0415 - only where an error is looked at

        if not isinstance(sys.exc_info()[1], ConnectionError | TimeoutError):
            super().handle_error(request, client_address)


def head_of(lines: BinaryIO, *, lower: bool) -> dict[str, str]:
    """The headers up to the empty line; of two of one name both values, with a comma."""
    found: dict[str, str] = {}
    while (line := lines.readline(_LONGEST_LINE)).strip():
        name, _, value = line.decode("latin-1").partition(":")
        name, value = (name.lower() if lower else name).strip(), value.strip()
        found[name] = f"{found[name]}, {value}" if name in found else value
    return found


class _Plain(BaseHTTPRequestHandler):
    """What programs send, whose heads are plain lines: the parser of mails that http.server asks takes a quarter of a
    call's time.
    """

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    raw_requestline: bytes
    rfile: BinaryIO  # type: ignore[assignment] # narrower there

    def parse_request(self) -> bool:
        words = self.raw_requestline.decode("latin-1").split()
        self.command, self.path, self.request_version = words if len(words) == len(_NO_LINE) else _NO_LINE
        self.requestline = " ".join(words)
        self.told = head_of(self.rfile, lower=True)
        self.close_connection = self.told.get("connection", "").lower() == "close"
        if not self.request_version.startswith("HTTP/1."):
            self.wfile.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
            self.close_connection = True
            return False
        if self.told.get("expect", "").lower() == "100-continue":
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        return True


def _handler(answer: Answer, refuse: Refuse, door: Admit) -> type[BaseHTTPRequestHandler]:
    class Handler(_Plain):
        def _serve(self) -> None:
            length = self.told.get("content-length", "0")
            if not length.isdigit():
                self._send(Response(400, b'{"message": "Bad Request"}'))
                self.close_connection = True
                return
            try:
                body = self._chunked() if "chunked" in self.told.get("transfer-encoding", "") else b""
                body = body or self.rfile.read(int(length))
                request = Request(self.command, self.path, self.told, body, *self.client_address[:2])
                told = door(request)
                self._send(refuse(request, told) if told else answer(request))
            except Hangup:
                self.close_connection = True

        do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do_PATCH = do_OPTIONS = _serve  # noqa: N815 - stdlib's names

        def _chunked(self) -> bytes:
            parts = []
            while size := int(self.rfile.readline().split(b";")[0].strip() or b"0", 16):
                parts.append(self.rfile.read(size))
                self.rfile.readline()
            while self.rfile.readline().strip():
                pass
            return b"".join(parts)

        def _send(self, response: Response) -> None:
            """Status, headers and body leave in one write: two would wait 40 ms for each other (Nagle)."""
            lines = [f"HTTP/1.1 {response.status} {responses.get(response.status, 'Unknown')}"]
            lines += [f"{name}: {value}" for name, value in response.headers.items()]
            if "content-length" not in {name.lower() for name in response.headers}:
                lines.append(f"Content-Length: {len(response.body)}")
            body = b"" if self.command == "HEAD" else response.body
            self.wfile.write("\r\n".join([*lines, "", ""]).encode("latin-1") + body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - stdlib's name
            """Requests are counted by whoever answers; nothing is printed."""

    return Handler


class Listening:
    """A running server; `close` ends it and waits for its accept loop."""

    def __init__(
        self, answer: Answer, port: int = 0, name: str = "http", refuse: Refuse = forbidden, door: Admit = programs
    ) -> None:
        self._server = _Server((LOOPBACK, port), _handler(answer, refuse, door))
        self.port: int = self._server.server_address[1]
        self.url = f"http://{LOOPBACK}:{self.port}"
        self._ended = False
        self._thread = threading.Thread(target=self._accept, name=name, daemon=True)
        self._thread.start()

    def _accept(self) -> None:
        """Asleep between two connections: a plane has some fifty of these servers."""
        while not self._ended:
            self._server.handle_request()

    def close(self) -> None:
        self._ended = True
        with suppress(OSError), socket.create_connection((LOOPBACK, self.port)):  # wakes it
            self._thread.join()
        self._server.server_close()


@contextmanager
def listening(
    answer: Answer, port: int = 0, name: str = "http", refuse: Refuse = forbidden, door: Admit = programs
) -> Iterator[Listening]:
    """Raises OSError (errno EADDRINUSE) when `port` is taken."""
    server = Listening(answer, port, name, refuse, door)
    try:
        yield server
    finally:
        server.close()
