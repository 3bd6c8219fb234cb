"""The synthesised templates, kept under .local/ as long as what they are made from stays the same.

Synthesis starts Node and takes five to ten seconds; the digest of its sources takes milliseconds.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from integration.digest import digest_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

REPOSITORY = Path(__file__).resolve().parents[2]
CACHE = REPOSITORY / ".local" / "templates"
MADE_FROM = (
    "integration/stacks", "integration/names.py", "integration/constants.py", "integration/model.py",
    "integration/aws", "integration/case_sync", "integration/security_ir", "integration/servicenow", "lambdas",
    "mappers", "servicenow_setup", "requirements.txt",
)  # fmt: skip
"""The functions' sources too: their digest stands in the templates."""
KEPT = 8
"""Sets of templates; the oldest go."""


class SynthesisFailed(RuntimeError):
    """CDK could not make templates; the message has its last lines."""


def synthesised(options: Sequence[str] = (), cache: Path = CACHE) -> list[Path]:
    """Paths of the templates in the order they are deployed; `options` as of `python -m integration.stacks.synth`."""
    folder = cache / _digest(options)
    listing = folder / "templates.json"
    if not listing.exists():
        _synthesise(options, folder)
        _forget_old(cache)
    return [folder / name for name in json.loads(listing.read_text(encoding="utf-8"))]


def _digest(options: Sequence[str]) -> str:
    return digest_of(_sources(), REPOSITORY, [*options, sys.version])


def _sources() -> Iterator[Path]:
    for name in MADE_FROM:
        root = REPOSITORY / name
        if root.is_file():
            yield root
        else:
            yield from (p for p in root.rglob("*") if p.suffix in {".py", ".js", ".json", ".toml"})


def _synthesise(options: Sequence[str], folder: Path) -> None:
    """Into a folder of its own first: two runs at once, or a killed one, leave no half set."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(dir=folder.parent, prefix="synth-"))
    try:
        ran = subprocess.run(
            [sys.executable, "-m", "integration.stacks.synth", "--out", str(scratch), *options],
            cwd=REPOSITORY,
            env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
            capture_output=True,
            text=True,
            check=False,
        )
        if ran.returncode:
            raise SynthesisFailed("\n".join(ran.stderr.strip().splitlines()[-15:]))
        names = [Path(path).name for path in json.loads(ran.stdout.strip().splitlines()[-1])]
        for asset in scratch.glob("asset.*"):
            shutil.rmtree(asset) if asset.is_dir() else asset.unlink()
        (scratch / "templates.json").write_text(json.dumps(names), encoding="utf-8")
        if not folder.exists():
            scratch.rename(folder)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _forget_old(cache: Path) -> None:
    """By age; a set that another run just took keeps its files open, not its folder: newer ones are never touched."""
    sets = sorted((p for p in cache.iterdir() if (p / "templates.json").exists()), key=lambda p: p.stat().st_mtime)
    for old in sets[:-KEPT]:
        shutil.rmtree(old, ignore_errors=True)
