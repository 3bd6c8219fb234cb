"""The synthesised templates, kept under .local/ as long as what they are made from stays the same.

Synthesis starts Node and takes five to ten seconds; the digest of its sources takes milliseconds.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from integration.operations.deployment.build_cache import kept_folder
from integration.operations.deployment.digest import digest_of
from integration.operations.folders import cache_folder
from integration.operations.sources import REPOSITORY, TEMPLATES, sources

if TYPE_CHECKING:
    from collections.abc import Sequence

KEPT = 8
"""Sets of templates; the oldest go."""
_LISTING = "templates.json"


class SynthesisFailed(RuntimeError):
    """CDK could not make templates; the message has its last lines."""


def synthesised(options: Sequence[str] = (), cache: Path | None = None) -> list[Path]:
    """Paths of the templates in the order they are deployed; `options` as of `stacks.synth`."""
    words = [*options, sys.version]
    kept = (cache or cache_folder("templates")) / digest_of(sources(TEMPLATES), REPOSITORY, words)
    folder = kept_folder(kept, partial(_synthesise, options), KEPT)
    return [folder / name for name in json.loads((folder / _LISTING).read_text(encoding="utf-8"))]


def _synthesise(options: Sequence[str], folder: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "integration.operations.stacks.synth", "--out", str(folder), *options],
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        check=False,
    )
    if ran.returncode:
        raise SynthesisFailed("\n".join(ran.stderr.strip().splitlines()[-15:]))
    names = [Path(path).name for path in json.loads(ran.stdout.strip().splitlines()[-1])]
    for asset in folder.glob("asset.*"):
        shutil.rmtree(asset) if asset.is_dir() else asset.unlink()
    (folder / _LISTING).write_text(json.dumps(names), encoding="utf-8")
