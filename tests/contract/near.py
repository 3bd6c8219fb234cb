"""Calls of an emulator that stay in this thread: two of three parts of a call's processor time are the line's.

What is called stays whole, from the client to the last byte of `requests`, and from the first ASGI event to the store;
only sockets and a server's loop are left out. A call goes over the real line where a fault or a switch bends it, where
a body or an answer is streamed, and behind a proxy. Clients, emulators and pipelines take the real line for all.
"""

from __future__ import annotations

import http
import io
import logging
import threading
from contextlib import contextmanager
from http.client import HTTPMessage
from urllib.parse import unquote

import pytest
from requests.adapters import HTTPAdapter
from starlette.concurrency import run_in_threadpool
from urllib3 import HTTPResponse
from urllib3._collections import HTTPHeaderDict

from integration.emulators.kit import admin
from integration.emulators.servicenow import app as emulator

STREAMED, WAITS = "/file", "/_admin/changes"
REASONS = {status.value: status.phrase for status in http.HTTPStatus}
_here = threading.local()


class Near:
    """As a pool of connections is used by `requests`; `serves` is an ASGI application with its service as state."""

    def __init__(self, url, serves):
        self.url, self.serves = url, serves
        self.host = url.partition("://")[2]
        self.address = tuple(self.host.split(":"))

    def takes(self, request, proxies):
        """Whether nothing but a plain question and a plain answer goes over the line."""
        path, service = request.url.partition("?")[0], self.serves.state.service
        bent = service.switches.latency_s or service.switches.serves_at_once or service.faults.as_json()
        plain = isinstance(request.body, bytes | str | None) and not path.endswith((STREAMED, WAITS))
        return request.url.startswith(f"{self.url}/") and plain and not bent and not proxies

    def urlopen(self, method, url, body, headers, **_):
        answer = _Answer(method, body.encode() if isinstance(body, str) else body or b"")
        try:
            _driven(self.serves(self._scope(method, url, headers), answer.receive, answer.send))
        except Exception:  # the application has answered 500 and says so to the server, which writes it down
            logging.getLogger("uvicorn.error").exception("Exception in ASGI application")
        return answer.read()

    def _scope(self, method, url, headers):
        path, _, query = url.partition("?")
        sent = {"host": self.host, "accept-encoding": "identity", **{name.lower(): headers[name] for name in headers}}
        return {
            "type": "http", "asgi": {"version": "3.0", "spec_version": "2.3"}, "http_version": "1.1", "scheme": "http",
            "server": (self.address[0], int(self.address[1])), "client": ("127.0.0.1", 1), "root_path": "",
            "method": method, "path": unquote(path), "raw_path": path.encode(), "query_string": query.encode(),
            "headers": [(_raw(name), _raw(value)) for name, value in sent.items()], "state": {},
        }  # fmt: skip


class _Answer:
    """What the application is given to receive and to send by."""

    def __init__(self, method, body):
        self._method, self._body = method, body
        self._start, self._written = {}, bytearray()

    async def receive(self):
        return {"type": "http.request", "body": self._body, "more_body": False}

    async def send(self, event):
        if event["type"] == "http.response.start":
            self._start = event
        elif self._method != "HEAD":
            self._written += event.get("body", b"")

    def read(self):
        """As urllib3 has it, with the message whose cookies `requests` reads."""
        headers, message = HTTPHeaderDict(), HTTPMessage()
        for name, value in self._start["headers"]:
            headers.add(name.decode("latin-1"), value.decode("latin-1"))
            message.add_header(name.decode("latin-1"), value.decode("latin-1"))
        status = self._start["status"]
        return HTTPResponse(
            io.BytesIO(self._written), headers, status, reason=REASONS.get(status, ""), preload_content=False,
            decode_content=False, original_response=_Original(message), request_method=self._method,
        )  # fmt: skip


class _Original:
    def __init__(self, message):
        self.msg = message

    def isclosed(self):
        return True

    def close(self):
        """Nothing is open."""


def _raw(text):
    return text if isinstance(text, bytes) else text.encode("latin-1")


def _driven(coroutine):
    """To its end: it may give way to others, of whom there are none, and wait for nothing."""
    before, _here.is_driven = getattr(_here, "is_driven", False), True
    try:
        while True:
            waits_for = coroutine.send(None)
            assert waits_for is None, f"{waits_for} needs a loop: such a call goes over the line"
    except StopIteration:
        pass
    finally:
        _here.is_driven = before


async def _in_this_thread(work, *given):
    if getattr(_here, "is_driven", False):
        return work(*given)
    return await run_in_threadpool(work, *given)


@contextmanager
def near(url, serves):
    """While this lasts, what is asked of `url` by way of `requests` is answered by `serves` in the asker's thread."""
    far, here = HTTPAdapter.get_connection_with_tls_context, Near(url, serves)

    def line(adapter, request, verify, proxies=None, cert=None):
        return here if here.takes(request, proxies) else far(adapter, request, verify, proxies=proxies, cert=cert)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(HTTPAdapter, "get_connection_with_tls_context", line)
        patch.setattr(admin, "run_in_threadpool", _in_this_thread)
        patch.setattr(emulator, "run_in_threadpool", _in_this_thread)
        yield
