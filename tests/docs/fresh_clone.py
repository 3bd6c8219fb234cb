"""A clone of the work tree as it stands, and what is typed in it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from tests.docs.pages import ROOT

VENV = Path(os.path.abspath(ROOT / ".venv"))  # noqa: PTH100 - a link stays one


def fresh_clone(there: Path) -> Path:
    """What git knows of the work tree, with the environment that `make install` has made."""
    git(ROOT, "clone", "--quiet", "--shared", str(ROOT), str(there))
    changed = git(ROOT, "diff", "--binary", "HEAD")
    if changed:
        git(there, "apply", given=changed)
        git(there, "add", "--all")
        git(there, "-c", "user.name=t", "-c", "user.email=t@example.com", "commit", "--quiet", "-m", "as it stands")
    (there / ".venv").mkdir()
    for part in ("bin", "lib", "pyvenv.cfg"):
        (there / ".venv" / part).symlink_to(VENV / part)
    typed(there, "touch .venv/.installed-$(cksum < requirements-dev.lock | cut -d' ' -f1)")
    return there


def typed(folder: Path, text: str, **environment: str) -> str:
    """In a terminal there with its environment on the path; what it printed."""
    path = f"{folder / '.venv/bin'}{os.pathsep}{environment.pop('PATH', os.environ['PATH'])}"
    shell = ["bash", "-euo", "pipefail", "-c", text]
    done = subprocess.run(
        shell, cwd=folder, env={**os.environ, **environment, "PATH": path}, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, f"{text}\n{done.stdout}"
    return done.stdout


def git(folder: Path, *words: str, given: bytes | None = None) -> bytes:
    done = subprocess.run(["git", *words], cwd=folder, input=given, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout
