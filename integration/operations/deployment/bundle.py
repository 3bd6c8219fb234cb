"""One archive for all functions: what runs, its locked wheels, nothing else. The same input gives the same bytes,
where it is compiled by the same Python.

Wheels come from pip for the platform named, so no Docker and no compiler is needed.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from integration.operations.deployment import cold_start
from integration.operations.deployment.child import environment
from integration.operations.deployment.cold_start import RUNTIME, compile_all, compiler, cut_models
from integration.operations.deployment.digest import digest_of
from integration.operations.sources import FUNCTIONS, REPOSITORY, sources

LOCK = Path("lambdas/requirements.lock")
AWS_SERVICES = {
    "apigateway", "codepipeline", "dynamodb", "events", "kms", "s3", "secretsmanager", "security-ir", "sqs", "ssm",
    "stepfunctions", "sts",
}  # fmt: skip
"""Of botocore's 30 MB of service models only these are kept."""
LICENCES = re.compile(r"[^/]+\.dist-info/(METADATA|licenses/.+|LICENSE[^/]*)")
NOT_RUN = re.compile(r"(^|/)(__pycache__|tests?)/|\.py[cio]$|\.pyi$|(^|/)py\.typed$|^bin/|^boto3/(data|examples)/")
WHEELS = (
    "--platform", "manylinux2014_aarch64", "--platform", "manylinux_2_28_aarch64",
    "--implementation", "cp", "--python-version", RUNTIME,
)  # fmt: skip
"""For the functions' platform."""
MAKING = (Path(__file__), Path(cold_start.__file__))
"""What makes an archive: where it has changed, so may the bytes."""
EPOCH = (1980, 1, 1, 0, 0, 0)
"""The oldest time a zip can say; every entry says it."""
LARGEST_BYTES = 15 * 1024 * 1024
"""Of the archive. Larger would mean something got in that does not run."""

MADE = "made.json"
"""Beside the archives: what each was made of → its name."""
KEPT = 3
"""Archives; the oldest go."""


class BundleFailed(RuntimeError):
    """The archive could not be made; the message says what pip or the compiler said, or what is too large."""


def bundle(target_dir: Path) -> Path:
    """Write `functions-<sha256 of the archive>.zip` into `target_dir`; its path.

    Without a Python of the functions' version it holds no bytecode, and cold starts take more than twice as long.
    """
    with tempfile.TemporaryDirectory() as scratch:
        stage = Path(scratch)
        _install_wheels(stage)
        lay_out(stage)
        archive = _zip(stage, target_dir)
    if archive.stat().st_size > LARGEST_BYTES:
        raise BundleFailed(f"{archive} has {archive.stat().st_size} bytes, more than {LARGEST_BYTES}")
    return archive


def lay_out(stage: Path, python: str = RUNTIME) -> None:
    """What Lambda gets, of the wheels in `stage`, compiled by this version of Python. Raises BundleFailed."""
    _drop_what_does_not_run(stage)
    _copy_sources(stage)
    cut_models(stage / "botocore/data", AWS_SERVICES)
    _compile(stage, python)


def kept_bundle(folder: Path) -> Path:
    """The archive in `folder` that was made of just these sources and wheels, while its bytes are what its name says;
    else a new one. Raises BundleFailed.
    """
    python = compiler() or ("", "")
    made_of = digest_of([*sources(FUNCTIONS), REPOSITORY / LOCK, *MAKING], REPOSITORY, words=python[1:])
    made = _made(folder)
    kept = folder / made.get(made_of, "none")
    if kept.is_file() and kept.name == _name(kept):
        kept.touch()
        return kept
    archive = bundle(folder)
    for old in sorted(folder.glob("functions-*.zip"), key=lambda path: path.stat().st_mtime)[:-KEPT]:
        old.unlink(missing_ok=True)
    there = {key: name for key, name in (made | {made_of: archive.name}).items() if (folder / name).exists()}
    part = folder / f"{MADE}.{os.getpid()}.part"
    part.write_text(json.dumps(there))
    part.replace(folder / MADE)
    return archive


def _made(folder: Path) -> dict[str, str]:
    try:
        made: dict[str, str] = json.loads((folder / MADE).read_text())
    except (OSError, ValueError):
        return {}
    return made


def _name(archive: Path) -> str:
    return f"functions-{hashlib.sha256(archive.read_bytes()).hexdigest()}.zip"


def _install_wheels(stage: Path) -> None:
    command = [
        sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input",
        "--require-hashes", "--no-deps", "--only-binary=:all:", "--no-compile", "--target", str(stage),
        *WHEELS, "--requirement", str(REPOSITORY / LOCK),
    ]  # fmt: skip
    done = subprocess.run(  # noqa: S603 - our own arguments
        command, capture_output=True, text=True, check=False, env=environment()
    )
    if done.returncode:
        raise BundleFailed(f"pip could not fetch the locked wheels:\n{done.stderr.strip()[-2000:]}")


def _drop_what_does_not_run(stage: Path) -> None:
    for file in [path for path in stage.rglob("*") if path.is_file()]:
        if not _runs(file.relative_to(stage).as_posix()):
            file.unlink()


def _runs(name: str) -> bool:
    if NOT_RUN.search(name):
        return False
    if ".dist-info/" in name:
        return LICENCES.fullmatch(name) is not None
    model = re.fullmatch(r"botocore/data/([^/]+)/.+", name)
    return model is None or model[1] in AWS_SERVICES


def _compile(stage: Path, version: str) -> None:
    python = compiler(version)
    if python and (said := compile_all(stage, python[0])):
        raise BundleFailed(f"Python {python[1]} could not compile everything:\n{said[-2000:]}")


def _copy_sources(stage: Path) -> None:
    for file in sources(FUNCTIONS):
        copy = stage / file.relative_to(REPOSITORY)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, copy)


def _zip(stage: Path, target_dir: Path) -> Path:
    """Names sorted, times and modes fixed: neither the clock nor the file system shows."""
    target_dir.mkdir(parents=True, exist_ok=True)
    unnamed = target_dir / f"functions-{os.getpid()}.zip.part"  # two runs at once may share the folder
    with zipfile.ZipFile(unnamed, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, file in sorted((f.relative_to(stage).as_posix(), f) for f in stage.rglob("*") if f.is_file()):
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.external_attr = (0o755 if file.suffix == ".so" else 0o644) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, file.read_bytes())
    return unnamed.replace(target_dir / _name(unnamed))
