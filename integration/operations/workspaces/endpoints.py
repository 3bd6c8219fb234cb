"""`endpoints.sh` and the key beside it: what calls of the API from a shell need."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from integration.operations.deployment.key_file import write
from integration.workspaces import names as w

if TYPE_CHECKING:
    from pathlib import Path

    from integration.operations.workspaces.machine import Machine

PATHS = {
    "SPA_CREATOR_ENDPOINT": w.MACHINES, "LIST_ENDPOINT": f"{w.PEOPLE}/files", "UPLOAD_ENDPOINT": f"{w.PEOPLE}/uploads",
    "INFO_ENDPOINT": f"{w.PEOPLE}/me",
}  # fmt: skip
KEY_FILE = "SPA_KEY_FILE"
HOW = f'# curl -X POST "$SPA_CREATOR_ENDPOINT" -H @"${KEY_FILE}" -H "Content-Type: application/json" -d \'{{…}}\''


def write_endpoints(path: Path, machine: Machine) -> None:
    """Both files are their owner's alone, and replaced in one step. The key is a header as `curl -H @file` reads it."""
    key = path.resolve().with_suffix(".key")
    values = {name: f"{machine.url}/{below}" for name, below in PATHS.items()} | {KEY_FILE: str(key)}
    _replace(key, f"x-api-key: {machine.key}\n")
    _replace(path, "\n".join([HOW, *(f"export {name}={shlex.quote(value)}" for name, value in values.items()), ""]))


def _replace(path: Path, text: str) -> None:
    beside = path.with_name(f".{path.name}.new")
    beside.unlink(missing_ok=True)
    write(beside, text.encode(), 0o600)
    beside.replace(path)
