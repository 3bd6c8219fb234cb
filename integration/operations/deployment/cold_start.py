"""Prepares the bundle for a fast cold start: cuts botocore models to what runs, compiles the sources."""

from __future__ import annotations

import gzip
import json
import shutil
import subprocess
import sys
from functools import cache
from typing import TYPE_CHECKING, Any

from integration.operations.deployment.child import environment

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

RUNTIME = "3.13"
"""Lambda's Python. Only the same version compiles for it."""
_WHICH = "import platform; print(platform.python_implementation(), platform.python_version())"
TASK_ROOT = "/var/task"
"""Where Lambda lays out the bundle, read-only: what is not compiled already is compiled at every cold start."""


def cut_models(data: Path, services: Collection[str]) -> None:
    """The `data` of botocore without what models say to people, other services' endpoints, and gzip."""
    for packed in sorted(data.rglob("*.json.gz")):
        _write(packed.with_suffix(""), json.loads(gzip.decompress(packed.read_bytes()), object_hook=_undocumented))
        packed.unlink()
    endpoints = json.loads((data / "endpoints.json").read_text())
    for partition in endpoints["partitions"]:
        partition["services"] = {name: held for name, held in partition["services"].items() if name in services}
    _write(data / "endpoints.json", endpoints)


def _undocumented(part: dict[str, Any]) -> dict[str, Any]:
    """A member may be called `documentation`, too; that one is no text."""
    return {name: held for name, held in part.items() if name != "documentation" or not isinstance(held, str)}


def _write(path: Path, content: Any) -> None:
    """A file of its own: one that is there may be a link to what an installer keeps for every environment."""
    path.unlink(missing_ok=True)
    path.write_text(json.dumps(content, separators=(",", ":"), ensure_ascii=False), encoding="utf-8")


@cache
def compiler(version: str = RUNTIME) -> tuple[str, str] | None:
    """A Python of this version on this machine, and its whole version; None: there is none."""
    for candidate in filter(None, (sys.executable, shutil.which(f"python{version}"))):
        told = _run(candidate, "-c", _WHICH)
        implementation, _, whole = told.stdout.strip().partition(" ")
        if told.returncode == 0 and implementation == "CPython" and whole.startswith(f"{version}."):
            return candidate, whole
    return None


def compile_all(stage: Path, python: str) -> str:
    """Bytecode beside every source, valid whatever the time of the file; what could not be compiled, or nothing."""
    done = _run(
        python, "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash",
        "-s", str(stage), "-p", TASK_ROOT, str(stage),
    )  # fmt: skip
    return (done.stdout + done.stderr).strip() if done.returncode else ""


def _run(*command: str) -> subprocess.CompletedProcess[str]:
    """Hashes are fixed, for the order of a set may end up in bytecode."""
    return subprocess.run(  # noqa: S603 - our own arguments
        command, capture_output=True, text=True, check=False, env=environment(PYTHONHASHSEED="0")
    )
