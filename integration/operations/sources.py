"""Which files the bundle and the templates depend on. If none has changed, neither is made again.

Apart from the templates' code, whose import starts Node.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

REPOSITORY = Path(__file__).resolve().parents[2]
FUNCTIONS = ("integration", "lambdas", "mappers", "servicenow_setup")
TOOLS = ("integration/operations", "integration/emulators", "integration/aws_plane")
"""What a bundle leaves out of these."""
OPERATIONS = REPOSITORY / "integration" / "operations"
ROOMS = tuple(sorted(path.parent.relative_to(REPOSITORY).as_posix() for path in OPERATIONS.glob("*/stack.py")))
"""Of the integrations: what they are deployed by, and beside it what they are operated by."""
STACKS = ("integration/operations/stacks", "integration/operations/synth", *ROOMS)
TEMPLATES = (
    *FUNCTIONS, *STACKS, *(f"integration/operations/{name}.py" for name in ("declaration", "registry", "sources")),
    "requirements.txt",
)  # fmt: skip
"""The functions' sources too: their digest stands in the templates."""
_SUFFIXES = {".py", ".js", ".json", ".toml", ".html", ".css"}


def sources(names: Iterable[str]) -> Iterator[Path]:
    """Files of these names, and of a folder those below it that a person wrote, but the tools it was not asked for."""
    for name in names:
        origin = REPOSITORY / name
        yield from [origin] if origin.is_file() else _below(origin)


def _below(folder: Path) -> Iterator[Path]:
    tools = [REPOSITORY / tool for tool in TOOLS]
    for file in sorted(folder.rglob("*")):
        if file.suffix in _SUFFIXES and not any(file.is_relative_to(t) and not folder.is_relative_to(t) for t in tools):
            yield file
