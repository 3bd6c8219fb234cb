"""`make test`: all tests, and beside them linters, types, import contracts and the functions' own Python.

What runs beside the tests says its word when it has ended; it fails the run like a test.
"""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

BESIDE = (("make", "lint"), (sys.executable, "-m", "tests.own_python"))
DEALT = ("--dist", "loadgroup", "--no-loadscope-reorder")
"""In the order of tests/conftest.py."""


def main(words: list[str]) -> int:
    failed: list[str] = []
    beside = threading.Thread(target=lambda: failed.extend(run(BESIDE)), daemon=True)
    beside.start()
    code = subprocess.run([sys.executable, "-m", "pytest", *DEALT, *words], check=False).returncode
    beside.join()
    for command in failed:
        print(f"failed beside the tests: {command}")
    return code or bool(failed)


def run(commands: tuple[tuple[str, ...], ...]) -> list[str]:
    """One after the other; what each said is printed whole. The commands that failed."""
    failed = []
    for command in commands:
        name = " ".join([Path(command[0]).name, *command[1:]])
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        print(f"\n== {name}\n{done.stdout.strip()}", flush=True)
        failed += [name] if done.returncode else []
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
