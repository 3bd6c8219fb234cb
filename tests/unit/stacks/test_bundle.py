"""The archive that is deployed: the same each time, small, complete."""

import hashlib
import json
import re
import subprocess
import sys
import zipfile
from fnmatch import fnmatch

import pytest

from integration.cli import bundle as bundling
from integration.cli.bundle import AWS_SERVICES, KEPT, LARGEST_BYTES, MADE, REPOSITORY, SOURCES, bundle, kept_bundle

pytestmark = pytest.mark.xdist_group("bundle")
HANDLERS = [
    "security_ir_poller", "service_now_client", "security_ir_client", "service_now_notifications_handler",
    "service_now_webhook_authorizer", "service_now_resource_setup_handler", "service_now_token_rotation",
]  # fmt: skip
NOT_RUN = [
    "tests/*", "docs/*", "integration/cli/*", "integration/stacks/*", "integration/local/*", "integration/console/*",
    "*.pyc", "*/__pycache__/*", "bin/*", "aws_cdk/*", "moto/*",
]  # fmt: skip

CLIENT = re.compile(r"""(?:\.client|\.resource|connect)\((?:[\w.()]+,\s*)?["']([a-z0-9-]+)["']""")
"""How the sources make an AWS client."""


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    return bundle(tmp_path_factory.mktemp("one"))


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory):
    """The bundle for this machine, as Lambda would lay it out."""
    target = tmp_path_factory.mktemp("host")
    with zipfile.ZipFile(bundle(target, "host")) as host:
        host.extractall(target / "task")
    return target / "task"


def test_the_same_input_gives_the_same_archive(archive, tmp_path):
    """The name holds the archive's SHA-256, so a deployment without a change uploads nothing."""
    assert bundle(tmp_path).name == archive.name
    assert re.fullmatch(r"functions-[0-9a-f]{64}\.zip", archive.name)


@pytest.fixture
def counted(monkeypatch, tmp_path):
    """A bundle made in no time, whose bytes say how many there were."""
    made = []

    def make(folder):
        made.append(folder)
        content = f"archive {len(made)}".encode()
        path = folder / f"functions-{hashlib.sha256(content).hexdigest()}.zip"
        path.write_bytes(content)
        return path

    monkeypatch.setattr(bundling, "bundle", make)
    return made


def test_an_archive_is_made_again_only_where_something_else_goes_in_or_its_bytes_changed(
    counted, monkeypatch, tmp_path
):
    first = kept_bundle(tmp_path)
    assert kept_bundle(tmp_path) == first
    first.write_bytes(b"somebody else's")
    second = kept_bundle(tmp_path)
    assert (second == first, len(counted)) == (False, 2)
    monkeypatch.setattr(bundling, "SOURCES", SOURCES[1:])
    third = kept_bundle(tmp_path)
    assert len(counted) == 3
    (tmp_path / MADE).write_text("not JSON")
    assert kept_bundle(tmp_path) != third


def test_of_many_archives_the_newest_are_kept(counted, monkeypatch, tmp_path):
    for number in range(KEPT + 2):
        monkeypatch.setattr(bundling, "SOURCES", SOURCES[number:])
        newest = kept_bundle(tmp_path)
    kept = {path.name for path in tmp_path.glob("functions-*.zip")}
    assert len(kept) == KEPT
    assert newest.name in kept
    assert set(json.loads((tmp_path / MADE).read_text()).values()) == kept


def test_it_is_small(archive):
    assert archive.stat().st_size < LARGEST_BYTES == 15 * 1024 * 1024


def test_only_what_runs_is_in_it(archive):
    names = zipfile.ZipFile(archive).namelist()
    assert not [name for name in names if any(fnmatch(name, pattern) for pattern in NOT_RUN)]
    assert names == sorted(names)


def test_its_libraries_are_for_the_functions_machine(archive):
    """Lambda runs CPython 3.13 on arm64; every compiled module is for it, or for the stable ABI."""
    libraries = [name for name in zipfile.ZipFile(archive).namelist() if name.endswith(".so")]
    assert any("cryptography" in name for name in libraries)
    assert all(".cpython-313-aarch64-linux-gnu." in name or ".abi3." in name for name in libraries)


def test_a_tampered_wheel_would_not_install():
    """Every requirement is pinned and has hashes; pip refuses what does not match."""
    lock = (REPOSITORY / "lambdas/requirements.lock").read_text()
    pinned = re.findall(r"^([a-z0-9-]+)==\S+ \\\n    --hash=sha256:[0-9a-f]{64}", lock, re.MULTILINE)
    assert len(pinned) == len(re.findall(r"^[a-z0-9]", lock, re.MULTILINE)) > 10


@pytest.mark.parametrize("folder", HANDLERS)
def test_a_handler_imports_from_it_alone(unpacked, folder):
    """In an interpreter that sees the bundle and the standard library, nothing else."""
    program = f"import sys; sys.path.insert(0, {str(unpacked)!r}); from lambdas.{folder}.index import handler"
    done = subprocess.run([sys.executable, "-I", "-S", "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_every_aws_service_the_functions_call_is_in_it(archive):
    """botocore's models are trimmed to a list; a client made for another service would fail at run time."""
    sources = [f for source in SOURCES for f in [REPOSITORY / source, *(REPOSITORY / source).rglob("*.py")]]
    called = {service for file in sources if file.is_file() for service in CLIENT.findall(file.read_text())}
    assert len(called) > 1
    assert called <= AWS_SERVICES
    kept = {name.split("/")[2] for name in zipfile.ZipFile(archive).namelist() if name.startswith("botocore/data/")}
    assert kept >= AWS_SERVICES
