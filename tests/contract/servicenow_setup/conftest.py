"""An emulated instance over HTTP, the integration user signing in with a key, and a webhook that records."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.serialization import PrivateFormat

from integration.clients.servicenow.table import Table
from integration.emulators.servicenow import create_app, serve
from integration.operations.waiting import until
from servicenow_setup.settings import SetupSettings
from tests.contract.emulated import Instance, key_and_certificate

if TYPE_CHECKING:
    from collections.abc import Iterator


class Place(Instance):
    """The instance with a client of its tables that is signed in."""

    def client(self) -> Table:
        return Table(self.http())


class Hook:
    """Answers `status` and keeps (headers, body) of every POST; `answers` are the bodies of PUTs."""

    def __init__(self) -> None:
        self.status = 202
        self.answers: list[dict[str, Any]] = []
        self.calls: list[tuple[dict[str, str], dict[str, str]]] = []
        self.url = ""

    def events(self, at_least: int = 1) -> list[dict[str, str]]:
        until(lambda: len(self.calls) >= at_least, 10, "so many calls", 0.01)
        return [body for _, body in self.calls]

    @contextmanager
    def listening(self) -> Iterator[Hook]:
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                hook.calls.append((dict(self.headers), json.loads(body)))
                self.send_response(hook.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def do_PUT(self) -> None:
                hook.answers.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *args: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        self.url = f"http://127.0.0.1:{server.server_port}/prod/webhook"
        try:
            yield self
        finally:
            server.shutdown()
            server.server_close()
            thread.join()


@pytest.fixture(scope="session")
def key() -> tuple[bytes, str]:
    return key_and_certificate(PrivateFormat.TraditionalOpenSSL)


@pytest.fixture(scope="session")
def served() -> Iterator[Place]:
    with serve(create_app()) as url:
        yield Place(url)


@pytest.fixture
def place(served: Place, key: tuple[bytes, str]) -> Iterator[Place]:
    served.fresh(*key)
    yield served
    served.settled()


@pytest.fixture(scope="session")
def listening() -> Iterator[Hook]:
    with Hook().listening() as hook:
        yield hook


@pytest.fixture
def hook(listening: Hook, place: Place) -> Hook:
    """Nothing of a former test is under way: its place has settled."""
    listening.status, listening.calls, listening.answers = 202, [], []
    return listening


@pytest.fixture(params=["incident", "sn_si_incident"])
def settings(request: pytest.FixtureRequest, place: Place, hook: Hook) -> SetupSettings:
    return SetupSettings(
        prefix="a1b2c3d4e5",
        owner="123456789012/eu-west-1/default",
        table=request.param,
        webhook_url=hook.url,
        user_sys_id=place.user_sys_id,
    )


@pytest.fixture
def person(settings: SetupSettings) -> str:
    return "beth.anglin" if settings.table == "incident" else "sam.sorokin"
