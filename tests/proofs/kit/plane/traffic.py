"""Every external call of every function of a running system: who makes it, for which event, and what goes wrong at it.

Calls to AWS are seen by the plane's gateway. Calls to ServiceNow and to presigned addresses go straight to an emulator,
so a door stands before each: it passes everything on, and asks the system (Linux) which process sent it.
"""

from __future__ import annotations

import json
import re
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

import urllib3

from integration.aws_plane.faults import Effect, Fault
from integration.aws_plane.http_server import Hangup, Listening, Request, Response, listening

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from integration.aws_plane.environment import Environment
    from integration.aws_plane.functions import Functions
    from integration.aws_plane.gateway import Caller

_SYS_ID = re.compile(r"[0-9a-f]{32}")
_NOT_PASSED = frozenset({"connection", "transfer-encoding", "keep-alive", "content-length"})
_HTML = b"<html><head><title>Busy</title></head><body></body></html>"


@dataclass(frozen=True)
class Met:
    """One call. `about` is the case id or sys_id of the event its process works on; empty where it is not one event."""

    function: str
    name: str
    about: str
    environment: Environment


@dataclass
class Traffic:
    """`rules` are asked at each call, in order; the first fault strikes it. `calls`: what was called, by event."""

    functions: Functions
    rules: list[Callable[[Met], Fault | None]] = field(default_factory=list)
    calls: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    struck: int = 0
    _lock: Lock = field(default_factory=Lock)

    def at_gateway(self, operation: str, caller: Caller) -> Fault | None:
        assert caller.environment is not None
        return self._met(Met(caller.function, operation, about(caller.environment().event), caller.environment()))

    def at_door(self, request: Request, port: int, label: str) -> tuple[Fault | None, Environment | None]:
        found = self._sender(request.source_port, port)
        if found is None:
            return None, None
        function, environment = found
        name = f"{label}:{request.method} {_SYS_ID.sub('{id}', request.path) if label == 'servicenow' else ''}".strip()
        return self._met(Met(function, name, about(environment.event), environment)), environment

    def _met(self, met: Met) -> Fault | None:
        with self._lock:
            self.calls.setdefault(met.about, []).append((met.function, met.name))
            fault = next((fault for rule in self.rules if (fault := rule(met))), None)
            self.struck += fault is not None
            return fault

    def _sender(self, client_port: int, server_port: int) -> tuple[str, Environment] | None:
        inode = _inode(client_port, server_port)
        running = [(f.name, e) for f in self.functions for e in f.environments]
        return next(((name, e) for name, e in running if inode and _holds(e.process.pid, inode)), None)


def about(event: bytes) -> str:
    """The record whose event this is; empty for a batch of several and for what is no message of a queue."""
    if not event.startswith(b'{"Records"'):
        return ""
    records = json.loads(event)["Records"]
    if len(records) != 1:
        return ""
    try:
        detail = json.loads(records[0]["body"])["detail"]
    except (ValueError, KeyError):
        return ""
    return str(detail.get("caseId") or detail.get("sys_id") or "")


def _inode(client_port: int, server_port: int) -> str:
    """Of the socket at the client's end of a loopback connection."""
    ends = f":{client_port:04X} ", f":{server_port:04X} "
    for line in Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]:
        words = line.split()
        if f"{words[1]} ".endswith(ends[0]) and f"{words[2]} ".endswith(ends[1]):
            return words[9]
    return ""


def _holds(pid: int, inode: str) -> bool:
    try:
        return any(str(entry.readlink()) == f"socket:[{inode}]" for entry in Path(f"/proc/{pid}/fd").iterdir())
    except OSError:  # the process, or this file of it, has gone
        return False


# ------------------------------------------------------------------------------------------------ the doors
class Door:
    """Before one emulator. Faults without an effect are answered here, as the emulator's own network would."""

    def __init__(self, behind: str, label: str, traffic: Traffic) -> None:
        self._behind, self._label, self._traffic = behind, label, traffic
        self._pool = urllib3.PoolManager(num_pools=2, maxsize=64, retries=False, timeout=120)
        self.server: Listening | None = None

    @property
    def url(self) -> str:
        assert self.server is not None
        return self.server.url

    def answer(self, request: Request) -> Response:
        assert self.server is not None
        fault, environment = self._traffic.at_door(request, self.server.port, self._label)
        return self._pass_on(request) if fault is None else self._disturbed(fault, request, environment)

    def _disturbed(self, fault: Fault, request: Request, environment: Environment | None) -> Response:
        if fault.effect is Effect.ERROR:
            return Response(fault.status, _HTML, {"Content-Type": "text/html"})
        if fault.effect is Effect.LATENCY:
            time.sleep(fault.seconds)
            return self._pass_on(request)
        if fault.effect in (Effect.RESET_AFTER, Effect.KILL_AFTER):
            self._pass_on(request)
        if fault.effect in (Effect.KILL_BEFORE, Effect.KILL_AFTER) and environment is not None:
            environment.kill()
        raise Hangup

    def _pass_on(self, request: Request) -> Response:
        headers = {name: value for name, value in request.headers.items() if name not in _NOT_PASSED}
        try:
            got = self._pool.urlopen(
                request.method, self._behind + request.target, body=request.body, headers=headers, redirect=False,
                preload_content=True, decode_content=False, assert_same_host=False,
            )  # fmt: skip
        except urllib3.exceptions.HTTPError:
            raise Hangup from None
        return Response(got.status, got.data, {k: v for k, v in got.headers.items() if k.lower() not in _NOT_PASSED})


@contextmanager
def watched(plane: Any, servicenow_url: str, security_ir_url: str) -> Iterator[tuple[Traffic, str]]:
    """The traffic of a plane, and the address under which its functions must know ServiceNow."""
    traffic = Traffic(plane.functions)
    instance, files = Door(servicenow_url, "servicenow", traffic), Door(security_ir_url, "files", traffic)
    with listening(instance.answer, name="door") as one, listening(files.answer, name="door") as other:
        instance.server, files.server = one, other

        def through_the_door(_call: Any, _request: Request, response: Response) -> Response:
            return Response(
                response.status, response.body.replace(security_ir_url.encode(), files.url.encode()),
                {name: value for name, value in response.headers.items() if name.lower() != "content-length"},
            )  # fmt: skip

        for operation in ("GetCaseAttachmentUploadUrl", "GetCaseAttachmentDownloadUrl"):
            plane.gateway.hooks[f"security-ir:{operation}"] = [through_the_door]
        plane.gateway.watch = traffic.at_gateway
        yield traffic, instance.url
        plane.gateway.watch = lambda _operation, _caller: None
