"""The synthesised templates, kept under .local/ until one of their sources changes.

Synthesis starts Node and takes five to ten seconds; the digest of its sources takes milliseconds.
"""

from __future__ import annotations

import json
import shutil
import sys
from functools import partial
from typing import TYPE_CHECKING

from integration.operations.deployment.build_cache import kept_folder
from integration.operations.deployment.digest import digest_of
from integration.operations.deployment.synthesis import synthesise
from integration.operations.folders import cache_folder
from integration.operations.sources import REPOSITORY, TEMPLATES, sources

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

KEPT = 16
"""Sets of templates, each less than half a megabyte; the oldest go. All tests together ask for a dozen."""
_LISTING = "templates.json"


def synthesised(options: Sequence[str] = (), cache: Path | None = None) -> list[Path]:
    """Paths of the templates in the order they are deployed; `options` as of `stacks.synth`.

    CDK's own rules are not asked: the plane refuses what it does not know, and a deployment asks them.
    """
    words = [*options, sys.version]
    kept = (cache or cache_folder("templates")) / digest_of(sources(TEMPLATES), REPOSITORY, words)
    folder = kept_folder(kept, partial(_synthesise, options), KEPT)
    return [folder / name for name in json.loads((folder / _LISTING).read_text(encoding="utf-8"))]


def _synthesise(options: Sequence[str], folder: Path) -> None:
    names = [path.name for path in synthesise(folder, options, checked=False)]
    for asset in folder.glob("asset.*"):
        shutil.rmtree(asset) if asset.is_dir() else asset.unlink()
    (folder / _LISTING).write_text(json.dumps(names), encoding="utf-8")
