"""What the tests of the pass share: a deployment on fakes, and a first linked pair."""

from __future__ import annotations

import pytest

from tests.fakes.running import Running


@pytest.fixture(params=["itsm", "ir"])
def running(request: pytest.FixtureRequest) -> Running:
    return Running(request.param)


@pytest.fixture
def pair(running: Running) -> tuple[str, str]:
    """A case and its incident, in step."""
    running.case(running.cases.make("Root key used"))
    return running.linked()
