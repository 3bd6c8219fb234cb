"""What a deployment is known by, as files: whatever vanishes or changes here breaks what is deployed.

`make identity` writes the files anew. A difference is reviewed like code: an addition is fine, anything else is not.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = Path(__file__).parent
WRITES = "IDENTITY"
"""Environment variable under which the files are written instead of compared."""
NEXT = "If this is meant, `make identity` writes it, and git shows what it is."


def check(name: str, found: Any, folder: Path = FOLDER) -> None:
    """Raises `AssertionError` that lists each difference from `<name>.json`."""
    path = folder / f"{name}.json"
    text = json.dumps(found, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    if os.environ.get(WRITES):
        path.write_text(text)
        return
    kept = dict(leaves(json.loads(path.read_text()))) if path.exists() else {}
    differences = list(compared(kept, dict(leaves(json.loads(text)))))
    assert not differences, "\n".join([f"{path.name}:", *differences, NEXT])


def compared(kept: dict[str, Any], now: dict[str, Any]) -> Iterator[str]:
    yield from (f"  gone: {place} = {kept[place]!r}" for place in kept if place not in now)
    yield from (f"  new: {place} = {now[place]!r}" for place in now if place not in kept)
    both = [place for place in kept if place in now and kept[place] != now[place]]
    yield from (f"  changed: {place} = {kept[place]!r} -> {now[place]!r}" for place in both)


def leaves(value: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    """Path and value of everything that is neither list nor object; an empty one stands for itself."""
    if not isinstance(value, dict | list) or not value:
        yield place, value
        return
    for name, member in value.items() if isinstance(value, dict) else enumerate(value):
        yield from leaves(member, f"{place}/{name}")
