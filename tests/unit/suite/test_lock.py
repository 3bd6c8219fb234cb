"""The environment is what the lock says, whatever was released since."""

from __future__ import annotations

import re
import subprocess
import sys
import sysconfig
import zipfile
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.environments import AWS_CLI, CDK_NAG, CHECKOV, COVERAGE, PIP_AUDIT

REPOSITORY = Path(__file__).resolve().parents[3]
SEEDS = {"pip"}
"""What `python -m venv` brings, and nothing else."""
AGAIN = "run: make install"


def lines(name):
    """What the lock wants, on whatever machine; each line has hashes."""
    text = (REPOSITORY / name).read_text()
    found = re.findall(r"^([a-z0-9][^\\\n]+?) \\\n    --hash=sha256:[0-9a-f]{64}", text, re.MULTILINE)
    assert len(found) == len(re.findall(r"^[a-z0-9]", text, re.MULTILINE)) > 10
    return found


def locked(name):
    """Package → version of what the lock wants on this machine."""
    wanted = [Requirement(line) for line in lines(name)]
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


LOCAL = {"moto", "uvicorn", "quickjs-ng", "pytest"}
SETS = {"requirements": LOCAL, "requirements-change": LOCAL | {"boto3", "botocore", "aws-cdk-lib", "jsii"}}
"""Of packages, and what is in none of theirs."""


@pytest.mark.parametrize("name", SETS)
def test_who_deploys_or_waits_gets_what_was_tested_and_no_more(name):
    """The lock of a set holds its pins and their needs, by hash, as the tests have them."""
    environment, installed = locked("requirements-dev.lock"), locked(f"{name}.lock")
    pinned = re.findall(r"^([a-z0-9-]+)==", (REPOSITORY / f"{name}.txt").read_text(), re.MULTILINE)
    assert set(pinned) <= installed.keys()
    assert {each: environment.get(each) for each in installed} == installed
    assert not installed.keys() & SETS[name]


@pytest.mark.parametrize("name", SETS)
def test_who_deploys_from_another_machine_gets_what_has_a_wheel_there(name):
    """`test_wheels.py` reads the lock of the development alone, which holds each line of this one, markers and all."""
    assert set(lines(f"{name}.lock")) <= set(lines("requirements-dev.lock"))


def test_who_waits_has_the_versions_of_who_deploys():
    pins = (set((REPOSITORY / f"{name}.txt").read_text().splitlines()[1:]) for name in SETS)
    deploying, waiting = pins
    assert waiting <= deploying


def test_every_pin_is_in_the_lock():
    """What the requirements say is what was locked."""
    files = ("requirements.txt", "requirements-change.txt", "requirements-local.txt", "requirements-dev.txt")
    pins = re.findall(
        r"^([a-z0-9-]+)(?:\[.*\])?==([^\s;]+)", "\n".join((REPOSITORY / f).read_text() for f in files), re.MULTILINE
    )
    everywhere = (REPOSITORY / "requirements-dev.lock").read_text()
    assert [pin for pin in pins if f"\n{'=='.join(pin)}" not in f"\n{everywhere}"] == []


def test_no_tool_with_an_environment_of_its_own_is_in_the_lock():
    """A checker pins what our own tools pin otherwise, and would decide what they are."""
    alone = {each.partition("==")[0] for each in (AWS_CLI, CDK_NAG, CHECKOV, COVERAGE, PIP_AUDIT)}
    assert not locked("requirements-dev.lock").keys() & alone


@pytest.fixture
def tomorrow(tmp_path):
    """An index with a newer release of everything the environment holds."""
    for name in locked("requirements-dev.lock"):
        stem = f"{name.replace('-', '_')}-9999.0"
        with zipfile.ZipFile(tmp_path / f"{stem}-py3-none-any.whl", "w") as wheel:
            wheel.writestr(f"{stem}.dist-info/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 9999.0\n")
            wheel.writestr(f"{stem}.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
            wheel.writestr(f"{stem}.dist-info/RECORD", "")
    return tmp_path


def uv(*words, index):
    command = [Path(sys.executable).with_name("uv"), "pip", *words]
    where = ["--dry-run", "--no-index", "--find-links", index, "--python", sys.executable]
    return subprocess.run([*command, *where], cwd=REPOSITORY, capture_output=True, text=True, check=True).stderr


def test_newer_releases_change_nothing(tomorrow):
    """`make install`, where everything was released anew since, leaves the environment as it is."""
    names = sorted(locked("requirements-dev.lock"))
    newer = uv("install", "--upgrade", *names, index=tomorrow)
    assert len(re.findall(r"^ \+ .*==9999\.0", newer, re.MULTILINE)) == len(names)  # uv would take them
    assert "Would make no changes" in uv("sync", "--require-hashes", "requirements-dev.lock", index=tomorrow)
