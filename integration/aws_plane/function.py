"""One function of the template: its environments, concurrency, timeouts."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from integration.aws_plane.concurrency import Concurrency, Throttled
from integration.aws_plane.environment import Environment, Outcome, failure

if TYPE_CHECKING:
    from pathlib import Path

    from integration.aws_plane.iam import Role, Statement
    from integration.aws_plane.output import Output

LARGEST_EVENT = 6 * 1024 * 1024
DEFAULT_CONCURRENCY = 10
"""Environments of one function at most, where the template reserves none: AWS has 1,000, one machine has not."""
LONGEST_PAUSE_S = 300.0
LAST_LINE_S = 5.0


class FunctionFailed(RuntimeError):
    """An invocation ended in an error; `kind` and the message are what Lambda would answer."""

    def __init__(self, function: str, outcome: Outcome) -> None:
        told: Any = outcome.answer
        self.kind = told.get("errorType", "") if isinstance(told, dict) else ""
        self.outcome = outcome
        super().__init__(f"{function}: {self.kind}: {told.get('errorMessage') if isinstance(told, dict) else told}")


@dataclass(frozen=True)
class Definition:
    """A function as the template has it, resolved. `timeout_s` seconds, `memory_mib` MiB."""

    name: str
    arn: str
    handler: str
    role: Role
    variables: Mapping[str, str]
    timeout_s: float
    memory_mib: int
    concurrency: int = DEFAULT_CONCURRENCY
    log_format: str = "Text"
    log_group: str = ""

    @property
    def log_name(self) -> str:
        """Of its group: Lambda's own unless the template names one."""
        return self.log_group or f"/aws/lambda/{self.name}"


Watcher = Callable[[str, Outcome], None]


@dataclass
class Function:
    definition: Definition
    output: Output
    folder: Path
    _start: Callable[[Function], Environment]
    permissions: list[Statement] = field(default_factory=list)
    """Its resource policy: who may invoke it, from AWS::Lambda::Permission."""
    retries: int = 2
    """Of an asynchronous invocation that failed; AWS's default, changed by AWS::Lambda::EventInvokeConfig."""
    event_age_s: float = 6 * 3600
    """How long an asynchronous invocation is tried; the same."""
    account: Concurrency = field(default_factory=Concurrency)
    throttles: int = 0
    started: int = 0
    invocations: int = 0
    """Ended ones."""
    errors: int = 0
    cold_starts: int = 0
    peak_mib: float = 0.0
    watchers: list[Watcher] = field(default_factory=list)
    _environments: list[Environment] = field(default_factory=list)
    _idle: list[Environment] = field(default_factory=list)
    _retired: list[Environment] = field(default_factory=list)
    _changed: threading.Condition = field(default_factory=threading.Condition)
    _closed: bool = False

    @property
    def name(self) -> str:
        return self.definition.name

    def invoke(self, event: Any) -> Outcome:
        """Raises Throttled at once where the account has no room; waits for a free environment of this machine as long
        as the function's own timeout.
        """
        payload = json.dumps(event).encode()
        if len(payload) > LARGEST_EVENT:
            return failure("RequestTooLargeException", f"the event has {len(payload)} bytes, Lambda takes 6 MiB")
        try:
            with self.account.taken(self.name):
                outcome = self._run(payload)
        except Throttled:
            self.throttles += 1
            raise
        self._count(outcome)
        return outcome

    def eventually(self, event: Any) -> Outcome:
        """Again and again while it is throttled, from a second to five minutes apart. Raises Throttled where its time
        is over, or the function gone.

        Source: Lambda developer guide, "How Lambda handles errors and retries with asynchronous invocation".
        """
        over, pause_s = time.monotonic() + self.event_age_s, 1.0
        while True:
            try:
                return self.invoke(event)
            except Throttled:
                if time.monotonic() + pause_s > over or self._ends_within(pause_s):
                    raise
                pause_s = min(2 * pause_s, LONGEST_PAUSE_S)

    def _ends_within(self, seconds: float) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: self._closed, seconds)

    def _run(self, payload: bytes) -> Outcome:
        with self._changed:
            self.started += 1  # also while its environment starts: it is under way
        try:
            environment = self._take()
        except Throttled:
            with self._changed:
                self.started -= 1
            raise
        try:
            return environment.invoke(payload, self.definition.arn, self.definition.timeout_s)
        finally:
            self._give_back(environment)

    def _count(self, outcome: Outcome) -> None:
        self._write(outcome)
        with self._changed:
            self.invocations += 1
            self.errors += bool(outcome.error)
            self.peak_mib = max(self.peak_mib, outcome.peak_mib)
            self._changed.notify_all()
        for watcher in self.watchers:
            watcher(self.name, outcome)

    def _write(self, outcome: Outcome) -> None:
        self.output.write(
            f"REPORT RequestId: {outcome.request_id} Duration: {outcome.ms:.2f} ms Memory Size: "
            f"{self.definition.memory_mib} MB Max Memory Used: {outcome.peak_mib:.0f} MB"
        )
        if outcome.error:
            told: Any = outcome.answer
            self.output.write(f"ERROR RequestId: {outcome.request_id} {told.get('errorType', outcome.error)}")

    def warm(self, environments: int = 1) -> None:
        """Start environments ahead of the first event."""
        with self._changed:
            while not self._closed and len(self._environments) < min(environments, self.definition.concurrency):
                self._idle.append(self._new())

    def replace(self, definition: Definition) -> None:
        """New code or configuration: what runs now ends its invocation and is not used again."""
        with self._changed:
            self.definition = definition
            outdated, self._idle = self._idle, []
            self._retired += self._environments
            self._environments = []
        for environment in outdated:
            environment.kill()

    def kill(self) -> int:
        """Every environment dies where it stands; the number of them."""
        with self._changed:
            found = [e for e in self._environments + self._retired if e.alive]
        for environment in found:
            environment.kill()
        return len(found)

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self.kill()

    def rest(self) -> None:
        """Until whatever ran has written its last line, for a moment: its folder may be gone then."""
        with self._changed:
            self._changed.wait_for(lambda: not self.running, LAST_LINE_S)

    @property
    def running(self) -> int:
        return self.started - self.invocations

    @property
    def environments(self) -> list[Environment]:
        """Those whose process runs."""
        with self._changed:
            return [e for e in self._environments if e.alive]

    @property
    def processes(self) -> list[int]:
        with self._changed:
            return [e.process.pid for e in self._environments if e.alive]

    def _take(self) -> Environment:
        deadline = time.monotonic() + max(self.definition.timeout_s, 60)
        with self._changed:
            while not self._closed:
                self._environments = [e for e in self._environments if e.alive]
                self._idle = [e for e in self._idle if e.alive]
                if self._idle:
                    return self._idle.pop()
                if len(self._environments) < self.definition.concurrency:
                    return self._new()
                if not self._changed.wait(deadline - time.monotonic()):
                    break
        raise Throttled(self.name)

    def _new(self) -> Environment:
        environment = self._start(self)
        self._environments.append(environment)
        self.cold_starts += 1
        return environment

    def _give_back(self, environment: Environment) -> None:
        with self._changed:
            outdated = environment not in self._environments
            if environment.alive and not outdated:
                self._idle.append(environment)
            self._changed.notify()
        if outdated or self._closed:
            environment.kill()
