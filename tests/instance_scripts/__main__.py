"""This module, run, fetches what gives a second opinion on the rules, and says what it could not have.

From npm (versions and digests as in typed/package-lock.json): the official typings, TypeScript, ESLint. From Debian:
Rhino, as root only. Nothing here fails a build: what is missing skips its tests, with the reason.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

from tests.instance_scripts import rhino, second_opinion

PATIENCE_S = 120


def main() -> int:
    for what, reason in (("typings and linter", second_opinion.fetch(PATIENCE_S)), ("Rhino", _rhino())):
        print(f"{what}: {reason or 'ready'}", file=sys.stderr)
    return 0


def _rhino() -> str:
    """Empty, or why it is not there."""
    if rhino.command():
        return ""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return rhino.MISSING
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = ["apt-get", "install", "--yes", "--no-install-recommends", "rhino"]
    try:
        for step in (install, ["apt-get", "update"], install):  # a fresh machine has no lists
            if rhino.command():
                break
            subprocess.run(step, env=environment, capture_output=True, check=False, timeout=PATIENCE_S)
    except subprocess.TimeoutExpired:
        return f"apt-get took longer than {PATIENCE_S} s"
    return "" if rhino.command() else rhino.MISSING


if __name__ == "__main__":
    sys.exit(main())
