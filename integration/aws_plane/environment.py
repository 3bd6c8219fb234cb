"""One execution environment of a function: a process and the Runtime API it talks to.

The process runs awslambdaric, as on AWS, where that brings its native client (Linux), else the loop in `runtime.py`.

Source: Lambda developer guide, "Using the Lambda runtime API". An environment serves one invocation at a time; after a
timeout or a crash it is gone, as on AWS.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from integration.aws_plane.fork_server import FORK_SERVER, Forked, forks
from integration.aws_plane.http_server import Hangup, Listening, Request, Response

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

STARTS_WITHIN_S = 60
"""Lambda gives ten seconds to an initialisation; a laptop that starts ten at once gets more."""
_BASE = "/2018-06-01/runtime/"


@dataclass(frozen=True)
class Outcome:
    """`error` is empty, or `Unhandled` as in the header X-Amz-Function-Error; then the payload says what happened."""

    payload: bytes
    error: str = ""
    ms: float = 0.0
    peak_mib: float = 0.0
    request_id: str = ""

    @property
    def answer(self) -> object:
        return json.loads(self.payload or b"null")


def failure(kind: str, message: str, request_id: str = "") -> Outcome:
    return Outcome(
        json.dumps({"errorType": kind, "errorMessage": message}).encode(), "Unhandled", request_id=request_id
    )


@dataclass
class _Invocation:
    payload: bytes
    arn: str
    timeout_s: float
    request_id: str = field(default_factory=lambda: str(uuid4()))
    outcome: Future[Outcome] = field(default_factory=Future)
    taken: threading.Event = field(default_factory=threading.Event)


def _start(handler: str, variables: Mapping[str, str], folder: Path) -> Forked | subprocess.Popen[bytes]:
    """`-P`: the folder of the script is no place to import from."""
    if forks():
        return FORK_SERVER.start(handler, variables, folder)
    return subprocess.Popen(
        [sys.executable, "-P", str(Path(__file__).with_name("runtime.py")), handler],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=variables,
        cwd=folder,
        start_new_session=True,
    )


class Environment:
    """Started at once; `invoke` waits until the process asks for work."""

    def __init__(
        self,
        handler: str,
        variables: Mapping[str, str],
        folder: Path,
        write: Callable[[str], None],
        now: Callable[[], float] = time.time,
    ) -> None:
        self._now = now
        self._work: queue.Queue[_Invocation | None] = queue.Queue()
        self._current: _Invocation | None = None
        self._write = write
        self._server = Listening(self._answer, name="runtime-api")
        self.ended = threading.Event()
        self.exit_code: int | None = None
        self._init_error = b""
        variables = {**variables, "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{self._server.port}"}
        self.process = _start(handler, variables, folder)
        threading.Thread(target=self._listen, name="function-output", daemon=True).start()

    def invoke(self, payload: bytes, arn: str, timeout_s: float) -> Outcome:
        """The time limit counts from the moment the process took the event, as initialisation has its own."""
        invocation = _Invocation(payload, arn, timeout_s)
        self._current = invocation
        self._work.put(invocation)
        if self.ended.is_set():
            self._fail_current()
        self._wait_until_taken(invocation)
        began = time.monotonic()
        try:
            outcome = invocation.outcome.result(timeout_s)
        except TimeoutError:
            self.kill()
            outcome = failure("Sandbox.Timedout", f"RequestId: {invocation.request_id} Error: Task timed out after "
                              f"{timeout_s:.2f} seconds", invocation.request_id)  # fmt: skip
        self._current = None
        ms = (time.monotonic() - began) * 1000
        return Outcome(outcome.payload, outcome.error, ms, self._peak_mib(), invocation.request_id)

    def _wait_until_taken(self, invocation: _Invocation) -> None:
        if not invocation.taken.wait(STARTS_WITHIN_S):
            self.kill()
            self._settle(invocation, failure("Runtime.InitTimeout", "the function did not initialise in time"))

    @property
    def event(self) -> bytes:
        """What the process works on, as JSON; empty between two invocations."""
        invocation = self._current
        return invocation.payload if invocation else b""

    @property
    def alive(self) -> bool:
        return not self.ended.is_set()

    def kill(self) -> None:
        """At once, with all it started, as a sandbox that is torn down."""
        if self.ended.is_set():
            return
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.ended.wait(5)

    def _listen(self) -> None:
        """The process's output until it ends; then whoever waits for it is told."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._write(line.decode(errors="replace").rstrip("\n"))
        self.process.stdout.close()
        self.exit_code = self.process.wait()
        self.ended.set()
        self._work.put(None)
        self._fail_current()
        self._server.close()

    def _fail_current(self) -> None:
        invocation = self._current
        if invocation and self._init_error:
            self._settle(invocation, Outcome(self._init_error, "Unhandled", request_id=invocation.request_id))
        elif invocation:
            code = self.exit_code
            how = f"signal: {signal.Signals(-code).name}" if code is not None and code < 0 else f"exit status {code}"
            message = f"RequestId: {invocation.request_id} Error: Runtime exited with error: {how}"
            self._settle(invocation, failure("Runtime.ExitError", message, invocation.request_id))

    @staticmethod
    def _settle(invocation: _Invocation, outcome: Outcome) -> None:
        """The first word counts: an answer that crosses with a crash is the answer."""
        with suppress(InvalidStateError):
            invocation.outcome.set_result(outcome)
        invocation.taken.set()

    def _peak_mib(self) -> float:
        """Peak resident memory of the process so far; 0 where the system does not tell (or it is gone)."""
        try:
            status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        except OSError:
            return 0.0
        peaks = [int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM:")]
        return peaks[0] / 1024 if peaks else 0.0

    def _answer(self, request: Request) -> Response:
        path = request.path.removeprefix(_BASE)
        if path == "invocation/next":
            return self._next()
        current = self._current
        if path == "init/error":
            self._init_error = request.body
            self._fail_current()
            return Response(202, b"{}")
        if current is None or not path.startswith(f"invocation/{current.request_id}/"):
            return Response(400, b'{"errorType":"InvalidRequestID"}')
        error = "Unhandled" if path.endswith("/error") else ""
        self._settle(current, Outcome(request.body, error, request_id=current.request_id))
        return Response(202, b"{}")

    def _next(self) -> Response:
        invocation = self._work.get()
        if invocation is None:
            raise Hangup
        deadline = int((self._now() + invocation.timeout_s) * 1000)
        invocation.taken.set()
        return Response(200, invocation.payload, {
            "Content-Type": "application/json",
            "Lambda-Runtime-Aws-Request-Id": invocation.request_id,
            "Lambda-Runtime-Deadline-Ms": str(deadline),
            "Lambda-Runtime-Invoked-Function-Arn": invocation.arn,
            "Lambda-Runtime-Trace-Id": "Root=1-00000000-000000000000000000000000;Sampled=0",
        })  # fmt: skip
