"""The same questions to the emulator and, where the environment names one, to a real instance.

What the environment names stands in `tests.real.given`; `make contract-real` runs these, and takes away what they make.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
import requests

from integration.emulators.servicenow import Service, Switches, create_app, serve
from tests.real.administrator import Patient
from tests.real.given import MARK, given, named

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass
class Api:
    """An instance as an administrator sees it; `made` lists the incidents a test leaves behind, each marked."""

    url: str
    http: requests.Session
    made: list[str]

    def __call__(self, method: str, path: str, **options: Any) -> requests.Response:
        if method == "POST" and path == "/api/now/table/incident":
            options["json"] = {"correlation_display": MARK, **options["json"]}
        return self.http.request(method, f"{self.url}{path}", timeout=70, **options)

    def result(self, method: str, path: str, **options: Any) -> Any:
        response = self(method, path, **options)
        assert response.ok, response.text
        return response.json()["result"]

    def incident(self, **values: str) -> dict[str, Any]:
        made: dict[str, Any] = self.result("POST", "/api/now/table/incident", json=values)
        self.made.append(made["sys_id"])
        return made


@pytest.fixture(scope="session")
def emulator() -> Iterator[str]:
    with serve(create_app(Service(switches=Switches(async_delay_s=0.0)))) as url:
        yield url


@pytest.fixture
def clean_emulator(emulator: str) -> str:
    """The emulator's URL, in its seeded state."""
    requests.post(f"{emulator}/_admin/reset", json={"config": True}, timeout=10).raise_for_status()
    requests.patch(f"{emulator}/_admin/config", json={"async_delay_s": 0}, timeout=10).raise_for_status()
    return emulator


def _api(url: str, user: str, password: str, http: requests.Session) -> Iterator[Api]:
    with http:
        http.auth = (user, password)
        http.headers["Accept"] = "application/json"
        api = Api(url, http, [])
        yield api
        for sys_id in api.made:
            api("DELETE", f"/api/now/table/incident/{sys_id}")


@pytest.fixture(params=["emulator", pytest.param("real", marks=pytest.mark.real)])
def api(request: pytest.FixtureRequest) -> Iterator[Api]:
    if request.param == "emulator":
        yield from _api(request.getfixturevalue("clean_emulator"), "admin", "admin", requests.Session())
        return
    if not named():
        pytest.skip("no real instance is named (docs/real-instance.md)")
    real = given()
    yield from _api(real.url, real.user, real.password, Patient())


@pytest.fixture
def emulated(clean_emulator: str) -> Iterator[Api]:
    """For what only an emulator can be made to do."""
    yield from _api(clean_emulator, "admin", "admin", requests.Session())
