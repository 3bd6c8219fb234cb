"""Functions' processes, forked from one that has imported what they import, in place of a cold interpreter each.

A function still has a process, an environment and a folder of its own, and runs its own module. Where a process may not
be forked safely (macOS), or for measuring cold starts, `environment` starts an interpreter instead. Moto and the
emulators (`child`) are forked likewise: importing moto takes longer than a small stack's deployment.

This is the plane's end; the other one is `forking.py`.
"""

from __future__ import annotations

import atexit
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from integration.aws_plane import forking
from integration.aws_plane.forking import HEADER

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PROGRAM = forking.__file__
_Started = tuple[int, Future[int]]
"""A process, and what will be its exit code."""


def forks() -> bool:
    """Whether processes are forked here: where awslambdaric brings its native client (Linux)."""
    return bool(find_spec("runtime_client") and find_spec("awslambdaric"))


class Forked:
    """A process of the fork server's: as much of `subprocess.Popen` as is used of it. Whose input stays open has its
    output unbuffered.
    """

    def __init__(self, pid: int, exit_code: Future[int], output: int, kept: int | None = None) -> None:
        self.pid = pid
        self.stdout = os.fdopen(output, "rb", -1 if kept is None else 0)
        self.stdin = None if kept is None else os.fdopen(kept, "wb", 0)
        self._exit_code = exit_code

    def wait(self, timeout: float | None = None) -> int:
        """Its exit code, negative for a signal, once it has ended. Raises subprocess.TimeoutExpired."""
        try:
            return self._exit_code.result(timeout)
        except TimeoutError:
            raise subprocess.TimeoutExpired(str(self.pid), timeout or 0) from None

    def terminate(self) -> None:
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        self._signal(signal.SIGKILL)

    def _signal(self, number: int) -> None:
        if not self._exit_code.done():
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)


class Outdated(Exception):
    """The code has changed since the process imported it."""


class Serving:
    """The plane's end of a process that forks."""

    def __init__(self, channel: socket.socket) -> None:
        self._channel = channel
        self._started: Future[_Started] = Future()
        self._ended: dict[int, Future[int]] = {}
        self.alive = True
        atexit.register(self._close)
        threading.Thread(target=self._listen, name="fork-server", daemon=True).start()

    def fork(self, request: Mapping[str, object], *descriptors: int) -> _Started:
        """The process, which has the descriptors, and what will be its exit code. Raises Outdated. One at a time."""
        text = json.dumps(request).encode()
        self._started = Future()
        socket.send_fds(self._channel, [len(text).to_bytes(HEADER, "big")], descriptors)
        self._channel.sendall(text)
        return self._started.result()

    def _close(self) -> None:
        """At the other end too, whoever still reads from this one."""
        with suppress(OSError):
            self._channel.shutdown(socket.SHUT_RDWR)

    def _listen(self) -> None:
        """Lines `started PID`, `outdated` and `ended PID CODE`; whoever waits when it ends itself is told of a kill."""
        with self._channel, self._channel.makefile("rb") as lines, suppress(OSError, ValueError):
            for line in lines:
                word, *numbers = line.split()
                if word == b"started":
                    self._ended[int(numbers[0])] = Future()
                    self._started.set_result((int(numbers[0]), self._ended[int(numbers[0])]))
                elif word == b"outdated":
                    self._started.set_exception(Outdated())
                else:
                    self._ended.pop(int(numbers[0])).set_result(int(numbers[1]))
        self.alive = False
        for waiting in self._ended.values():
            waiting.set_result(-signal.SIGKILL)
        self._ended.clear()
        with suppress(InvalidStateError):
            self._started.set_exception(ChildProcessError("the fork server has ended"))


class ForkServer:
    """Starts with its first process; ends with this process, and its own processes end with their Runtime API."""

    def __init__(self) -> None:
        self._asking = threading.Lock()
        self._libraries: Serving | None = None
        self._code: dict[tuple[str, bool], Serving] = {}
        """By PYTHONPATH, and whether for functions: what moto has imported is none of their memory."""

    def start(self, handler: str, variables: Mapping[str, str], folder: Path) -> Forked:
        """A process that serves `handler`, in `folder`, with just these variables; output and errors in one pipe."""
        request = {"handler": handler, "module": handler.rpartition(".")[0], "folder": str(folder)}
        return self._forked(request, variables, *os.pipe())

    def run(self, module: str, arguments: Sequence[str], variables: Mapping[str, str]) -> Forked:
        """`python -m <module>` in this process's folder, with just these variables; its input lasts as long as we."""
        spec = find_spec(module)
        program = f"{module}.__main__" if spec and spec.submodule_search_locations else module
        request = {"module": program, "arguments": list(arguments), "folder": str(Path.cwd())}
        return self._forked(request, variables, *os.pipe(), *os.pipe())

    def _forked(self, request: Mapping[str, object], variables: Mapping[str, str], *pipes: int) -> Forked:
        """`pipes`: both ends of its output's, and of its input's."""
        output, *theirs = pipes[:3]
        request = {**request, "variables": dict(variables)}
        try:
            with self._asking:
                pid, ended = self._asked((variables.get("PYTHONPATH", ""), "handler" in request), request, theirs)
        finally:
            for each in theirs:
                os.close(each)
        return Forked(pid, ended, output, *pipes[3:])

    def _asked(self, code: tuple[str, bool], request: Mapping[str, object], theirs: Sequence[int]) -> _Started:
        try:
            return self._with_code(code).fork(request, *theirs)
        except Outdated:
            del self._code[code]
            return self._with_code(code).fork(request, *theirs)

    def _with_code(self, code: tuple[str, bool]) -> Serving:
        if code not in self._code or not self._code[code].alive:
            ours, theirs = socket.socketpair()
            self._with_libraries().fork({"path": code[0]}, theirs.fileno())
            theirs.close()
            self._code[code] = Serving(ours)
        return self._code[code]

    def _with_libraries(self) -> Serving:
        if self._libraries is None or not self._libraries.alive:
            ours, theirs = socket.socketpair()
            process = subprocess.Popen(
                [sys.executable, "-P", "-u", PROGRAM, str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )
            theirs.close()
            atexit.register(process.wait)  # after `Serving` has closed what it listens to: the last registered is first
            self._libraries = Serving(ours)
        return self._libraries


FORK_SERVER = ForkServer()
