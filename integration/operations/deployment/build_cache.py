"""A cache of build folders, keyed by digest."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_MAKING = "making-"


def kept_folder(folder: Path, make: Callable[[Path], None], most: int) -> Path:
    """`folder`, filled by `make` where it is not there. Of it and its siblings those last used stay, `most` of them.

    It is made beside its place and moved there whole: two runs at once, or a killed one, leave no half.
    """
    if folder.exists():
        os.utime(folder)
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(dir=folder.parent, prefix=_MAKING))
    try:
        make(scratch)
        _moved(scratch, folder)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    _forget_old(folder.parent, most)
    return folder


def _moved(scratch: Path, folder: Path) -> None:
    try:
        scratch.rename(folder)
    except OSError:
        if not folder.exists():  # else another run was quicker
            raise


def _forget_old(parent: Path, most: int) -> None:
    siblings = [path for path in parent.iterdir() if path.is_dir() and not path.name.startswith(_MAKING)]
    for old in sorted(siblings, key=lambda path: path.stat().st_mtime)[:-most]:
        shutil.rmtree(old, ignore_errors=True)
