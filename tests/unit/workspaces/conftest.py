"""The twins of both sides."""

from __future__ import annotations

import pytest

from tests.fakes.workspaces import System


@pytest.fixture
def system() -> System:
    return System()
