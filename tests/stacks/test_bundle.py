"""The archive that is deployed: the same each time, small, complete."""

import hashlib
import importlib.util
import json
import marshal
import re
import shutil
import subprocess
import sys
import zipfile
from fnmatch import fnmatch
from pathlib import Path

import botocore
import pytest
from botocore.loaders import Loader

from integration.operations.deployment import bundle as bundling
from integration.operations.deployment.bundle import (
    AWS_SERVICES,
    KEPT,
    LARGEST_BYTES,
    LOCK,
    MADE,
    BundleFailed,
    bundle,
    kept_bundle,
    lay_out,
)
from integration.operations.deployment.cold_start import RUNTIME, compiler, cut_models
from integration.operations.folders import cache_folder
from integration.operations.sources import FUNCTIONS, REPOSITORY, sources

pytestmark = pytest.mark.xdist_group("bundle")
HANDLERS = sorted(file.parent.name for file in (REPOSITORY / "lambdas").glob("*/index.py"))
NOT_RUN = [
    "tests/*", "docs/*", "integration/operations/*", "integration/emulators/*", "integration/aws_plane/*", "bin/*",
    "aws_cdk/*", "moto/*",
]  # fmt: skip

UNCHECKED = (1).to_bytes(4, "little")
"""In a compiled file: it stands for its source, which is not looked at (PEP 552)."""
CLIENT = re.compile(r"""\b(?:client|resource|connect)\((?:[\w.()]+,\s*)?["']([a-z0-9-]+)["']""")
"""How the sources make an AWS client."""


HERE = f"{sys.version_info.major}.{sys.version_info.minor}"


def wheels(stage, *platform):
    """By another installer than the product's, at a tenth of its time."""
    command = [
        Path(sys.executable).with_name("uv"), "pip", "install", "--quiet", "--no-deps", "--require-hashes",
        "--only-binary", ":all:", "--python", sys.executable, *platform, "--target", stage,
        "--requirement", REPOSITORY / LOCK,
    ]  # fmt: skip
    subprocess.run(command, check=True)
    (stage / ".lock").unlink()


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    """That of the deployments of this run, where one was made before; a copy, for others take away what is old."""
    return Path(shutil.copy(kept_bundle(cache_folder("bundle")), tmp_path_factory.mktemp("one")))


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory):
    """The bundle for this machine, as Lambda would lay it out."""
    task = tmp_path_factory.mktemp("host") / "task"
    wheels(task)
    lay_out(task, HERE)
    return task


def test_the_same_input_gives_the_same_archive(archive, monkeypatch, tmp_path):
    """Whoever unpacks the wheels; the name holds the archive's SHA-256, so nothing is uploaded without a change."""
    functions = ("--python-platform", "aarch64-manylinux2014", "--python-version", RUNTIME)
    monkeypatch.setattr(bundling, "_install_wheels", lambda stage: wheels(stage, *functions))
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
    monkeypatch.setattr(bundling, "FUNCTIONS", FUNCTIONS[1:])
    third = kept_bundle(tmp_path)
    assert len(counted) == 3
    (tmp_path / MADE).write_text("not JSON")
    assert kept_bundle(tmp_path) != third


def test_of_many_archives_the_newest_are_kept(counted, monkeypatch, tmp_path):
    for number in range(KEPT + 2):
        monkeypatch.setattr(bundling, "FUNCTIONS", FUNCTIONS[number:])
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


def test_every_source_of_it_is_compiled_and_valid_whatever_the_time_of_the_file(unpacked):
    """Lambda lays the bundle out read-only and with times of its own: what is not compiled is at every cold start."""
    sources = list(unpacked.rglob("*.py"))
    compiled = [Path(importlib.util.cache_from_source(str(source))) for source in sources]
    assert len(sources) > 500
    assert not [path for path in compiled if path.read_bytes()[4:8] != UNCHECKED]
    assert set(unpacked.rglob("*.pyc")) == set(compiled)


def test_tracebacks_tell_where_lambda_has_the_source(unpacked):
    source = unpacked / "integration/cases/wiring.py"
    code = marshal.loads(Path(importlib.util.cache_from_source(str(source))).read_bytes()[16:])
    assert code.co_filename == "/var/task/integration/cases/wiring.py"


@pytest.mark.parametrize(("version", "found"), [
    (HERE, sys.executable), ("3.99", None),
])  # fmt: skip
def test_only_a_python_of_the_functions_version_compiles(version, found):
    assert (compiler(version) or (None,))[0] == found


def test_without_one_the_bundle_holds_sources_alone(monkeypatch, tmp_path):
    source = tmp_path / "a.py"
    source.write_text("x = 1\n")
    monkeypatch.setattr(bundling, "compiler", lambda _: None)
    bundling._compile(tmp_path, "3.99")
    assert list(tmp_path.rglob("*")) == [source]


