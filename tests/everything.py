"""`make test`: all tests, and beside them linters, types, import contracts and the functions' own Python.

What runs beside the tests says its word when it has ended; it fails the run like a test.
A few failures of tests over real processes and clocks are asked once more, each named at the end with what it said the
first time above it: on a machine that stalled for seconds the run still tells what is wrong with the code.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
from pathlib import Path

BESIDE = (("make", "lint"), (sys.executable, "-m", "tests.own_python"))
DEALT = ("--dist", "loadgroup", "--no-loadscope-reorder")
"""In the order of tests/conftest.py."""
TIMED = ("tests/e2e/", "tests/browser/")
"""Where real processes wait for each other; every other test decides at the first run."""
FEW = 3
FAILED = Path(".pytest_cache/v/cache/lastfailed")


def main(words: list[str]) -> int:
    failed: list[str] = []
    beside = threading.Thread(target=lambda: failed.extend(run(BESIDE)), daemon=True)
    beside.start()
    FAILED.unlink(missing_ok=True)
    code = pytest(*DEALT, *words)
    again = asked_again(failures()) if code == 1 else []
    if again:
        code = pytest("-p", "no:cacheprovider", *again)
    beside.join()
    for test in again:
        print(f"failed at first, {'and again' if code else 'passed alone: a race to be mended'}: {test}")
    for command in failed:
        print(f"failed beside the tests: {command}")
    return code or bool(failed)


def pytest(*words: str) -> int:
    return subprocess.run([sys.executable, "-m", "pytest", *words], check=False).returncode


def failures() -> list[str]:
    """The tests that failed in the run before, without the group they were dealt in."""
    return [re.sub(r"@[\w-]+$", "", name) for name in json.loads(FAILED.read_text())] if FAILED.exists() else []


def asked_again(failed: list[str]) -> list[str]:
    """All that failed, where they are few and each waits for real processes; else none."""
    timed = [test for test in failed if test.startswith(TIMED)]
    return timed if timed == failed and len(failed) <= FEW else []


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
