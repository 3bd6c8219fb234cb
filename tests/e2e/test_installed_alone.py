"""The wheel of `make dist`, alone in an empty environment, as who has no clone gets it; packages from uv's cache, which
the set-up of a clone has filled.
"""

import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("integration", "lambdas", "mappers", "servicenow_setup")
UV = ROOT / ".venv/bin/uv"


def uv(*words):
    """Skips where something was never fetched: nothing but the set-up of a clone may need a network."""
    done = subprocess.run([UV, *words, "--offline", "--quiet"], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode and "the network was disabled" in done.stderr:
        pytest.skip(f"not in uv's cache: {done.stderr.strip()[:200]}")
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    known = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    source = folder / "source"
    for name in known:  # setuptools leaves a folder `build` beside what it builds, and packs what lies in it
        if (ROOT / name).is_file():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, source / name)
    uv("build", "--wheel", "--no-build-isolation", "--python", sys.executable, "--out-dir", str(folder), str(source))
    [made] = folder.glob("*.whl")
    return made, {name for name in known if name.startswith(PACKAGES) and (ROOT / name).is_file()}


def test_everything_git_knows_of_the_packages_is_in_the_wheel(wheel):
    """Scripts, schemas, locks and pages are read from the packages at run time, what locks are made of is not."""
    made, known = wheel
    assert {name for name in known - set(zipfile.ZipFile(made).namelist()) if not name.endswith(".in")} == set()


@pytest.fixture
def installed(wheel, tmp_path):
    """The command in an empty environment, with what this lock names; but for uv, which pip brought."""

    def made(lock):
        (tmp_path / lock).write_text(re.sub(r"(?ms)^uv==.*?\n(?=\S)", "", (ROOT / lock).read_text()))
        uv("venv", str(tmp_path / "env"))
        uv("pip", "sync", "--require-hashes", "--python", str(tmp_path / "env"), str(tmp_path / lock))
        uv("pip", "install", "--no-deps", "--python", str(tmp_path / "env"), str(wheel[0]))
        uv("pip", "check", "--python", str(tmp_path / "env"))
        return tmp_path / "env/bin/deploy-integrations-solution"

    return made


def said(command, *words):
    return subprocess.run([command, *words], cwd=command.parents[2], capture_output=True, text=True, check=False)


def test_installed_from_the_wheel_alone_the_command_shows_its_help(installed):
    """What its metadata ask for is there with the packages of the bundle's lock."""
    command = installed("requirements.lock")
    for words in (["--help"], ["service-now", "--help"], ["local", "--help"]):
        done = said(command, *words)
        assert (done.returncode, done.stderr) == (0, ""), words
        assert done.stdout.startswith("Usage: deploy-integrations-solution")


def test_installed_from_the_wheel_alone_it_plays_the_tour(installed):
    """Templates, rules, mappings and pages come from the packages: there is no clone around."""
    done = said(installed("requirements-dev.lock"), "local", "--tour")
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    assert "duplicates 0 · dead letters 0" in done.stderr
