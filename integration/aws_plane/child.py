"""A child process that says, on its first line of standard output, where it listens."""

from __future__ import annotations

import json
import os
import selectors
import subprocess
import sys
import threading
import time
from collections import deque
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from integration.aws_plane.fork_server import FORK_SERVER, Forked, forks

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ROOT = Path(__file__).resolve().parents[2]
"""Where a child finds `integration`, whatever folder this process was started in."""
READY_WITHIN_S = 60
ENDS_WITHIN_S = 5


class ChildFailed(RuntimeError):
    """The process ended, or said nothing, before it was ready; the message has its last lines."""


class Child:
    """`python -m <module>`, started at once; `ready` waits for the JSON object of its first line.

    SIGTERM ends it, SIGKILL if it does not.
    """

    def __init__(
        self, module: str, arguments: Sequence[str] = (), environment: Mapping[str, str] | None = None
    ) -> None:
        self.module = module
        self.last_lines: deque[str] = deque(maxlen=50)
        self.process = _start(module, arguments, _environment(environment or {}))

    @cached_property
    def ready(self) -> Mapping[str, Any]:
        """Raises ChildFailed."""
        first = self._first_object()
        threading.Thread(target=self._drain, name=f"{self.module}-output", daemon=True).start()
        return first

    def _first_object(self) -> Mapping[str, Any]:
        """Lines before it (a library's warning) are kept for the error message."""
        assert self.process.stdout is not None
        deadline = time.monotonic() + READY_WITHIN_S
        with selectors.DefaultSelector() as said:
            said.register(self.process.stdout, selectors.EVENT_READ)
            while (left := deadline - time.monotonic()) > 0 and said.select(left):
                line = self.process.stdout.readline().decode(errors="replace")
                if not line:  # it has ended
                    break
                if line.startswith("{"):
                    ready: Mapping[str, Any] = json.loads(line)
                    return ready
                self.last_lines.append(line.strip())
        raise ChildFailed(f"{self.module} did not start: " + " | ".join(self.last_lines))

    def _drain(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.last_lines.append(line.decode(errors="replace").rstrip())
        self.process.stdout.close()

    def stop(self) -> None:
        if self.process.stdin is not None:
            self.process.stdin.close()
        self.process.terminate()
        try:
            self.process.wait(ENDS_WITHIN_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def _start(module: str, arguments: Sequence[str], variables: Mapping[str, str]) -> Forked | subprocess.Popen[bytes]:
    """A selector looks at the descriptor of its output: no line may wait in a buffer."""
    if forks():
        return FORK_SERVER.run(module, arguments, variables)
    return subprocess.Popen(
        [sys.executable, "-P", "-m", module, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        bufsize=0,
        env=variables,
        start_new_session=True,
    )


def _environment(more: Mapping[str, str]) -> dict[str, str]:
    told = {**os.environ, "PYTHONUNBUFFERED": "1", **more}
    return told | {"PYTHONPATH": os.pathsep.join(part for part in (told.get("PYTHONPATH"), str(ROOT)) if part)}
