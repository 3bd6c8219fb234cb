"""moto in a process of its own: `python -m integration.aws_plane.moto_process` prints `{"url": …}`, ends on SIGTERM.

It answers only who shows the token that whoever started it put into its environment.

One lock around every call: moto checks a condition and writes in two steps, and two threads between them would both
win a claim. Long polls are therefore made of short ones, outside the lock.
"""

from __future__ import annotations

import io
import json
import logging
import os
import signal
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

from moto.moto_api._internal import mock_random
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from moto.sqs.models import sqs_backends
from werkzeug.exceptions import InternalServerError
from werkzeug.serving import make_server

from integration.aws_plane import depths, moto_changes, moto_models  # noqa: F401 - the last is what it is by import
from integration.aws_plane.door import TOKEN_VARIABLE, Door
from integration.aws_plane.error_shapes import SENT_TO

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_GLANCE_S = 0.05
LENGTH = "Content-Length"
"""So written, and in every answer that has a body: `moto_lines` looks for it."""


class _KeepAlive(MotoRequestHandler):
    """A call is read whole and answered in one write. Werkzeug's own `run_wsgi` ends the connection after each, which
    costs both sides a connection a call, and here a thread.
    """

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def run_wsgi(self) -> None:
        environ = self.make_environ()
        if not environ.get("wsgi.input_terminated"):  # as what comes in chunks does by itself
            environ["wsgi.input"] = io.BytesIO(self.rfile.read(int(environ.get("CONTENT_LENGTH") or 0)))
        status, headers, body = self._answered(environ)
        if self.command != "HEAD":
            headers = [*(each for each in headers if each[0].lower() != "content-length"), (LENGTH, str(len(body)))]
        head = "".join(f"{name}: {value}\r\n" for name, value in headers)
        self.wfile.write(f"HTTP/1.1 {status}\r\n{head}\r\n".encode("latin-1") + body)

    def _answered(self, environ: dict[str, Any]) -> tuple[str, list[tuple[str, str]], bytes]:
        """A failure of moto itself is told as werkzeug tells it."""
        answer: list[Any] = []
        begin: Any = lambda *head: answer.append(head)  # noqa: E731 - moto never calls what WSGI wants answered
        try:
            body = b"".join(self.server.app(environ, begin))
        except Exception:
            logging.getLogger("werkzeug").exception("moto failed at %s %s", self.command, self.path)
            body = b"".join(InternalServerError()(environ, begin))
        status, headers = answer[-1][:2]
        return status, headers, b"" if self.command == "HEAD" else body


class Serialised:
    """The WSGI application of moto, one call at a time. `sent_to` is filled while a call is worked on."""

    def __init__(self, inner: Any, sent_to: set[str]) -> None:
        self._inner, self._sent_to = inner, sent_to
        self._lock = threading.Lock()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ.get("HTTP_X_AMZ_TARGET") == "AmazonSQS.ReceiveMessage":
            return self._receive(environ, start_response)
        if environ["PATH_INFO"] == depths.PATH:
            return self._depths(start_response)

        def telling(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            return start_response(status, [*headers, (SENT_TO, " ".join(sorted(self._sent_to)))], *rest)

        with self._lock:
            self._sent_to.clear()
            return list(self._inner(environ, telling))

    def _depths(self, start_response: Callable[..., Any]) -> Iterable[bytes]:
        with self._lock:
            regions = [region for account in sqs_backends.values() for region in account.values()]
            body = depths.answer(queue for region in regions for queue in region.queues.values())
        start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
        return [body]

    def _receive(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        asked = json.loads(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
        until = time.monotonic() + asked.get("WaitTimeSeconds", 0)
        body = json.dumps(asked | {"WaitTimeSeconds": 0}).encode()
        while True:
            answer: list[Any] = []
            again = environ | {"wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body))}
            with self._lock:
                parts = list(self._inner(again, lambda *head, kept=answer: kept.append(head)))
            if b'"Messages"' in b"".join(parts)[:4096] or time.monotonic() >= until or answer[0][0][:3] != "200":
                start_response(*answer[0])
                return parts
            time.sleep(_GLANCE_S)


def main() -> None:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    mock_random.seed()
    sent_to: set[str] = set()
    moto_changes.make(sent_to)
    application = Serialised(DomainDispatcherApplication(create_backend_app), sent_to)
    door = Door(application, os.environ.pop(TOKEN_VARIABLE))
    server = make_server("127.0.0.1", 0, door, threaded=True, request_handler=_KeepAlive)
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    print(json.dumps({"url": f"http://127.0.0.1:{server.server_port}"}), flush=True)
    server.serve_forever()


def _end_with_parent() -> None:
    """Standard input closes when whoever started us is gone, however it went."""
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    main()
