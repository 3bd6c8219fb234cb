"""The sources of templates. Outside the room of CDK, which would start Node to learn that nothing has changed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

REPOSITORY = Path(__file__).resolve().parents[1]
MADE_FROM = (
    "integration/stacks", "integration/names.py", "integration/constants.py", "integration/model.py",
    "integration/aws", "integration/case_sync", "integration/security_ir", "integration/servicenow", "lambdas",
    "mappers", "servicenow_setup", "requirements.txt",
)  # fmt: skip
"""The functions' sources too: their digest stands in the templates."""


def made_from() -> Iterator[Path]:
    for name in MADE_FROM:
        root = REPOSITORY / name
        if root.is_file():
            yield root
        else:
            yield from (p for p in root.rglob("*") if p.suffix in {".py", ".js", ".json", ".toml"})
