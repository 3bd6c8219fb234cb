"""The port of changes twice: over its twin, and over the adapter."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.contract.changes.places import NUMBER, HttpPlace, TwinPlace
from tests.contract.emulated import Instance, key_and_certificate, near_instance

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def instance() -> Iterator[Instance]:
    with near_instance() as url:
        served = Instance(url)
        served.fresh(*key_and_certificate(), "itil")
        yield served


@pytest.fixture(params=["twin", "http"])
def place(request: pytest.FixtureRequest) -> TwinPlace | HttpPlace:
    return TwinPlace() if request.param == "twin" else HttpPlace(request.getfixturevalue("instance"))


@pytest.fixture
def over_http(instance: Instance) -> Iterator[HttpPlace]:
    yield HttpPlace(instance)
    instance.admin("DELETE", "faults")
    instance.config()


@pytest.fixture
def key() -> str:
    return f"chg:{next(NUMBER):032x}"
