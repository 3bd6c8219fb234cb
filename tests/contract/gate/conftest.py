from __future__ import annotations

import json

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from integration.changes.gate.addresses import Allowed
from integration.changes.gate.outbound import Outbound
from integration.changes.gate.waiter import Kind, Waiter
from integration.emulators.kit.clock import Clock
from integration.emulators.kit.people import People
from integration.emulators.pipelines import Service, create_app, serve
from tests.keys import pem, rsa_key

APP, HOOK_TOKEN, WEBHOOK_SECRET = "4711", "k" * 43, "w" * 40
REPOSITORY, ENVIRONMENT = "octo/shop", "production"
SECRETS = {
    "token": HOOK_TOKEN,
    "github": {"app_id": APP, "private_key": pem(rsa_key()).decode(), "webhook_secret": WEBHOOK_SECRET},
    "gitlab": {"token": "glpat-emulated"},
}


class Members:
    """The gate's secret without AWS."""

    def __init__(self, members=SECRETS):
        self.members = json.loads(json.dumps(members))

    @property
    def token(self):
        return self.of("token")

    def of(self, *path):
        found = self.members
        for name in path:
            found = found[name]
        return found


@pytest.fixture(scope="session")
def service():
    public = rsa_key().public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    return Service(app_id=APP, app_key=public)


@pytest.fixture(scope="session")
def served(service):
    with serve(create_app(service)) as url:
        yield url


@pytest.fixture
def url(service, served):
    service.clock = Clock()
    service.reset()
    return served


@pytest.fixture
def people(url):
    return People(f"{url}/_admin", "pipelines", refused=AssertionError)


@pytest.fixture
def out(url):
    return Outbound(Allowed((url,)))


@pytest.fixture
def secrets():
    return Members()


def waiter(kind, address, secret="", ends=4e9):
    return Waiter(kind=Kind(kind), address=address, secret=secret, ends=ends)
