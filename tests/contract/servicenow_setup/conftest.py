"""An emulated instance over HTTP, the integration user signing in with a key, and a webhook that records."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from integration.clients.servicenow.auth import JwtBearer
from integration.clients.servicenow.http import Http
from integration.clients.servicenow.table import Table
from integration.emulators.servicenow import create_app, serve
from integration.operations.waiting import until
from servicenow_setup.settings import SetupSettings

if TYPE_CHECKING:
    from collections.abc import Iterator

USER = "aws_integration"


class Place:
    """The instance as an administrator and as people use it."""

    def __init__(self, url: str, key_pem: bytes) -> None:
        self.url, self.key, self.user_sys_id = url, key_pem, ""
        self._switches = self.admin("GET", "config") | {"async_delay_s": 0.0}

    def fresh(self, certificate: str) -> None:
        """As on its first day, with the application registered."""
        self.admin("POST", "reset")
        self.admin("PATCH", "config", self._switches)
        application = {"certificate_pem": certificate, "client_id": "client", "client_secret": "secret"}
        self.user_sys_id = self.admin("POST", "oauth", application)["user_sys_id"]

    def admin(self, method: str, path: str, body: Any = None) -> Any:
        answer = requests.request(method, f"{self.url}/_admin/{path}", json=body, timeout=30)
        assert answer.ok, answer.text
        return answer.json()

    def grant(self, *names: str) -> None:
        self.admin("POST", "roles", {"user_name": USER, "grant": list(names)})

    def revoke(self, *names: str) -> None:
        self.admin("POST", "roles", {"user_name": USER, "revoke": list(names)})

    def client(self) -> Table:
        auth = JwtBearer("client", "secret", self.user_sys_id, self.key)
        return Table(Http(self.url, auth, sleep=lambda seconds: None))

    def rows(self, *tables: str) -> dict[str, list[dict[str, str]]]:
        query = "&".join(f"table={table}" for table in tables)
        found: dict[str, list[dict[str, str]]] = self.admin("GET", f"state?{query}")["tables"]
        return found

    def act(self, operation: str, table: str = "incident", who: str = "beth.anglin", **more: Any) -> Any:
        return self.admin("POST", "act", {"as": who, "operation": operation, "table": table, **more})

    def settled(self) -> None:
        assert self.admin("POST", "settle", {"timeout_s": 10})["settled"]


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
    """A key and its certificate, as the two openssl commands of the documentation make them."""
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "integration")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, private.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=10))
        .sign(private, hashes.SHA256())
    )
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    return pem, certificate.public_bytes(Encoding.PEM).decode()


@pytest.fixture(scope="session")
def served(key: tuple[bytes, str]) -> Iterator[Place]:
    with serve(create_app()) as url:
        yield Place(url, key[0])


@pytest.fixture
def place(served: Place, key: tuple[bytes, str]) -> Iterator[Place]:
    served.fresh(key[1])
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
