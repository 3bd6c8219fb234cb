"""All calls of the kit, whoever makes them, pass here on their way to the instance: what is made is written down.

What a POST asks for with a sys_id of its own is written down before it is sent, every other record as soon as the
instance has answered and before whoever asked hears of it. `keep` gets each exchange.
"""

from __future__ import annotations

import json
import re
import socket
import threading
from collections.abc import Callable
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import requests

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CREATION = re.compile(r"/api/now(?:/v\d)?/(?:table/([a-z0-9_]+)|attachment/(?:file|upload))/?(?:\?.*)?")
NOT_PASSED = {"connection", "transfer-encoding", "content-encoding", "content-length", "keep-alive", "host"}
TIMEOUT_S = 90
Keep = Callable[[str, str, requests.Response], None]
"""Method, path with query, answer."""


class Ledger:
    """Lines of (table, sys_id) in a file, each on the disk before it is relied upon."""

    def __init__(self, path: Path) -> None:
        self.path, self._lock = path, threading.Lock()
        path.parent.mkdir(parents=True, exist_ok=True)

    def entries(self) -> list[tuple[str, str]]:
        """In the order of creation, each once. A line that was cut by a death is none."""
        lines = self.path.read_text(encoding="utf-8").splitlines() if self.path.exists() else []
        return list(dict.fromkeys((parts[0], parts[1]) for line in lines if len(parts := line.split()) == 2))

    def add(self, table: str, sys_id: str) -> None:
        with self._lock, self.path.open("a", encoding="utf-8") as file:
            file.write(f"{table} {sys_id}\n")

    def keep_only(self, left: list[tuple[str, str]]) -> None:
        beside = self.path.with_suffix(".new")
        beside.write_text("".join(f"{table} {sys_id}\n" for table, sys_id in left), encoding="utf-8")
        beside.replace(self.path)


@contextmanager
def wire(instance: str, ledger: Ledger, keep: Keep | None = None) -> Iterator[str]:
    """The loopback address that leads to `instance`."""
    server = _Server(("127.0.0.1", 0), _Passing)
    server.instance, server.ledger, server.keep = instance, ledger, keep
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    instance: str
    ledger: Ledger
    keep: Keep | None


class _Passing(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def _pass(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        created = CREATION.fullmatch(self.path) if self.command == "POST" else None
        table = (created[1] or "sys_attachment") if created else ""
        if chosen := _chosen(body) if table else "":
            self.server.ledger.add(table, chosen)
        try:
            answer = _sent(self.server.instance, self.command, self.path, dict(self.headers), body)
        except requests.RequestException:
            self._cut()
            return
        if table and answer.ok and (made := _made(answer)) and made != chosen:
            self.server.ledger.add(table, made)
        if self.server.keep:
            self.server.keep(self.command, self.path, answer)
        with suppress(OSError):
            self._answered(answer)

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _pass  # noqa: N815 - the names the class looks for

    def _cut(self) -> None:
        """As the instance did: whoever asked learns no more than we."""
        self.close_connection = True
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def _answered(self, answer: requests.Response) -> None:
        self.send_response_only(answer.status_code)
        for name, value in answer.headers.items():
            if name.lower() not in NOT_PASSED:
                self.send_header(name, value)
        if answer.status_code != 204:
            self.send_header("Content-Length", str(len(answer.content)))
        self.end_headers()
        self.wfile.write(answer.content)

    def log_message(self, *_: object) -> None:
        """Nothing: paths hold queries."""


def _sent(instance: str, method: str, path: str, headers: dict[str, str], body: bytes) -> requests.Response:
    passed = {name: value for name, value in headers.items() if name.lower() not in NOT_PASSED}
    with requests.Session() as http:
        http.trust_env = False
        return http.request(
            method, f"{instance}{path}", headers={"Accept-Encoding": "identity", **passed}, data=body or None,
            timeout=TIMEOUT_S, allow_redirects=False,
        )  # fmt: skip


def _object(content: bytes) -> dict[str, Any]:
    with suppress(ValueError):
        read = json.loads(content)
        return read if isinstance(read, dict) else {}
    return {}


def _chosen(body: bytes) -> str:
    return str(_object(body).get("sys_id") or "")


def _made(answer: requests.Response) -> str:
    result = _object(answer.content).get("result")
    sys_id = result.get("sys_id") if isinstance(result, dict) else ""
    return str(sys_id["value"] if isinstance(sys_id, dict) else sys_id or "")
