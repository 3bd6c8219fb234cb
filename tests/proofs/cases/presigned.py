"""The file store behind presigned addresses, lying over real sockets: what it sends is bytes, whole or not.

A pair with one file is brought in step while the store lies once; afterwards it is honest. In the end the file stands
on the other side once and as it was; what can be seen to be wrong never does; the address is in no error's text.
"""

from __future__ import annotations

import contextlib
import socket
import socketserver
import struct
import threading
import traceback
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import requests
from hypothesis import strategies as st

from integration.cases.aws_side import SecurityIrCases
from integration.cases.link import CASE, INCIDENT
from integration.clients.security_ir.client import SecurityIr
from integration.reconcile.errors import EXPECTED
from tests.fakes.cases import OWN_ROLE
from tests.fakes.running import Running

if TYPE_CHECKING:
    from collections.abc import Callable

SIGNATURE = "X-Amz-Signature=do-not-tell"
CONTENT = b"what the person attached"
PAGE = b"<html><body>Sign in to the network</body></html>"
AWS = "x-amz-request-id: 4442587FB7D0A2F9\r\n"
RESET = struct.pack("ii", 1, 0)
PASSES_AT_MOST = 60


@dataclass(frozen=True)
class Lie:
    """One answer. `length`: how many bytes more than it holds it announces, None for no word; `sent`: the share of its
    bytes that leave; `effect`: whether an upload is kept all the same.
    """

    status: int
    body: bytes
    length: int | str | None
    page: bool
    aws: bool
    sent: float
    resets: bool
    effect: bool

    @property
    def announced(self) -> int | None:
        wanted = len(self.body) + self.length if isinstance(self.length, int) else -1
        return wanted if wanted >= 0 else None

    @property
    def head(self) -> bytes:
        said = self.length if isinstance(self.length, str) else self.announced
        head = f"HTTP/1.1 {self.status} Whatever\r\nConnection: close\r\nLocation: http://127.0.0.1:1/\r\n"
        head += f"Content-Type: {'text/html' if self.page else 'application/octet-stream'}\r\n"
        head += (AWS if self.aws else "") + ("" if said is None else f"Content-Length: {said}\r\n")
        return head.encode() + b"\r\n"

    def answer(self) -> bytes:
        whole = self.head + self.body
        return whole[: int(len(whole) * self.sent)]

    @property
    def whole(self) -> bytes | None:
        """What a reader must take this for; None: it is no answer, or not a whole one. More than was announced goes
        unseen.
        """
        body = self.answer()[len(self.head) :]
        if self.status != 200 or not self.announced or (self.page and not self.aws):
            return None
        return body[: self.announced] if self.announced <= len(body) else None


lies = st.builds(
    Lie,
    status=st.sampled_from([200] * 12 + [201, 204, 206, 301, 302, 307, 400, 403, 404, 411, 412, 429, 500, 503]),
    body=st.sampled_from([CONTENT, PAGE, b"", b"<Error><Code>AccessDenied</Code></Error>"]) | st.binary(max_size=60),
    length=st.sampled_from([0, 0, 0, 1, 900, -1, -5, None, "some", "3, 4", "1e3"]),
    page=st.booleans(),
    aws=st.booleans(),
    sent=st.sampled_from([1.0] * 6 + [0.0, 0.1, 0.5, 0.9, 0.99]),
    resets=st.booleans(),
    effect=st.booleans(),
)
HONEST = Lie(200, CONTENT, 0, page=False, aws=True, sent=1.0, resets=False, effect=True)


class Store(socketserver.ThreadingTCPServer):
    """Answers what `lies` holds, one each, then honestly; `kept` are the bodies of uploads that had an effect."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Exchange)
        self.lies: list[Lie] = []
        self.kept: Callable[[bytes], None] = lambda _: None
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/bucket/file?{SIGNATURE}"


class Exchange(socketserver.StreamRequestHandler):
    server: Store

    def handle(self) -> None:
        method = self.rfile.readline().partition(b" ")[0]
        length = 0
        while (line := self.rfile.readline()) not in {b"\r\n", b""}:
            name, _, value = line.partition(b":")
            length = int(value) if name.lower() == b"content-length" else length
        body = self.rfile.read(length)
        lie = self.server.lies.pop() if self.server.lies else HONEST
        if method == b"PUT" and len(body) == length and lie.effect:
            self.server.kept(body)
        with contextlib.suppress(OSError):
            self.wfile.write(lie.answer())
            if lie.resets and lie.sent < 1:
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)


class Addresses:
    """Stands in for the boto3 client: every call is an address of the store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def get_case_attachment_upload_url(self, **_: Any) -> dict[str, Any]:
        return {"attachmentPresignedUrl": self._store.address, "ResponseMetadata": {}}

    get_case_attachment_download_url = get_case_attachment_upload_url


@cache
def _store() -> Store:
    """One per process."""
    return Store()


def _linked() -> tuple[Running, str, str]:
    running = Running()
    case_id = running.cases.make("Root key used")
    running.case(case_id)
    running.world.now += 60
    real = SecurityIrCases(SecurityIr(Addresses(_store()), requests.Session()), frozenset())
    running.cases.upload = real.upload  # type: ignore[method-assign]
    running.cases.download = real.download  # type: ignore[method-assign]
    return running, *running.linked()


def _brought_in_step(running: Running, side: str, key: str) -> None:
    """Message, sweep and, since what was refused is tried again when it is due, another day."""
    for later in (0, 100, 100, 86_400, 100, 100):
        running.world.now += later
        _delivered(running, side, key)


def _delivered(running: Running, side: str, key: str) -> None:
    for _ in range(PASSES_AT_MOST):
        try:
            running.run(running.wake(side, key, sweep=True))
        except EXPECTED as error:
            told = "".join(traceback.format_exception(error))
            running.world.now += 60
            if SIGNATURE in told:
                raise AssertionError("the address stands in an error") from error
        else:
            return
    raise AssertionError("it never comes to rest")


def download(lie: Lie) -> None:
    """Case to incident."""
    running, case_id, sys_id = _linked()
    running.cases.add_file(case_id, "a.txt", CONTENT)
    _store().lies = [lie]
    _brought_in_step(running, CASE, case_id)
    contents = [file["content"] for file in running.incidents.records[sys_id]["files"]]
    expected = {CONTENT} if lie.whole is None else {lie.whole}
    assert contents, "the file never arrived"
    assert len(contents) == 1, f"{len(contents)} copies"
    assert contents[0] in expected, f"{contents[0]!r} was taken for the file"


def upload(lie: Lie) -> None:
    """Incident to case; the store keeps a name once, as `If-None-Match: *` asks."""
    running, case_id, sys_id = _linked()
    running.incidents.add_file(sys_id, "a.txt", CONTENT)
    asked: list[str] = []
    real = running.cases.upload

    def named(case_id: str, file_name: str, *given: Any) -> None:
        asked.append(file_name)
        real(case_id, file_name, *given)

    def kept(body: bytes) -> None:
        if not any(file["name"] == asked[-1] for file in running.cases.records[case_id]["files"]):
            running.cases.add_file(case_id, asked[-1], body, OWN_ROLE)

    running.cases.upload, _store().kept, _store().lies = named, kept, [lie]  # type: ignore[method-assign]
    _brought_in_step(running, INCIDENT, sys_id)
    contents = [file["content"] for file in running.cases.records[case_id]["files"]]
    assert contents == [CONTENT], f"{contents} stand on the case"
