"""The package: two archives of one commit that hold the same, and what is unpacked from them works by itself."""

from __future__ import annotations

import shutil
import stat
import subprocess
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
ROOM = "integration/operations/workspaces/scripts"
NAME = "servicenow-aws-integration-v1.0"
SCRIPTS = {"deploy.sh", "test-complete-flow.sh", "cleanup-resources.sh", "create-deployment-package.sh"}
GENERATED = {"spa-creator-stack.yaml", "spa-creator-policy.json"}
AT_ITS_ROOT = {**dict.fromkeys(SCRIPTS, ROOM), **dict.fromkeys(GENERATED, "docs/workspaces")}
"""Name → its folder in a clone."""
WHO = ("-c", "user.name=Test", "-c", "user.email=test@example.com")


def done(*command, cwd, **more):
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, **more)


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    """With the code as it stands here."""
    folder = tmp_path_factory.mktemp("package") / "clone"
    assert done("git", "clone", "--quiet", ROOT, folder, cwd=ROOT).returncode == 0
    code = shutil.ignore_patterns("__pycache__")
    for room in ("integration", "docs"):
        shutil.copytree(ROOT / room, folder / room, dirs_exist_ok=True, ignore=code)
    done("git", "add", "--all", cwd=folder)
    assert done("git", *WHO, "commit", "--quiet", "--allow-empty", "--message", "Now", cwd=folder).returncode == 0
    return folder


@pytest.fixture(scope="module")
def made(clone):
    told = done(clone / ROOM / "create-deployment-package.sh", cwd=clone.parent)
    assert (told.returncode, told.stderr) == (0, "")
    assert told.stdout.split() == [str(clone / "dist" / f"{NAME}.{form}") for form in ("tar.gz", "zip")]
    return clone / "dist"


@pytest.fixture(scope="module")
def unpacked(made, tmp_path_factory):
    """In an empty folder, with the packages that are installed here."""
    folder = tmp_path_factory.mktemp("elsewhere")
    assert done("tar", "-xzf", made / f"{NAME}.tar.gz", cwd=folder).returncode == 0
    (folder / NAME / ".venv").symlink_to(ROOT / ".venv")
    return folder / NAME


def in_tar(path):
    """Name → type and right to run it, content or what a link leads to."""
    with tarfile.open(path) as archive:
        return {
            each.name: (each.issym(), bool(each.mode & stat.S_IXUSR), _content(archive, each))
            for each in archive
            if not each.isdir()
        }


def _content(archive, member):
    return member.linkname.encode() if member.issym() else archive.extractfile(member).read()


def in_zip(path):
    with zipfile.ZipFile(path) as archive:
        modes = {each: each.external_attr >> 16 for each in archive.infolist() if not each.is_dir()}
        return {
            each.filename: (stat.S_ISLNK(mode), bool(mode & stat.S_IXUSR or stat.S_ISLNK(mode)), archive.read(each))
            for each, mode in modes.items()
        }


def test_both_archives_hold_all_that_git_knows_and_the_scripts_at_their_root(clone, made):
    held = in_tar(made / f"{NAME}.tar.gz")
    known = done("git", "ls-files", cwd=clone).stdout.splitlines()
    assert set(held) == {f"{NAME}/{name}" for name in {*known, *AT_ITS_ROOT}}
    assert {name: held[f"{NAME}/{name}"] for name in AT_ITS_ROOT} == {
        name: (False, name in SCRIPTS, (clone / folder / name).read_bytes()) for name, folder in AT_ITS_ROOT.items()
    }
    assert in_zip(made / f"{NAME}.zip") == held


def test_the_same_commit_makes_the_same_bytes(clone, made, tmp_path, monkeypatch):
    """In another clone, time zone and with another umask."""
    assert done("git", "clone", "--quiet", clone, tmp_path / "other", cwd=tmp_path).returncode == 0
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    script = tmp_path / "other" / ROOM / "create-deployment-package.sh"
    assert done(script, "out", cwd=tmp_path, umask=0o077).returncode == 0
    for form in ("tar.gz", "zip"):
        name = f"{NAME}.{form}"
        assert (tmp_path / "out" / name).read_bytes() == (made / name).read_bytes()


def test_what_is_not_committed_is_refused(clone, made, tmp_path):
    changed = clone / "README.md"
    before = changed.read_bytes()
    changed.write_bytes(before + b"\n")
    try:
        told = done(clone / ROOM / "create-deployment-package.sh", tmp_path, cwd=clone)
    finally:
        changed.write_bytes(before)
    assert (told.returncode, list(tmp_path.iterdir())) == (2, [])
    assert "Commit or stash" in told.stderr


def test_unpacked_it_deploys_by_itself(unpacked):
    """The script at its root runs the package's own code; without options it says which are needed."""
    told = done("./deploy.sh", "--help", cwd=unpacked)
    assert (told.returncode, told.stderr) == (0, "")
    assert "--endpoints FILE" in told.stdout
    bare = done("./deploy.sh", cwd=unpacked, env={"PATH": "/usr/bin:/bin"})
    assert bare.returncode == 2
    assert "--instance-id" in bare.stderr


def test_a_package_is_no_clone(unpacked):
    told = done("./create-deployment-package.sh", cwd=unpacked)
    assert told.returncode == 2
    assert "from a clone" in told.stderr
