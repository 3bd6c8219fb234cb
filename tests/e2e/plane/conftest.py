"""One plane with the tiny stacks for all tests of this folder."""

import importlib.util
import sys
from pathlib import Path

import pytest

from integration.aws_plane.plane import Plane
from integration.operations.local.templates import synthesised

HERE = Path(__file__).parent


def _load(name):
    """Import-mode importlib knows no siblings."""
    spec = importlib.util.spec_from_file_location(name, HERE / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


tiny_stacks = _load("tiny_stacks")
PARAMETERS = {"TinyApplication": {"instance": "dev12345"}}


@pytest.fixture(scope="session")
def stacks():
    return tiny_stacks


@pytest.fixture(scope="package")
def plane():
    with Plane(source_paths=[HERE], extra_environment={"AWS_MAX_ATTEMPTS": "1"}) as running:
        running.deploy([tiny_stacks.application(), tiny_stacks.STATE], PARAMETERS)
        yield running


@pytest.fixture
def fresh():
    """A plane of its own, for tests that deploy."""
    with Plane(source_paths=[HERE]) as running:
        yield running


@pytest.fixture(scope="package")
def today():
    """The templates as they are synthesised now, by the deployment's name."""

    def synthesise(name=""):
        asked = ("--name", name, "--instance", "dev12345", "--client-id", "client-1", "--user-sys-id", "a1" * 16)
        return synthesised((*asked, "--setup", "none"))

    return synthesise


@pytest.fixture(autouse=True)
def calm(request):
    """No fault outlives its test."""
    yield
    if "plane" in request.fixturenames:
        request.getfixturevalue("plane").faults.clear()
