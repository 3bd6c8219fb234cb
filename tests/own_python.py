"""The functions' own Python runs what is deployed to it, where the machine has it: core, mappers and both clients.

Its environment holds the whole lock, and is kept under .local/ as long as the lock stays the same.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from integration.operations.deployment.build_cache import kept_folder
from integration.operations.deployment.cold_start import RUNTIME, compiler
from integration.operations.deployment.digest import digest_of
from integration.operations.folders import cache_folder

REPOSITORY = Path(__file__).resolve().parents[1]
LOCK = REPOSITORY / "requirements-dev.lock"
TESTS = (
    "tests/unit/mappers", "tests/unit/cases", "tests/unit/clients/servicenow", "tests/unit/clients/security_ir",
    "tests/contract/cases", "tests/contract/clients/servicenow", "tests/contract/clients/security_ir",
)  # fmt: skip


def main() -> int:
    with_pyenv()
    own = compiler(RUNTIME)
    if own is None:
        print(f"No Python {RUNTIME}, which the functions run in, is on this machine: nothing was run in it.")
        return 0
    if sys.version_info[:2] == tuple(map(int, RUNTIME.split("."))):
        print(f"All tests run in Python {RUNTIME}, as the functions do.")
        return 0
    try:
        python = environment(*own)
    except subprocess.CalledProcessError as failed:
        print(f"The packages for Python {own[1]} cannot be installed, so nothing was run in it:")
        print(failed.stderr[-500:])
        return 0
    words = ("-q", "--no-header", "-p", "no:cacheprovider", *TESTS)
    return subprocess.run([python, "-m", "pytest", *words], cwd=REPOSITORY, check=False).returncode


def with_pyenv() -> None:
    """pyenv keeps what it has beside what it shows on the path."""
    root = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    kept = sorted(str(folder) for folder in root.glob(f"versions/{RUNTIME}.*/bin"))
    os.environ["PATH"] = os.pathsep.join([*kept, os.environ.get("PATH", "")])


def environment(python: str, version: str) -> Path:
    """The interpreter of an environment with what is locked. Raises CalledProcessError."""
    kept = cache_folder("python") / digest_of([LOCK], REPOSITORY, [version])
    return kept_folder(kept, lambda folder: _fill(folder, python), 1) / "bin/python"


def _fill(folder: Path, python: str) -> None:
    uv = Path(sys.executable).with_name("uv")
    for command in (
        [python, "-m", "venv", "--without-pip", folder],
        [uv, "pip", "sync", "--quiet", "--require-hashes", "--python", folder / "bin/python", LOCK],
    ):
        subprocess.run(command, capture_output=True, text=True, check=True)


if __name__ == "__main__":
    sys.exit(main())
