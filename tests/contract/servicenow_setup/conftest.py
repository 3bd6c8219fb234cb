"""An emulated instance over HTTP, the integration user signing in with a key, and a webhook that records."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.serialization import PrivateFormat

from integration.aws_plane.http_server import Request, Response, listening
from integration.clients.servicenow.table import Table
from integration.operations.waiting import until
from servicenow_setup.settings import SetupSettings
from tests.contract.emulated import Instance, key_and_certificate, near_instance

if TYPE_CHECKING:
    from collections.abc import Iterator


class Place(Instance):
    """The instance with a client of its tables that is signed in."""

    def client(self) -> Table:
        return Table(self.http())


class Hook:
    """Answers `status` and keeps (headers in lower case, body) of every POST; `answers` are the bodies of PUTs."""

    def __init__(self) -> None:
        self.status = 202
        self.answers: list[dict[str, Any]] = []
        self.calls: list[tuple[dict[str, str], dict[str, str]]] = []
        self.url = ""

    def events(self, at_least: int = 1) -> list[dict[str, str]]:
        until(lambda: len(self.calls) >= at_least, 10, "so many calls", 0.01)
        return [body for _, body in self.calls]

    def take(self, request: Request) -> Response:
        if request.method == "PUT":
            self.answers.append(json.loads(request.body))
            return Response(200)
        self.calls.append((dict(request.headers), json.loads(request.body)))
        return Response(self.status)


@pytest.fixture(scope="session")
def key() -> tuple[bytes, str]:
    return key_and_certificate(PrivateFormat.TraditionalOpenSSL)


@pytest.fixture(scope="session")
def served() -> Iterator[Place]:
    with near_instance() as url:
        yield Place(url)


@pytest.fixture
def place(served: Place, key: tuple[bytes, str]) -> Iterator[Place]:
    served.fresh(*key)
    yield served
    served.settled()


@pytest.fixture(scope="session")
def heard() -> Iterator[Hook]:
    hook = Hook()
    with listening(hook.take) as server:
        hook.url = f"{server.url}/prod/webhook"
        yield hook


@pytest.fixture
def hook(heard: Hook, place: Place) -> Hook:
    """Nothing of a former test is under way: its place has settled."""
    heard.status, heard.calls, heard.answers = 202, [], []
    return heard


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
