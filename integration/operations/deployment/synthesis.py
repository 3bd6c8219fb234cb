"""Makes the templates in a child process, where Node starts in a session of its own: Ctrl-C reaches us alone.

What the child sees of our environment is listed, so that no secret is among it.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from integration.operations.sources import REPOSITORY

if TYPE_CHECKING:
    from collections.abc import Sequence

RULES = "CDK_VALIDATION"
"""CDK's own word for its rules, whose engine takes six seconds to make. Source: aws-cdk-lib, `StageProps`."""
PASSED_ON = frozenset(
    {"PATH", "HOME", "USER", "TMPDIR", "LANG", "TZ", "NODE_OPTIONS", "NODE_PATH", "VIRTUAL_ENV", RULES}
)
FAMILIES = ("LC_", "XDG_", "JSII_", "PYTHON", "LD_", "DYLD_")
"""Beginnings of names."""
UNCHECKED = {RULES: "false"}
MODULE = "integration.operations.synth.templates"
_TIME_TO_END_S = 10
_LAST_LINES = 15


class SynthesisFailed(RuntimeError):
    """CDK could not make templates; the message has its last lines."""


def synthesise(folder: Path, options: Sequence[str] = (), given: str = "", *, checked: bool = True) -> list[Path]:
    """Templates into `folder`, in the order they are deployed; `options` as of `stacks.synth`.

    `given` is what it reads; `checked`: a template that CloudFormation would refuse is an error, unless the environment
    says that CDK's rules are not to be asked.
    On Ctrl-C the child is asked to end and waited for. Raises `SynthesisFailed`.
    """
    with subprocess.Popen(  # noqa: S603 - our own arguments, no shell
        [sys.executable, "-m", MODULE, "--out", str(folder), *options],
        cwd=REPOSITORY, env=_environment() | ({} if checked else UNCHECKED), text=True, start_new_session=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as child:  # fmt: skip
        try:
            said, complaints = child.communicate(given)
        except KeyboardInterrupt:
            _end(child)
            raise
    if child.returncode:
        raise SynthesisFailed("\n".join(complaints.strip().splitlines()[-_LAST_LINES:]))
    return [Path(path) for path in json.loads(said.strip().splitlines()[-1])]


def _environment() -> dict[str, str]:
    passed = {name: value for name, value in os.environ.items() if name in PASSED_ON or name.startswith(FAMILIES)}
    return passed | {"PYTHONPATH": str(REPOSITORY)}


def _end(child: subprocess.Popen[str]) -> None:
    """Its Node has a chance to tidy up; what is left of the session after that is ended by force."""
    child.send_signal(signal.SIGINT)
    try:
        with suppress(subprocess.TimeoutExpired):
            child.wait(_TIME_TO_END_S)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()
