"""Makes `deployment.zip` anew: templates and functions' code as the commit before the house's first move deployed them.

    git worktree add /tmp/before 2d131b1      # "Bind a kept request to its row"
    .venv/bin/python -P tests/e2e/before/make.py /tmp/before

Dependencies are not in it: `lambdas/requirements.lock` is today's. Rows and set-up records are not in it, either: this
code writes them in the test (`rows.py` keeps rows for a quick one, `records-*.json` of tests/identity what is set up).
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

ARCHIVE = Path(__file__).parent / "deployment.zip"
TEMPLATES, CODE = "templates", "code"
"""Folders in the archive."""
SETTINGS = '{"instance_name": "dev00001", "new_cases_per_hour": 100000}'
"""The emulated instance's own name, and what systems of these tests have, so that today's templates are there."""
OPTIONS = ("--module", "itsm", "--log-level", "info", "--setup", "rest", "--settings", SETTINGS)
ROOMS = ("__init__.py", "model.py", "names.py", "constants.py", "aws", "servicenow", "security_ir", "case_sync")
SOURCES = (*(f"integration/{room}" for room in ROOMS), "lambdas", "mappers", "servicenow_setup")
"""What that commit put into its bundle."""
SUFFIXES = {".py", ".js", ".json", ".toml"}
STACKS = "stacks"
"""Its room of what makes templates."""
EPOCH = (1980, 1, 1, 0, 0, 0)


def main(worktree: Path) -> None:
    with tempfile.TemporaryDirectory() as out, zipfile.ZipFile(ARCHIVE, "w") as archive:
        command = [sys.executable, "-P", "-m", f"integration.{STACKS}.synth", "--out", out, *OPTIONS]
        subprocess.run(command, cwd=worktree, env={**os.environ, "PYTHONPATH": str(worktree)}, check=True)
        for path in sorted(Path(out).glob("*.template.json")):
            add(archive, f"{TEMPLATES}/{path.name}", path)
        for path in sorted(file for name in SOURCES for file in below(worktree / name)):
            add(archive, f"{CODE}/{path.relative_to(worktree).as_posix()}", path)


def below(origin: Path) -> list[Path]:
    return [origin] if origin.is_file() else [file for file in origin.rglob("*") if file.suffix in SUFFIXES]


def add(archive: zipfile.ZipFile, name: str, path: Path) -> None:
    """The same bytes whenever it is made."""
    archive.writestr(zipfile.ZipInfo(name, EPOCH), path.read_bytes(), zipfile.ZIP_DEFLATED, 9)


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
