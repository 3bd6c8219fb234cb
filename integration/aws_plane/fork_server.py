"""Functions' processes, forked from one that has imported what they import, in place of a cold interpreter each.

A function still has a process, an environment and a folder of its own, and runs its own module. Where a process may not
be forked safely (macOS), or for measuring cold starts, `environment` starts an interpreter instead.

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
from typing import TYPE_CHECKING

from integration.aws_plane import forking
from integration.aws_plane.forking import HEADER

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

PROGRAM = forking.__file__


class Forked:
    """A process of the fork server's: as much of `subprocess.Popen` as an environment uses."""

    def __init__(self, pid: int, output: int, exit_code: Future[int]) -> None:
        self.pid = pid
        self.stdout = os.fdopen(output, "rb")
        self._exit_code = exit_code

    def wait(self) -> int:
        """Its exit code, negative for a signal, once it has ended."""
        return self._exit_code.result()


class Outdated(Exception):
    """The code has changed since the process imported it."""


class Serving:
    """The plane's end of a process that forks."""

    def __init__(self, channel: socket.socket) -> None:
        self._channel = channel
        self._started: Future[tuple[int, Future[int]]] = Future()
        self._ended: dict[int, Future[int]] = {}
        self.alive = True
        atexit.register(self._close)
        threading.Thread(target=self._listen, name="fork-server", daemon=True).start()

    def fork(self, request: Mapping[str, object], descriptor: int) -> tuple[int, Future[int]]:
        """The process, which has the descriptor, and what will be its exit code. Raises Outdated. One at a time."""
        text = json.dumps(request).encode()
        self._started = Future()
        socket.send_fds(self._channel, [len(text).to_bytes(HEADER, "big")], [descriptor])
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
        self._code: dict[str, Serving] = {}
        """By PYTHONPATH."""

    def start(self, handler: str, variables: Mapping[str, str], folder: Path) -> Forked:
        """A process that serves `handler`, in `folder`, with just these variables; output and errors in one pipe."""
        ours, theirs = os.pipe()
        request = {"handler": handler, "variables": dict(variables), "folder": str(folder)}
        path = variables.get("PYTHONPATH", "")
        try:
            with self._asking:
                try:
                    pid, ended = self._with_code(path).fork(request, theirs)
                except Outdated:
                    del self._code[path]
                    pid, ended = self._with_code(path).fork(request, theirs)
        finally:
            os.close(theirs)
        return Forked(pid, ours, ended)

    def _with_code(self, path: str) -> Serving:
        if path not in self._code or not self._code[path].alive:
            ours, theirs = socket.socketpair()
            self._with_libraries().fork({"path": path}, theirs.fileno())
            theirs.close()
            self._code[path] = Serving(ours)
        return self._code[path]

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
