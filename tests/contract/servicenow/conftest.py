"""The same questions to the emulator and, where the environment names one, to a real instance.

SERVICENOW_TEST_URL, SERVICENOW_TEST_USER and SERVICENOW_TEST_PASSWORD name an instance (a developer's own) and an
administrator allowed to use basic authentication. Tests make incidents there and delete them.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
import requests

from integration.local.emulators.servicenow import Config, Instance, create_app, serve

if TYPE_CHECKING:
    from collections.abc import Iterator

_REAL = ("SERVICENOW_TEST_URL", "SERVICENOW_TEST_USER", "SERVICENOW_TEST_PASSWORD")


@dataclass
class Api:
    """An instance as an administrator sees it; `made` lists the incidents a test leaves behind."""

    url: str
    http: requests.Session
    made: list[str]

    def __call__(self, method: str, path: str, **options: Any) -> requests.Response:
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
    with serve(create_app(Instance(config=Config(async_delay_s=0.0)))) as url:
        yield url


@pytest.fixture
def clean_emulator(emulator: str) -> str:
    """The emulator's URL, in its seeded state."""
    requests.post(f"{emulator}/_admin/reset", json={"config": True}, timeout=10).raise_for_status()
    requests.patch(f"{emulator}/_admin/config", json={"async_delay_s": 0}, timeout=10).raise_for_status()
    return emulator


def _api(url: str, user: str, password: str) -> Iterator[Api]:
    with requests.Session() as http:
        http.auth = (user, password)
        http.headers["Accept"] = "application/json"
        api = Api(url, http, [])
        yield api
        for sys_id in api.made:
            api("DELETE", f"/api/now/table/incident/{sys_id}")


@pytest.fixture(params=["emulator", pytest.param("real", marks=pytest.mark.real)])
def api(request: pytest.FixtureRequest) -> Iterator[Api]:
    if request.param == "emulator":
        yield from _api(request.getfixturevalue("clean_emulator"), "admin", "admin")
        return
    missing = [name for name in _REAL if not os.environ.get(name)]
    if missing:
        pytest.skip(f"no real instance: {', '.join(missing)} not set")
    url, user, password = (os.environ[name] for name in _REAL)
    yield from _api(url.rstrip("/"), user, password)


@pytest.fixture
def emulated(clean_emulator: str) -> Iterator[Api]:
    """For what only an emulator can be made to do."""
    yield from _api(clean_emulator, "admin", "admin")
