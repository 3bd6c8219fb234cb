"""Files that show why a deployment may go on: looked at before anything is changed, read in pieces."""

from __future__ import annotations

import hashlib
import mimetypes
from pathlib import Path
from typing import TYPE_CHECKING

from integration.changes.model import Evidence

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_CHUNK_BYTES = 256 * 1024
_TYPES = {".xml": "application/xml", ".json": "application/json", ".sarif": "application/json", ".log": "text/plain"}
"""Alike on every machine, whatever its list of types says."""


class BadEvidence(ValueError):
    """A file cannot be attached; the message names it."""


def evidence_of(given: Iterable[tuple[str, str]]) -> tuple[Evidence, ...]:
    """(name or "", path) of each. Raises `BadEvidence`."""
    files = tuple(given)
    if not all(path for _, path in files):
        raise BadEvidence("a file to attach has no path: is its variable empty?")
    found = tuple(_looked_at(name, Path(path)) for name, path in files)
    names = [each.name for each in found]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice:
        raise BadEvidence(f"two files are called {twice}: name them apart, as name=file")
    return found


def named(text: str) -> tuple[str, str]:
    """`name=file`, or a file alone, whose own name may have the sign."""
    name, sign, path = text.partition("=")
    return (name.strip(), path) if sign and not Path(text).exists() else ("", text)


def chunks(path: Path | str) -> Iterator[bytes]:
    with Path(path).open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            yield chunk


def _looked_at(name: str, path: Path) -> Evidence:
    """The name keeps the file's ending, by which an instance judges what it may take."""
    if path.is_dir():
        raise BadEvidence(f"{path} is a folder: attach files, or an archive of it")
    digest, size = hashlib.sha256(), 0
    try:
        for chunk in chunks(path):
            digest.update(chunk)
            size += len(chunk)
    except OSError as error:
        raise BadEvidence(f"{path} cannot be read: {error.strerror}") from error
    if not size:
        raise BadEvidence(f"{path} is empty: did the step that writes it run?")
    shown = name or path.name
    if path.suffix and Path(shown).suffix != path.suffix:
        shown += path.suffix
    kind = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return Evidence(name=shown, path=str(path), size=size, sha256=digest.hexdigest(), content_type=kind)
