"""Both emulated systems for tests over HTTP: as on their first day, their people and administrators at hand."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, PrivateFormat
from cryptography.x509.oid import NameOID

from integration.clients.servicenow.auth import JwtBearer
from integration.clients.servicenow.http import Http
from integration.emulators import servicenow
from integration.emulators.security_ir.responders import Responders
from integration.emulators.servicenow.staff import Staff
from tests.contract.near import near
from tests.keys import pem, rsa_key

if TYPE_CHECKING:
    from collections.abc import Iterator

USER = "aws_integration"
PERSON = "beth.anglin"


def key_and_certificate(form: PrivateFormat = PrivateFormat.PKCS8) -> tuple[bytes, str]:
    """A key and its certificate, as the two openssl commands of the documentation make them; the key is everybody's."""
    private = rsa_key("integration")
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "integration")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, private.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=10))
        .sign(private, hashes.SHA256())
    )
    return pem(private, form), certificate.public_bytes(Encoding.PEM).decode()


@contextmanager
def near_instance() -> Iterator[str]:
    """The URL of an instance whose calls stay in the asker's thread, but for those that something bends."""
    app = servicenow.create_app()
    with servicenow.serve(app) as url, near(url, app):
        yield url


class Account:
    """The responders and the service itself, past the client."""

    def __init__(self, url: str) -> None:
        self.url, self.people = url, Responders(f"{url}/_admin", "Security IR", refused=AssertionError)

    def fresh(self) -> None:
        self.admin("POST", "reset", {"config": True})
        self.admin("PATCH", "config", {"scan_delay_s": 0})

    def admin(self, method: str, path: str, body: Any = None) -> Any:
        return self.people.send(method, path, json=body)

    def fault(self, operation: str, kind: str, **rule: Any) -> None:
        self.people.fault(operation=operation, kind=kind, **rule)

    def case(self, case_id: str) -> dict[str, Any]:
        return self.people.case(case_id)

    def file(self, case_id: str, name: str, content: bytes) -> str:
        return self.people.attach(case_id, name, content)


def unplanned(people: Staff) -> None:
    """As if no test had planned a change: an item that is busy already costs its change two calls more."""
    for table in ("sysapproval_approver", "change_request"):
        for row in people.rows(table):
            people.write("admin", "delete", table, row["sys_id"], enforce=False)


class Instance:
    """What an administrator and the people there do, past the client."""

    def __init__(self, url: str) -> None:
        self.url, self.key, self.user_sys_id = url, b"", ""
        self.people = Staff(f"{url}/_admin", "ServiceNow", refused=AssertionError)
        self.first_switches = self.admin("GET", "config") | {"async_delay_s": 0.0}

    def fresh(self, key: bytes, certificate: str, *roles: str) -> None:
        """With the application registered, and these roles granted to its user."""
        self.admin("POST", "reset")
        self.admin("PATCH", "config", self.first_switches)
        application = {"certificate_pem": certificate, "client_id": "client", "client_secret": "secret"}
        self.key, self.user_sys_id = key, self.admin("POST", "oauth", application)["user_sys_id"]
        self.grant(*roles)

    def admin(self, method: str, path: str, body: Any = None) -> Any:
        return self.people.send(method, path, json=body)

    def grant(self, *names: str) -> None:
        self.admin("POST", "roles", {"user_name": USER, "grant": list(names)})

    def revoke(self, *names: str) -> None:
        self.admin("POST", "roles", {"user_name": USER, "revoke": list(names)})

    def config(self, **switches: Any) -> None:
        self.admin("PATCH", "config", switches)

    def fault(self, kind: str, **rule: Any) -> None:
        self.people.fault(kind=kind, **rule)

    def seed(self, table: str, **columns: str) -> str:
        sys_id: str = self.admin("POST", "seed", {table: [columns]})["sys_ids"][table][0]
        return sys_id

    def act(self, operation: str, table: str = "incident", who: str = PERSON, **more: Any) -> Any:
        return self.admin("POST", "act", {"as": who, "operation": operation, "table": table, **more})

    def rows(self, table: str) -> list[dict[str, Any]]:
        return self.people.rows(table)

    def tables(self, *names: str) -> dict[str, list[dict[str, Any]]]:
        return self.people.tables(*names)

    def settled(self) -> None:
        assert self.people.settle(10)

    def http(self, **options: Any) -> Http:
        auth = JwtBearer("client", "secret", self.user_sys_id, self.key)
        return Http(self.url, auth, sleep=lambda _: None, **options)
