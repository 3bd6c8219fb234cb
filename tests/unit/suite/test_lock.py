"""The environment is what the lock says, whatever was released since."""

from __future__ import annotations

import re
import sysconfig
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

REPOSITORY = Path(__file__).resolve().parents[3]
SEEDS = {"pip", "setuptools"}
"""What `python -m venv` brings."""
AGAIN = "run: make install"


def locked(name):
    """Package → version of what the lock wants on this machine; each line has hashes."""
    text = (REPOSITORY / name).read_text()
    lines = re.findall(r"^([a-z0-9][^\\\n]+?) \\\n    --hash=sha256:[0-9a-f]{64}", text, re.MULTILINE)
    assert len(lines) == len(re.findall(r"^[a-z0-9]", text, re.MULTILINE)) > 10
    wanted = [Requirement(line) for line in lines]
    here = [each for each in wanted if each.marker is None or each.marker.evaluate()]
    return {canonicalize_name(each.name): str(each.specifier).removeprefix("==") for each in here}


def test_what_is_installed_is_what_is_locked():
    """Transitive packages too: a newer release of one changes nothing until `make lock` says so."""
    installed = metadata.distributions(path=[sysconfig.get_path("purelib")])
    there = {canonicalize_name(each.metadata["Name"]): each.version for each in installed}
    assert {name: version for name, version in there.items() if name not in SEEDS} == locked("requirements-dev.lock"), (
        AGAIN
    )


def test_functions_and_environment_hold_the_same():
    """A test of the bundle against boto3 compares one release with itself."""
    environment, bundle = locked("requirements-dev.lock"), locked("lambdas/requirements.lock")
    shared = environment.keys() & bundle.keys()
    assert {"botocore", "boto3", "cryptography"} <= shared
    assert {name: environment[name] for name in shared} == {name: bundle[name] for name in shared}


def test_who_deploys_gets_what_was_tested_and_nothing_of_the_local_system():
    """`requirements.lock` holds requirements.txt and its needs, by hash, as the tests have them."""
    environment, deploying = locked("requirements-dev.lock"), locked("requirements.lock")
    pinned = re.findall(r"^([a-z0-9-]+)==", (REPOSITORY / "requirements.txt").read_text(), re.MULTILINE)
    assert set(pinned) <= deploying.keys()
    assert {name: environment.get(name) for name in deploying} == deploying
    assert not deploying.keys() & {"moto", "uvicorn", "quickjs-ng", "pytest"}


def test_every_pin_is_in_the_lock():
    """What the requirements say is what was locked."""
    files = ("requirements.txt", "requirements-local.txt", "requirements-dev.txt")
    pins = re.findall(
        r"^([a-z0-9-]+)(?:\[.*\])?==([^\s;]+)", "\n".join((REPOSITORY / f).read_text() for f in files), re.MULTILINE
    )
    everywhere = (REPOSITORY / "requirements-dev.lock").read_text()
    assert [pin for pin in pins if f"\n{'=='.join(pin)}" not in f"\n{everywhere}"] == []
