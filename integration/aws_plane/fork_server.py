"""Processes forked from one that has imported what every function imports, in place of a cold interpreter each.

A function still has a process, an environment and a folder of its own, and imports its own code; only the libraries and
AWS's models are there already, which cost half a second of processor time for each of some hundred environments. Where
a process may not be forked safely (macOS), or for measuring cold starts, `environment` starts an interpreter instead.

This file is both ends: `ForkServer` in the plane, and run as a program the process that forks.
"""

from __future__ import annotations

import atexit
import functools
import importlib
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

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

PRELOADED = (
    "aws_lambda_powertools.logging",
    "boto3.session",
    "botocore.client",
    "botocore.httpsession",
    "botocore.signers",
    "cryptography.hazmat.primitives.serialization",
    "cryptography.x509",
    "jwt",
    "requests",
    "tenacity",
)
"""Libraries that most functions import. None of ours, since a function has a path of its own; not the runtime client,
which reads its address as it is loaded.
"""
CALLED = ("dynamodb", "events", "kms", "s3", "secretsmanager", "security-ir", "sqs", "ssm")
"""Services whose models are read already: each process would parse them again for its first clients."""
_LARGEST = 1 << 20
_HEADER = 8


class Forked:
    """A process of the fork server's: as much of `subprocess.Popen` as an environment uses."""

    def __init__(self, pid: int, output: int, exit_code: Future[int]) -> None:
        self.pid = pid
        self.stdout = os.fdopen(output, "rb")
        self._exit_code = exit_code

    def wait(self) -> int:
        """Its exit code, negative for a signal, once it has ended."""
        return self._exit_code.result()


class ForkServer:
    """Starts with its first process; ends with this process, and its own processes end with their Runtime API."""

    def __init__(self) -> None:
        self._asking = threading.Lock()
        self._server: subprocess.Popen[bytes] | None = None
        self._socket: socket.socket
        self._started: Future[tuple[int, Future[int]]] = Future()
        self._ended: dict[int, Future[int]] = {}

    def start(self, handler: str, variables: Mapping[str, str], folder: Path) -> Forked:
        """A process that serves `handler`, in `folder`, with just these variables; output and errors in one pipe."""
        ours, theirs = os.pipe()
        request = json.dumps({"handler": handler, "variables": dict(variables), "folder": str(folder)}).encode()
        with self._asking:
            self._begin()
            self._started = Future()
            socket.send_fds(self._socket, [len(request).to_bytes(_HEADER, "big")], [theirs])
            self._socket.sendall(request)
            pid, ended = self._started.result()
        os.close(theirs)
        return Forked(pid, ours, ended)

    def _begin(self) -> None:
        if self._server and self._server.poll() is None:
            return
        self._socket, theirs = socket.socketpair()
        self._server = subprocess.Popen(
            [sys.executable, "-P", "-u", __file__, str(theirs.fileno())],
            stdin=subprocess.DEVNULL,
            pass_fds=[theirs.fileno()],
            start_new_session=True,
        )
        theirs.close()
        atexit.register(self._socket.close)
        threading.Thread(target=self._listen, args=(self._socket,), name="fork-server", daemon=True).start()

    def _listen(self, channel: socket.socket) -> None:
        """Lines `started PID` and `ended PID CODE`; whoever waits when the server itself ends is told of a kill."""
        with channel.makefile("rb") as lines, suppress(OSError, ValueError):
            for line in lines:
                word, *numbers = line.split()
                pid = int(numbers[0])
                if word == b"started":
                    ended: Future[int] = Future()
                    self._ended[pid] = ended
                    self._started.set_result((pid, ended))
                else:
                    self._ended.pop(pid).set_result(int(numbers[1]))
        for waiting in self._ended.values():
            waiting.set_result(-signal.SIGKILL)
        self._ended.clear()
        with suppress(InvalidStateError):
            self._started.set_exception(ChildProcessError("the fork server has ended"))


def serve(channel: socket.socket) -> None:
    """Forks for each request until the other end is closed."""
    waking, wake = socket.socketpair()
    wake.setblocking(False)
    signal.set_wakeup_fd(wake.fileno())
    signal.signal(signal.SIGCHLD, lambda *_: None)
    import select  # noqa: PLC0415 - the plane's end has no use for it

    while True:
        ready, _, _ = select.select([channel, waking], [], [])
        if waking in ready:
            waking.recv(4096)
            _tell_ended(channel)
        if channel in ready:
            header, descriptors, _, _ = socket.recv_fds(channel, _HEADER, 1)
            if not header:
                return
            request = json.loads(_exactly(channel, int.from_bytes(header, "big")))
            pid = os.fork()
            if pid == 0:
                waking.close()
                wake.close()
                channel.close()
                _become(request, descriptors[0])
            os.close(descriptors[0])
            with suppress(ProcessLookupError):  # ended already; else `started` means that it has its group
                os.setpgid(pid, pid)
            channel.sendall(b"started %d\n" % pid)


def _exactly(channel: socket.socket, size: int) -> bytes:
    found = b""
    while len(found) < size:
        part = channel.recv(min(_LARGEST, size - len(found)))
        if not part:
            raise EOFError("the plane is gone")
        found += part
    return found


def _tell_ended(channel: socket.socket) -> None:
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        channel.sendall(b"ended %d %d\n" % (pid, os.waitstatus_to_exitcode(status)))


def _become(request: dict[str, object], output: int) -> None:
    """Never returns: this process is the function's from here on."""
    code = 1
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.setpgid(0, 0)
        for descriptor in (1, 2):
            os.dup2(output, descriptor)
        os.close(output)
        _serve_function(request)
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 1
    except BaseException:  # noqa: BLE001 - the last of this process: it is told as an interpreter would
        sys.excepthook(*sys.exc_info())
    finally:
        os._exit(code)


def _serve_function(request: dict[str, object]) -> None:
    import time  # noqa: PLC0415 - only what a forked process needs

    os.environ.clear()
    variables: dict[str, str] = request["variables"]  # type: ignore[assignment] # as `start` sent them
    os.environ.update(variables)
    time.tzset()
    os.chdir(str(request["folder"]))
    sys.path[:0] = ["", *filter(None, variables.get("PYTHONPATH", "").split(os.pathsep))]
    if "LOCAL_CLOCK" in variables:
        importlib.import_module("local_clock")
    sys.argv = ["awslambdaric", str(request["handler"])]
    importlib.import_module("awslambdaric.__main__").main(sys.argv)


def read_models() -> None:
    """From here on every session of botocore has the same loader, which keeps what it has read."""
    from botocore import loaders, session  # noqa: PLC0415 - the plane's end has no use for it

    session.create_loader = functools.cache(loaders.create_loader)
    loader = session.create_loader(None)
    for service in CALLED:
        for kind in ("service-2", "endpoint-rule-set-1"):
            loader.load_service_model(service, kind)
    for name in ("endpoints", "partitions", "sdk-default-configuration", "_retry"):
        loader.load_data(name)


if __name__ == "__main__":
    for name in PRELOADED:
        importlib.import_module(name)
    read_models()
    import gc

    gc.freeze()
    serve(socket.socket(fileno=int(sys.argv[1])))
