"""The rules in Rhino, the engine family that instances run: same shim, same host; Java strings where Java gives them.

One process for all runs; each run has a scope of its own.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

from integration.emulators.servicenow.glide import ScriptEngine, ScriptResult, engine

if TYPE_CHECKING:
    from integration.emulators.servicenow.glide import Host

DRIVER = Path(__file__).with_name("rhino.js")
QUICK_TO_START = {"JAVA_TOOL_OPTIONS": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"}
"""The second compiler takes longer than all our scripts."""
MISSING = "Rhino is not installed (Debian: apt-get install rhino)"


def command() -> str | None:
    return shutil.which("rhino")


class Rhino:
    """A process; `evaluate` does one run, asking `answer(op, arguments)` whatever the script asks.

    `java`: whether the host hands out Java strings.
    """

    java = False

    def __init__(self) -> None:
        found = command()
        assert found, MISSING
        self._process = subprocess.Popen(
            [found, "-opt", "-1", str(DRIVER)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            encoding="utf-8", env={**os.environ, **QUICK_TO_START},
        )  # fmt: skip

    def close(self) -> None:
        self._process.stdin.close()
        self._process.wait(10)
        self._process.stdout.close()

    def evaluate(self, start: dict[str, Any], answer: Any) -> dict[str, Any]:
        self._say({"start": start, "shim": engine._shim(), "java": self.java})
        while True:
            line = self._process.stdout.readline()
            assert line, "Rhino has ended"
            told = json.loads(line)
            if "result" in told:
                return told["result"]
            self._process.stdin.write(answer(told["op"], told["args"]) + "\n")
            self._process.stdin.flush()

    def _say(self, value: Any) -> None:
        self._process.stdin.write(json.dumps(value) + "\n")
        self._process.stdin.flush()


class RhinoEngine(ScriptEngine):
    """A `ScriptEngine` whose scripts run in Rhino; messages, quotas and threads stay those of the embedded one."""

    def __init__(self, host: Host, rhino: Rhino) -> None:
        super().__init__(host, time_limit_s=10)
        self._rhino = rhino

    def run(self, script: str, **run: Any) -> ScriptResult:
        job = _Run(self._host, 2000)
        job.rhino = self._rhino
        before = engine._before(run["current"], run["previous"], run["operation"])
        start = {"script": script, "before": before, "condition": "", "name": "", **run}
        result: engine.Future[ScriptResult] = engine.Future()
        job(start, result)
        return result.result(0)


class _Run(engine._Run):
    rhino: Rhino

    def _evaluate(self, start: dict[str, Any]) -> ScriptResult:
        told = self.rhino.evaluate(start, self._answer)
        return ScriptResult(ran=told["ran"], error=told.get("error"), **told.get("left", {}))
