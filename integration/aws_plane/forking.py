"""The process that forks functions, run as a program: `ForkServer` of `fork_server.py` asks it.

One process has the libraries and AWS's models. For each PYTHONPATH it forks another, which imports what the functions'
modules there import, and forks the functions: it has none of their variables, a clock that will follow theirs, and
forks no more once a file of what it imported has changed. In the same way moto and the emulators are forked.
"""

from __future__ import annotations

import ast
import functools
import gc
import importlib
import json
import os
import runpy
import selectors
import signal
import socket
import sys
import time
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

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
"""Libraries that most functions import; not the runtime client, which reads its address as it is loaded."""
CALLED = ("dynamodb", "events", "kms", "s3", "secretsmanager", "security-ir", "sqs", "ssm")
"""Services whose models are read already: each process would parse them again for its first clients."""
HEADER = 8
"""Bytes before each request: its length."""
DESCRIPTORS = 2
"""With each request at most: where output and errors go; where input comes from, else nowhere."""
_LARGEST = 1 << 20
_JUST_S = 0.1
"""File systems know the time less precisely than `time.time`."""
_machine_time = time.time


class Code:
    """What of the folders of a PYTHONPATH this process has imported for their functions."""

    def __init__(self, path: str) -> None:
        self._folders = [*filter(None, path.split(os.pathsep))]
        self._read: dict[str, tuple[int, int]] = {}
        self._prepared = set[str]()
        self._unknown = False
        os.environ.clear()
        os.chdir(os.sep)
        sys.path[:0] = self._folders
        if find_spec("local_clock"):
            time.time = importlib.import_module("local_clock").CLOCK

    @property
    def outdated(self) -> bool:
        return self._unknown or any(_stamp(file) != known for file, known in self._read.items())

    def prepare(self, module: str) -> None:
        """What it imports, and not the module, which may read its variables. A failure is left to itself."""
        if module in self._prepared:
            return
        self._prepared.add(module)
        began = int((_machine_time() - _JUST_S) * 1e9)
        with suppress(Exception, SystemExit):
            _import_as(module)
        for known in list(sys.modules.values()):
            file = getattr(known, "__file__", None) or ""
            if file not in self._read and any(file.startswith(folder + os.sep) for folder in self._folders):
                self._read[file] = _stamp(file)
                self._unknown |= self._read[file][0] > began
        gc.freeze()


def _stamp(file: str) -> tuple[int, int]:
    try:
        found = os.stat(file)  # noqa: PTH116 - of some hundred files before each fork
    except OSError:
        return 0, 0
    return found.st_mtime_ns, found.st_size


def _import_as(name: str) -> None:
    """The imports at the top level of a module, by themselves."""
    spec = find_spec(name)
    if not spec or not spec.origin:
        return
    with open(spec.origin, "rb") as file:  # noqa: PTH123 - pathlib is not there yet
        body = ast.parse(file.read()).body
    imports: list[ast.stmt] = [each for each in body if isinstance(each, (ast.Import, ast.ImportFrom))]
    code = compile(ast.Module(imports, []), spec.origin, "exec")
    exec(code, {"__name__": name, "__package__": name.rpartition(".")[0]})  # noqa: S102 - it is the function's own


def serve(channel: socket.socket, code: Code | None = None) -> None:
    """Forks for each request until the other end is closed: functions, or without code processes that have it.

    Outdated, it ends with the last function it has forked, whose exit code it still tells.
    """
    with _woken_by_children() as (waking, wake):
        _answer(channel, code, waking, wake)


@contextmanager
def _woken_by_children() -> Iterator[tuple[socket.socket, socket.socket]]:
    """What can be read once a child has ended, and where that is written. A child that ends afterwards wakes nobody."""
    waking, wake = socket.socketpair()
    wake.setblocking(False)
    with waking, wake:
        signal.set_wakeup_fd(wake.fileno())
        signal.signal(signal.SIGCHLD, lambda *_: None)
        try:
            yield waking, wake
        finally:
            signal.set_wakeup_fd(-1)


def _answer(channel: socket.socket, code: Code | None, waking: socket.socket, wake: socket.socket) -> None:
    given_up = False
    asked = selectors.PollSelector()  # its children inherit no descriptor of it, and any number of files may be open
    for each in (channel, waking):
        asked.register(each, selectors.EVENT_READ)
    while True:
        ready = [key.fileobj for key, _ in asked.select()]
        if waking in ready:
            waking.recv(4096)
            if not _tell_ended(channel) and given_up:
                return
        if channel in ready:
            header, descriptors, _, _ = socket.recv_fds(channel, HEADER, DESCRIPTORS)
            if not header:
                return
            request = json.loads(_exactly(channel, int.from_bytes(header, "big")))
            if code and code.outdated:
                _close(descriptors)
                channel.sendall(b"outdated\n")
                given_up = True
                wake.send(b"\0")
                continue
            if code:
                code.prepare(request["module"])
            pid = os.fork()
            if pid == 0:
                waking.close()
                wake.close()
                channel.close()
                _become(request, descriptors)
            _close(descriptors)
            with suppress(ProcessLookupError):  # ended already; else `started` means that it has its group
                os.setpgid(pid, pid)
            channel.sendall(b"started %d\n" % pid)


def _close(descriptors: list[int]) -> None:
    for each in descriptors:
        os.close(each)


def _exactly(channel: socket.socket, size: int) -> bytes:
    found = b""
    while len(found) < size:
        part = channel.recv(min(_LARGEST, size - len(found)))
        if not part:
            raise EOFError("the plane is gone")
        found += part
    return found


def _tell_ended(channel: socket.socket) -> bool:
    """Whether others still run."""
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return False
        if pid == 0:
            return True
        channel.sendall(b"ended %d %d\n" % (pid, os.waitstatus_to_exitcode(status)))


def _become(request: dict[str, object], descriptors: list[int]) -> None:
    """Never returns: this process is the function's from here on, or a program, or one that forks them."""
    code = 1
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.setpgid(0, 0)
        if "path" in request:
            serve(socket.socket(fileno=descriptors[0]), Code(str(request["path"])))
            os._exit(0)
        for descriptor, known in zip((descriptors[0], *descriptors), (1, 2, 0), strict=False):
            os.dup2(descriptor, known)
        _close(descriptors)
        _take_over(request)
        if "arguments" in request:
            _run(request)
            os._exit(0)
        _serve_function(request)
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 1
    except BaseException:  # noqa: BLE001 - the last of this process: it is told as an interpreter would
        sys.excepthook(*sys.exc_info())
    finally:
        os._exit(code)


def _take_over(request: dict[str, object]) -> None:
    """Its variables, its folder, its clock."""
    variables: dict[str, str] = request["variables"]  # type: ignore[assignment] # as `start` sent them
    os.environ.update(variables)
    time.tzset()
    os.chdir(str(request["folder"]))
    importlib.invalidate_caches()
    if "LOCAL_CLOCK" in variables:
        importlib.import_module("local_clock").follow(variables["LOCAL_CLOCK"])


def _run(request: dict[str, object]) -> None:
    arguments: list[str] = request["arguments"]  # type: ignore[assignment] # as `run` sent them
    sys.argv[1:] = arguments
    runpy.run_module(str(request["module"]), run_name="__main__", alter_sys=True)


def _serve_function(request: dict[str, object]) -> None:
    sys.path.insert(0, "")
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
    gc.freeze()
    serve(socket.socket(fileno=int(sys.argv[1])))
