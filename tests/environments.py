"""Others' tools, each in an environment of its own, which `uv tool run` makes and keeps: no lock of ours holds them."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

AWS_CLI, CDK_NAG, CHECKOV = "awscli==1.46.3", "cdk-nag==3.0.2", "checkov==3.3.30"
COVERAGE, PIP_AUDIT = "coverage==7.17.3", "pip-audit==2.10.1"
UV = str(Path(sys.executable).with_name("uv"))
NO_NETWORK = re.compile(r"error sending request for url|HTTP status server error|operation timed out")
"""How uv says that an index gave no answer; a release that is not there is told in other words."""


class Unreachable(RuntimeError):
    """Neither uv's cache nor a package index has the tool; the message says what uv said."""


def inside(package: str, *options: str) -> list[str]:
    """The words to put before a command of the package's environment; asks an index only for what was never fetched.

    Raises Unreachable where that is the network's fault, RuntimeError where the environment cannot be made.
    """
    for where in (["--offline"], []):
        words = [UV, "tool", "run", *where, *options, "--from", package]
        said = _refusal([*words, "python", "-c", ""])
        if said is None:
            return words
    kind = Unreachable if NO_NETWORK.search(said or "") else RuntimeError
    raise kind(f"{package} cannot be had: {' '.join((said or '').split())[-300:]}")


def _refusal(command: list[str]) -> str | None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stderr if done.returncode else None
