"""The CDK CLI: pinned, fetched by npm into a folder of ours, run as a child whose output becomes progress."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from integration.operations.deployment.digest import digest_of
from integration.operations.deployment.node import find_node
from integration.operations.folders import cache_folder, log_folder
from integration.operations.terminal.failure import Failure
from integration.operations.terminal.output import DEPLOYMENT_FAILED, INTERRUPTED, NO_ANSWER

if TYPE_CHECKING:
    from integration.operations.deployment.account import Account
    from integration.operations.deployment.node import Node
    from integration.operations.terminal.output import Tick

QUALIFIER = "hnb659fds"
"""Of a bootstrap that was given none."""
VERSION = "2.1148.1"
"""Exact, so that what deploys was tested; one older than the library of the templates cannot read their assembly."""
DIGEST = "55bb27facde51c4cae7ad7c761039bef"
"""What is `installed` by the lock; another one moves with `VERSION`, `package.json` and `package-lock.json`."""
LOCK = ("package.json", "package-lock.json")
_EVENT = re.compile(
    r"^(?P<stack>\S+) \|\s*(?P<done>\d+)(?:/(?P<all>\d+))? \| [^|]+ \| (?P<status>\w+)\s*\| (?P<type>\S+)"
)
_ANSI = re.compile(r"\x1b\[[0-9;]*m")
_TIME_TO_END_S = 15
KEPT = 100
"""Lines of the end: early validation names each refused resource in one, and ends with a summary."""
ENDED_BY_CTRL_C = {-signal.SIGINT, 128 + signal.SIGINT}

Runner = Callable[[Sequence[str], Mapping[str, str], Callable[[str], None]], int]
"""Runs a command with this environment, hands over each line it prints, and returns its exit code."""


def run(command: Sequence[str], environment: Mapping[str, str], on_line: Callable[[str], None]) -> int:
    """On Ctrl-C, whoever hears it first, the child is asked to end and waited for, and `KeyboardInterrupt` goes on."""
    child = subprocess.Popen(  # noqa: S603 - our own arguments, no shell
        command, env=dict(environment), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, encoding="utf-8", errors="replace",
    )  # fmt: skip
    assert child.stdout is not None
    try:
        for line in child.stdout:
            on_line(_ANSI.sub("", line.rstrip()))
        code = child.wait()
    except KeyboardInterrupt:
        child.send_signal(signal.SIGINT)
        try:
            child.wait(_TIME_TO_END_S)
        except subprocess.TimeoutExpired:
            child.kill()
        raise
    finally:
        child.stdout.close()
    if code in ENDED_BY_CTRL_C:
        raise KeyboardInterrupt
    return code


@dataclass
class Cdk:
    """`runner` is swapped in tests."""

    account: Account
    runner: Runner = run

    def fetch(self, tick: Tick) -> Path:
        """Where the CLI's script lies: fetched once, and each time looked at whether it is still what was locked.

        Raises `Failure`.
        """
        folder = cache_folder(f"cdk-{VERSION}")
        if not _is_there(folder):
            tick("npm fetches the CDK CLI", 0, 0)
            node, said = find_node(), list[str]()
            for name in LOCK:
                shutil.copyfile(Path(__file__).parent / name, folder / name)
            command = [
                *node.npm, "ci", "--prefix", str(folder), "--no-audit", "--no-fund", "--ignore-scripts",
                "--no-bin-links", "--omit=optional",
            ]  # fmt: skip
            if self.runner(command, node.environment(), said.append) or not _is_there(folder):
                raise Failure(
                    f"npm could not fetch aws-cdk@{VERSION}: {' '.join(said[-3:])}",
                    "See that npm reaches its registry (npm ping), then run the same command again.",
                    NO_ANSWER,
                )
        return folder / "node_modules" / "aws-cdk" / "bin" / "cdk"

    def deploy(self, assembly: Path, stacks: Sequence[str], tick: Tick) -> None:
        """Deploy these stacks of a ready assembly, in order. Raises `Failure` where CloudFormation did not manage."""
        script, node = self.fetch(tick), find_node()
        command = [
            node.node, str(script), "deploy", *stacks, "--app", str(assembly), "--exclusively",
            "--require-approval", "never", "--no-previous-parameters", "--progress", "events", "--ci",
            "--no-notices", "--output", str(assembly),
        ]  # fmt: skip
        log = _Log(tick)
        with log:
            code = self._watched(command, self._environment(node), log)
        if code:
            raise Failure(
                f"The deployment failed: {log.last_words()}", f"The whole output is in {log.path}.", DEPLOYMENT_FAILED
            )

    def _watched(self, command: Sequence[str], environment: Mapping[str, str], log: _Log) -> int:
        try:
            return self.runner(command, environment, log)
        except KeyboardInterrupt:
            raise Failure(
                "Interrupted. What CloudFormation has begun it brings to an end by itself.",
                "Run the same command again; it waits for that and goes on.",
                INTERRUPTED,
            ) from None

    def _environment(self, node: Node) -> dict[str, str]:
        """The credentials of this session alone: what else the environment holds could lead the child elsewhere."""
        quiet = {"CDK_DISABLE_VERSION_CHECK": "1", "DISABLE_CLI_TELEMETRY": "true", "CDK_CLI_TELEMETRY": "false"}
        return node.environment() | quiet | dict(self.account.environment)


class _Log:
    """Every line into a file of its owner; progress and the last errors for the person."""

    def __init__(self, tick: Tick) -> None:
        self._tick = tick
        self.path = log_folder() / f"cdk-{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}.log"
        self._words: list[str] = []

    def __enter__(self) -> None:
        self.path.touch(mode=0o600)
        self._file = self.path.open("a", encoding="utf-8")

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def __call__(self, line: str) -> None:
        self._file.write(line + "\n")
        event = _EVENT.match(line)
        if event:
            self._tick(f"{event['stack']} {event['type']}", int(event["done"]), int(event["all"] or 0))
        elif line.strip():
            self._words = [*self._words[-KEPT:], line.strip()]

    def last_words(self) -> str:
        """What was refused before it began, resource by resource, else the last line about an error."""
        refused = [word for word in self._words if "🛑" in word]
        if refused:
            return "\n".join(["", *(f"  {word}" for word in refused)])[:4000]
        errors = [word for word in self._words if "rror" in word or "❌" in word or "fail" in word.lower()]
        return (errors or self._words or ["it said nothing"])[-1][:1000]


def _is_there(folder: Path) -> bool:
    """Every file is looked at, for whatever lies there runs with the credentials of who deploys."""
    return installed(folder) == DIGEST


def installed(folder: Path) -> str:
    """Of all names and contents that npm made; a symbolic link is none of its."""
    root = folder / "node_modules"
    paths = sorted(path for path in root.rglob("*") if path.is_symlink() or path.is_file())
    return digest_of((), root, words=[_word(path, root) for path in paths if path.name != ".package-lock.json"])


def _word(path: Path, root: Path) -> str:
    content = "link" if path.is_symlink() else hashlib.sha256(path.read_bytes()).hexdigest()
    return f"{content} {path.relative_to(root)}"
