"""One emulated instance for all tests, as on its first day at the start of each, and the client that signs in to it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

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
from tests.real.administrator import Administrator
from tests.real.given import MARK, NotGiven, given

USER = "aws_integration"
PERSON = "beth.anglin"


def key_and_certificate():
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "integration")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, private.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=10))
        .sign(private, hashes.SHA256())
    )
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return pem, certificate.public_bytes(Encoding.PEM).decode()


class Instance:
    """What an administrator and the people there do, past the client."""

    def __init__(self, url):
        self.url, self.key, self.user_sys_id = url, b"", ""
        self._switches = self.admin("GET", "config") | {"async_delay_s": 0.0}

    def fresh(self, key, certificate):
        self.admin("POST", "reset")
        self.admin("PATCH", "config", self._switches)
        self.admin("DELETE", "faults")
        application = {"certificate_pem": certificate, "client_id": "client", "client_secret": "secret"}
        self.key, self.user_sys_id = key, self.admin("POST", "oauth", application)["user_sys_id"]
        self.admin("POST", "roles", {"user_name": USER, "grant": ["itil", "audit_viewer"]})

    def admin(self, method, path, body=None):
        answer = requests.request(method, f"{self.url}/_admin/{path}", json=body, timeout=30)
        assert answer.ok, answer.text
        return answer.json()

    def config(self, **switches):
        self.admin("PATCH", "config", switches)

    def fault(self, kind, **rule):
        self.admin("POST", "faults", {"kind": kind, **rule})

    def seed(self, table, **columns):
        return self.admin("POST", "seed", {table: [columns]})["sys_ids"][table][0]

    def act(self, operation, **more):
        return self.admin("POST", "act", {"as": PERSON, "operation": operation, "table": "incident", **more})

    def rows(self, table):
        return self.admin("GET", f"state?table={table}")["tables"].get(table, [])

    def http(self, **options):
        auth = JwtBearer("client", "secret", self.user_sys_id, self.key)
        return Http(self.url, auth, sleep=lambda _: None, **options)


@pytest.fixture(scope="session")
def key():
    return key_and_certificate()


@pytest.fixture(scope="session")
def served():
    with serve(create_app()) as url:
        yield Instance(url)


@pytest.fixture
def instance(served, key):
    served.fresh(*key)
    return served


@pytest.fixture
def http(instance):
    return instance.http()


@pytest.fixture(params=["emulator", pytest.param("real", marks=pytest.mark.real)])
def anywhere(request):
    """The client signed in to the emulator, and to the instance the environment names."""
    if request.param == "emulator":
        return request.getfixturevalue("http")
    try:
        return given().credentials.http()
    except NotGiven:
        return pytest.skip("no real instance is named (docs/real-instance.md)")


@pytest.fixture
def incident_anywhere(anywhere, request):
    """Marked; on a real instance its administrator deletes it, since the integration user may not."""
    made = Table(anywhere).create("incident", {"short_description": "first", "correlation_display": MARK})
    yield made
    if request.node.callspec.params["anywhere"] == "real":
        real = given()
        Administrator(real.url, real.user, real.password).call("DELETE", f"/api/now/table/incident/{made.sys_id}")