def test_what_does_not_compile_fails_the_bundle(tmp_path):
    (tmp_path / "a.py").write_text("def\n")
    with pytest.raises(BundleFailed, match="could not compile"):
        bundling._compile(tmp_path, HERE)


def undocumented(part):
    if isinstance(part, dict):
        return {k: undocumented(v) for k, v in part.items() if k != "documentation" or not isinstance(v, str)}
    return [undocumented(each) for each in part] if isinstance(part, list) else part


def test_models_lose_nothing_but_what_they_say_to_people(unpacked):
    whole, cut = Path(botocore.__file__).parent / "data", unpacked / "botocore/data"
    models = [p.relative_to(cut) for p in cut.glob("*/*/*.json") if "examples" not in p.name]
    assert len(models) > 30
    assert not list(cut.rglob("*.gz"))
    loader = Loader(extra_search_paths=[str(whole)], include_default_search_paths=False)
    for model in models:
        held = json.loads((cut / model).read_text())
        assert held == undocumented(loader.load_data(str(model.with_suffix("")))), model


def test_endpoints_are_those_of_the_services_that_are_called(unpacked):
    whole = json.loads((Path(botocore.__file__).parent / "data/endpoints.json").read_text())
    cut = json.loads((unpacked / "botocore/data/endpoints.json").read_text())
    for before, after in zip(whole["partitions"], cut["partitions"], strict=True):
        services = before.pop("services")
        assert after.pop("services") == {name: services[name] for name in sorted(AWS_SERVICES & services.keys())}
        assert after == before


def test_what_an_installer_linked_is_left_whole(tmp_path):
    """uv links files of its cache into a folder; written through the link, every environment would have them cut."""
    kept, stage = tmp_path / "kept.json", tmp_path / "stage"
    whole = {"partitions": [{"services": {"s3": {}, "sns": {}}}]}
    kept.write_text(json.dumps(whole))
    stage.mkdir()
    (stage / "endpoints.json").hardlink_to(kept)
    cut_models(stage, {"s3"})
    assert json.loads((stage / "endpoints.json").read_text()) == {"partitions": [{"services": {"s3": {}}}]}
    assert json.loads(kept.read_text()) == whole


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


IMPORTS = """
import json, os, sys, traceback
sys.path.insert(0, sys.argv[1])
import boto3
codes = {}
for folder in sys.argv[2:]:
    child = os.fork()
    if child:
        codes[folder] = os.waitpid(child, 0)[1]
        continue
    try:
        exec(f"from lambdas.{folder}.index import handler")
        os._exit(0)
    except BaseException:
        traceback.print_exc()
        os._exit(1)
print(json.dumps(codes))
"""


@pytest.fixture(scope="module")
def imported(unpacked):
    """Exit code by handler, each in a process of its own, with boto3 loaded before for all; what they said."""
    command = [sys.executable, "-I", "-S", "-c", IMPORTS, str(unpacked), *HANDLERS]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout), done.stderr


@pytest.mark.parametrize("folder", HANDLERS)
def test_a_handler_imports_from_it_alone(imported, folder):
    """In an interpreter that sees the bundle and the standard library, nothing else."""
    codes, said = imported
    assert codes[folder] == 0, said


REGIONS = ("us-east-1", "eu-central-1", "us-gov-west-1", "cn-north-1")
ADDRESSES = """
import json, sys
sys.path.insert(0, sys.argv[1])
import boto3
session = boto3.Session(aws_access_key_id="x", aws_secret_access_key="x")
regions, services = json.loads(sys.argv[2])
print(json.dumps([session.client(s, region_name=r).meta.endpoint_url for r in regions for s in services]))
"""


def addresses(place):
    asked = json.dumps([REGIONS, sorted(AWS_SERVICES)])
    command = [sys.executable, "-I", "-S", "-c", ADDRESSES, str(place), asked]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def test_clients_made_in_it_call_the_addresses_that_boto3_calls(unpacked):
    assert addresses(unpacked) == addresses(Path(botocore.__file__).parent.parent)


def test_every_aws_service_the_functions_call_is_in_it(archive):
    """botocore's models are trimmed to a list; a client made for another service would fail at run time."""
    called = {service for file in sources(FUNCTIONS) for service in CLIENT.findall(file.read_text())}
    assert len(called) > 1
    assert called <= AWS_SERVICES
    kept = {name.split("/")[2] for name in zipfile.ZipFile(archive).namelist() if name.startswith("botocore/data/")}
    assert kept >= AWS_SERVICES


def test_the_page_of_a_workspace_is_in_it(archive):
    """It is no module, and read when somebody asks for it."""
    there = {name for name in zipfile.ZipFile(archive).namelist() if name.startswith("integration/workspaces/page/")}
    assert there == {f"integration/workspaces/page/{name}" for name in ("index.html", "page.css", "page.js")}
