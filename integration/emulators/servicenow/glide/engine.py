"""Runs one script against a `Host`, in a thread and an engine context of its own."""

from __future__ import annotations

import json
import threading
import uuid
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

try:
    import quickjs
except ModuleNotFoundError:
    from . import node_context as quickjs

if TYPE_CHECKING:
    from collections.abc import Callable

    from .host import Host

SHIM = ("record.js", "system.js", "web.js", "run.js")
STACK_BYTES = 256 * 1024
"""Deep recursion beyond this in a thread's small stack would take the whole process down."""
MEMORY_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class ScriptResult:
    """What came of a run.

    `ran` is False when the condition said no; `changes` are the columns of `current` that the script left different
    from what it was given, `variables` those of a request item, as it left them, if it looked at them; `error` is the
    script's own failure, which on an instance is logged and stops nothing.
    """

    ran: bool
    aborted: bool = False
    changes: dict[str, str] = field(default_factory=dict)
    error: str | None = None
    messages: list[str] = field(default_factory=list)
    variables: dict[str, str] = field(default_factory=dict)


class ScriptEngine:
    """Stateless between runs and safe to call from several threads; a script may cause further runs."""

    def __init__(self, host: Host, *, time_limit_s: float = 60.0, host_calls: int = 2000) -> None:
        """`time_limit_s` is the quota of one run, `host_calls` what a run may ask of the host.

        A script that loops without asking the host cannot be stopped: its run ends with an error, its daemon thread
        goes on, and nothing it does afterwards reaches the host.
        """
        self._host = host
        self._time_limit_s = time_limit_s
        self._host_calls = host_calls

    def run(
        self,
        script: str,
        *,
        table: str,
        current: dict[str, str] | None,
        previous: dict[str, str] | None,
        operation: str,
        user: str,
        condition: str = "",
        name: str = "",
        variables: dict[str, str] | None = None,
    ) -> ScriptResult:
        """Evaluates `condition`, then `script`, with `current` and `previous` as its records (either may be null).

        `operation` is insert, update or delete; `user` the user_name it runs as; `name` goes with its log lines.
        `variables` are those of a request item that is not stored yet; None: the host is asked when a script looks.
        Messages it sends with `executeAsync` leave after the script, each from a thread of its own.
        """
        job = _Run(self._host, self._host_calls)
        start = {
            "table": table, "current": current, "previous": previous, "before": _before(current, previous, operation),
            "operation": operation, "user": user, "condition": condition, "script": script, "name": name,
            "variables": variables,
        }  # fmt: skip
        result: Future[ScriptResult] = Future()
        threading.Thread(target=job, args=(start, result), daemon=True, name=f"script {name}").start()
        try:
            return result.result(self._time_limit_s)
        except FutureTimeout:
            job.close()
            return ScriptResult(ran=True, error=f"the script ran longer than {self._time_limit_s:g} s")


def _before(current: dict[str, str] | None, previous: dict[str, str] | None, operation: str) -> dict[str, str] | None:
    """What `changes()` compares with. Without a previous record nothing counts as changed, as in an async rule."""
    if operation == "insert" and current is not None and previous is None:
        return {}
    return previous


