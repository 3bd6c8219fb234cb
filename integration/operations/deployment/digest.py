"""SHA-256 over files and arguments: the key of the build cache."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path


def digest_of(files: Iterable[Path], root: Path, words: Sequence[str] = ()) -> str:
    """32 hexadecimal digits of the files' names below `root` and contents, and of `words`."""
    digest = hashlib.sha256(json.dumps(list(words)).encode())
    for path in sorted(files):
        digest.update(str(path.relative_to(root)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:32]
