"""What is bundled and deployed, as files: where none of them has changed, nothing needs to be made again.

Outside the room of CDK, which would start Node to learn so.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

REPOSITORY = Path(__file__).resolve().parents[1]
FUNCTIONS = (
    "integration/__init__.py",
    "integration/model.py",
    "integration/names.py",
    "integration/constants.py",
    "integration/aws",
    "integration/clients",
    "integration/cases",
    "lambdas",
    "mappers",
    "servicenow_setup",
)
TEMPLATES = (*FUNCTIONS, "integration/stacks", "requirements.txt")
"""The functions' sources too: their digest stands in the templates."""
_SUFFIXES = {".py", ".js", ".json", ".toml"}


def sources(names: Iterable[str]) -> Iterator[Path]:
    """Files of these names, and of a folder those below it that a person wrote."""
    for name in names:
        origin = REPOSITORY / name
        yield from [origin] if origin.is_file() else (f for f in origin.rglob("*") if f.suffix in _SUFFIXES)
