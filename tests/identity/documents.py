"""What scripts of operators read: the members of the documents of `--json`, kept for every test that asks for one.

`always` are in each document of a command, `sometimes` in those that have something to say there. The values of a
document are no identity; members of a list count as one.
"""

from __future__ import annotations

import json
import os
from typing import Any

from tests.identity.golden import FOLDER, WRITES

FILE = FOLDER / "documents.json"
NEXT = "If this is meant, `make identity` adds it, and git shows what it is."


def check_document(command: str, document: Any) -> None:
    """Raises `AssertionError` that names what vanished and what nobody knew before."""
    kept = json.loads(FILE.read_text()) if FILE.exists() else {}
    found = shape(document)
    if os.environ.get(WRITES):
        FILE.write_text(
            json.dumps(kept | {command: _joined(kept.get(command), found)}, indent=1, sort_keys=True) + "\n"
        )
        return
    always, sometimes = (set(kept.get(command, {}).get(part, ())) for part in ("always", "sometimes"))
    told = [f"gone: {path}" for path in sorted(always - found)]
    told += [f"new: {path}" for path in sorted(found - always - sometimes)]
    assert not told, "\n".join([f"{command} --json:", *told, NEXT])


def shape(value: Any, place: str = "") -> set[str]:
    """Paths of a document without its values."""
    if isinstance(value, dict):
        return {path for name, member in value.items() for path in shape(member, f"{place}.{name}")} | {place or "."}
    if isinstance(value, list):
        return {place, *(path for member in value for path in shape(member, f"{place}[]"))}
    return {place}


def _joined(before: dict[str, list[str]] | None, found: set[str]) -> dict[str, list[str]]:
    always = set(before["always"]) & found if before else found
    every = found.union(*before.values()) if before else found
    return {"always": sorted(always), "sometimes": sorted(every - always)}
