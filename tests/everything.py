"""`make test`: all tests, and beside them linters, types, import contracts and the functions' own Python.

What runs beside the tests says its word when it has ended. What linters refuse ends the tests at once: it is told in
the run's first seconds, not at its end. The other Python fails the run like a test.
A few failures of tests over real processes and clocks are asked once more, each named at the end with what it said the
first time above it: on a machine that stalled for seconds the run still tells what is wrong with the code.
"""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path

LINT = ("make", "lint")
OWN_PYTHON = (sys.executable, "-m", "tests.own_python")
DEALT = ("--dist", "loadgroup", "--no-loadscope-reorder")
"""In the order of tests/dealing.py."""
TIMED = ("tests/e2e/", "tests/browser/")
"""Where real processes wait for each other; every other test decides at the first run."""
FEW = 3
FAILED = Path(".pytest_cache/v/cache/lastfailed")


def main(words: list[str]) -> int:
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's `&` has it ignored, by the tests too
    failed: list[str] = []
    FAILED.unlink(missing_ok=True)
    tests = pytest(*DEALT, *words)
    thread = threading.Thread(target=lambda: failed.extend(beside(tests)), daemon=True)
    thread.start()
    code = tests.wait()
    again = asked_again(failures()) if code == 1 else []
    still = fails_again(again) if again else []
    thread.join()
    for test in again:
        print(f"failed at first, {'and again' if test in still else 'passed alone: a race to be mended'}: {test}")
    for command in failed:
        print(f"failed beside the tests: {command}")
    if failed or still:
        return 1
    return 0 if again else code


def pytest(*words: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "pytest", *words])


def beside(tests: subprocess.Popen[bytes]) -> list[str]:
    """The commands that failed. A refusal of linters interrupts the tests, so that their systems end with them."""
    linted = run(LINT)
    if linted.returncode:
        tests.send_signal(signal.SIGINT)
        tests.wait()  # what the linters say stands below what the tests say to that
    return told(linted) or told(run(OWN_PYTHON))


def failures() -> list[str]:
    """The tests that failed in the run before, without the group they were dealt in."""
    return [re.sub(r"@[\w-]+$", "", name) for name in json.loads(FAILED.read_text())] if FAILED.exists() else []


def asked_again(failed: list[str]) -> list[str]:
    """All that failed, where they are few and each waits for real processes; else none."""
    timed = [test for test in failed if test.startswith(TIMED)]
    return timed if timed == failed and len(failed) <= FEW else []


def fails_again(tests: list[str]) -> list[str]:
    """Which of them; all where the run itself could not tell."""
    FAILED.unlink(missing_ok=True)
    code = pytest(*tests).wait()
    return failures() or tests * bool(code)


def run(command: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)


def told(done: subprocess.CompletedProcess[str]) -> list[str]:
    """What it said is printed whole; its name if it failed."""
    name = " ".join([Path(done.args[0]).name, *done.args[1:]])
    print(f"\n== {name}\n{done.stdout.strip()}", flush=True)
    return [name] if done.returncode else []


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