class _Run:
    """One run: the engine context lives and dies in the thread that calls it."""

    def __init__(self, host: Host, host_calls: int) -> None:
        self._host = host
        self._calls_left = host_calls
        self._closed = threading.Event()
        self._pending: list[_Message] = []
        self._ops: dict[str, Callable[..., Any]] = {
            "query": host.query, "insert": host.insert, "update": host.update, "delete": host.delete,
            "variables": host.variables, "display_value": host.display_value, "decrypted": host.decrypted,
            "property": host.property, "now": host.now, "log": host.log, "user": host.user, "send": host.send,
            "send_async": self._send_later, "wait": self._wait, "guid": lambda: uuid.uuid4().hex,
        }  # fmt: skip

    def close(self) -> None:
        self._closed.set()

    def __call__(self, start: dict[str, Any], result: Future[ScriptResult]) -> None:
        try:
            outcome = self._evaluate(start)
        except BaseException as error:  # noqa: BLE001 - the caller waits on the future: whatever happened is its to know
            result.set_exception(error)
            return
        for message in self._pending:
            message.start()
        result.set_result(outcome)

    def _evaluate(self, start: dict[str, Any]) -> ScriptResult:
        context = quickjs.Context()
        context.set_max_stack_size(STACK_BYTES)
        context.set_memory_limit(MEMORY_BYTES)
        context.add_callable("glideHost", self._answer)
        for source in _shim():
            context.eval(source)
        context.eval(f"glide.start({_literal(start)})")
        ran = False
        try:
            if start["condition"].strip() and not context.eval(f"!!({start['condition']}\n)"):
                return ScriptResult(ran=False)
            ran = True
            context.eval(start["script"])
            error = None
        except (quickjs.JSException, quickjs.StackOverflow) as thrown:
            error = _said(thrown)
        return _finished(context, ran=ran, error=error)

    def _answer(self, op: str, arguments: str) -> str:
        """Never raises: an exception here would leave the engine in an undefined state."""
        try:
            if self._closed.is_set():
                return json.dumps({"error": "the script was stopped"})
            self._calls_left -= 1
            if self._calls_left < 0:
                return json.dumps({"error": "the script asked too much of the instance"})
            return json.dumps({"ok": self._ops[op](*json.loads(arguments))})
        except Exception as error:  # noqa: BLE001 - becomes the script's exception; see the docstring
            return json.dumps({"error": f"{type(error).__name__}: {error}"})

    def _send_later(self, request: dict[str, Any]) -> int:
        self._pending.append(_Message(self._host, request))
        return len(self._pending) - 1

    def _wait(self, number: int, seconds: float) -> dict[str, Any]:
        return self._pending[number].answer(seconds)


def _finished(context: quickjs.Context, *, ran: bool, error: str | None) -> ScriptResult:
    """A script that ran out of memory, or took JSON away, leaves nothing behind but its error."""
    try:
        left = json.loads(context.eval("glide.finish()"))
    except (quickjs.JSException, quickjs.StackOverflow) as thrown:
        return ScriptResult(ran=ran, error=error or _said(thrown))
    return ScriptResult(ran=ran, error=error, **left)


def _said(thrown: Exception) -> str:
    """The engine throws null when it has no memory left for an error."""
    text = str(thrown).strip()
    return "out of memory, or null was thrown" if text == "null" else text


class _Message:
    """One `executeAsync`: on an instance a row of the ECC queue, sent by a worker after the transaction."""

    def __init__(self, host: Host, request: dict[str, Any]) -> None:
        self._host = host
        self._request = request
        self._started = False
        self._future: Future[dict[str, Any]] = Future()

    def start(self) -> None:
        if not self._started:
            self._started = True
            call = self._host.sending(self._request)
            threading.Thread(target=self._send, args=(call,), daemon=True, name="outbound message").start()

    def answer(self, seconds: float) -> dict[str, Any]:
        self.start()
        try:
            return self._future.result(seconds)
        except FutureTimeout:
            return {"status": 0, "headers": {}, "body": "", "error": f"no answer within {seconds:g} s"}

    def _send(self, call: Callable[[], dict[str, Any]]) -> None:
        try:
            self._future.set_result(call())
        except Exception as error:  # noqa: BLE001 - nobody may be waiting; it is raised where someone is
            self._future.set_exception(error)


@cache
def _shim() -> tuple[str, ...]:
    here = files(__package__)
    return tuple((here / name).read_text(encoding="utf-8") for name in SHIM)


def _literal(value: Any) -> str:
    """JSON is a JavaScript literal once the two line separators are escaped, which ASCII output does."""
    return json.dumps(value, ensure_ascii=True)
