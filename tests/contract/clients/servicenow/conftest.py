"""One emulated instance for all tests, as on its first day at the start of each, and the client that signs in to it."""

from __future__ import annotations

import pytest

from integration.clients.servicenow.table import Table
from integration.emulators.servicenow import create_app, serve
from tests.contract.emulated import Instance, key_and_certificate
from tests.real.administrator import Administrator
from tests.real.given import MARK, given, named


@pytest.fixture(scope="session")
def key():
    return key_and_certificate()


@pytest.fixture(scope="session")
def served():
    with serve(create_app()) as url:
        yield Instance(url)


@pytest.fixture
def instance(served, key):
    served.fresh(*key, "itil", "audit_viewer")
    return served


@pytest.fixture
def http(instance):
    return instance.http()


@pytest.fixture(params=["emulator", pytest.param("real", marks=pytest.mark.real)])
def anywhere(request):
    """The client signed in to the emulator, and to the instance the environment names."""
    if request.param == "emulator":
        return request.getfixturevalue("http")
    if not named():
        pytest.skip("no real instance is named (docs/real-instance.md)")
    return given().credentials.http()


@pytest.fixture
def incident_anywhere(anywhere, request):
    """Marked; on a real instance its administrator deletes it, since the integration user may not."""
    made = Table(anywhere).create("incident", {"short_description": "first", "correlation_display": MARK})
    yield made
    if request.node.callspec.params["anywhere"] == "real":
        real = given()
        Administrator(real.url, real.user, real.password).call("DELETE", f"/api/now/table/incident/{made.sys_id}")
