"""The functions of the template: environments, concurrency, timeouts, outputs."""

from __future__ import annotations

import json
import os
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from integration.aws_plane.concurrency import Concurrency, Throttled
from integration.aws_plane.environment import Environment, Outcome, failure
from integration.aws_plane.gateway import Caller
from integration.aws_plane.output import Output

if TYPE_CHECKING:
    from integration.aws_plane.hours import Hours
    from integration.aws_plane.iam import Role, Statement

LARGEST_EVENT = 6 * 1024 * 1024
DEFAULT_CONCURRENCY = 10
"""Environments of one function at most, where the template reserves none: AWS has 1,000, one machine has not."""
SOURCE = Path(__file__).resolve().parents[2]
"""Functions run from the repository, not from the bundle; a test elsewhere imports every handler from the bundle."""
LONGEST_PAUSE_S = 300.0
RETRY_PAUSES_S = (60, 120)
"""Between the attempts of an asynchronous invocation (Lambda developer guide, "Asynchronous invocation")."""
_INHERITED = ("PATH", "HOME", "LD_LIBRARY_PATH", "SYSTEMROOT")


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
        environment = self._take()
        with self._changed:
            self.started += 1
        try:
            return environment.invoke(payload, self.definition.arn, self.definition.timeout_s)
        finally:
            self._give_back(environment)

    def _count(self, outcome: Outcome) -> None:
        with self._changed:
            self.invocations += 1
            self.errors += bool(outcome.error)
            self.peak_mib = max(self.peak_mib, outcome.peak_mib)
        self.output.write(
            f"REPORT RequestId: {outcome.request_id} Duration: {outcome.ms:.2f} ms Memory Size: "
            f"{self.definition.memory_mib} MB Max Memory Used: {outcome.peak_mib:.0f} MB"
        )
        if outcome.error:
            told: Any = outcome.answer
            self.output.write(f"ERROR RequestId: {outcome.request_id} {told.get('errorType', outcome.error)}")
        for watcher in self.watchers:
            watcher(self.name, outcome)

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


class Functions:
    """All functions of the plane, by name; starts their processes with what the template and the gateway give them."""

    def __init__(self, folder: Path, account: str, region: str, callers: dict[str, Caller], hours: Hours) -> None:
        self._folder, self._hours = folder, hours
        self._account, self._region = account, region
        self._callers = callers
        self._by_name: dict[str, Function] = {}
        self._later = ThreadPoolExecutor(max_workers=32, thread_name_prefix="async-invoke")
        self._ending = threading.Event()
        self.on_start: Callable[[Definition], None] = lambda _definition: None
        """Told of every environment that starts, before it does."""
        self.aws_url = ""
        self.extra_variables: dict[str, str] = {}
        self.concurrency = Concurrency()
        self.source_paths: list[Path] = [SOURCE]
        self.watchers: list[Watcher] = []

    def __getitem__(self, name_or_arn: str) -> Function:
        return self._by_name[name_or_arn.rpartition(":")[2]]

    def __contains__(self, name_or_arn: str) -> bool:
        return name_or_arn.rpartition(":")[2] in self._by_name

    def __iter__(self) -> Iterator[Function]:
        return iter(list(self._by_name.values()))

    def define(self, definition: Definition) -> Function:
        existing = self._by_name.get(definition.name)
        if existing:
            existing.replace(definition)
            return existing
        folder = self._folder / definition.name
        folder.mkdir(parents=True, exist_ok=True)
        output = Output(definition.name, folder / "log.txt")
        function = Function(
            definition, output, folder, self._environment, account=self.concurrency, watchers=self.watchers
        )
        self._by_name[definition.name] = function
        return function

    def remove(self, name: str) -> None:
        self.concurrency.reserve(name, None)
        self._by_name.pop(name).close()

    def later(self, name: str, event: Any) -> None:
        """An asynchronous invocation; its outcome is seen by watchers and in the log."""
        function = self[name]
        self._later.submit(self._quietly, function, event)

    def _quietly(self, function: Function, event: Any) -> None:
        """One that was throttled until its time was over is told in the log."""
        try:
            for pause_s in (*RETRY_PAUSES_S[: function.retries], 0):
                if not function.eventually(event).error or self._ending.wait(pause_s):
                    return
        except Throttled as error:
            function.output.write(f"THROTTLED {error}")

    def close(self) -> None:
        self._ending.set()
        self._later.shutdown(wait=False, cancel_futures=True)
        for function in self:
            function.close()

    def _environment(self, function: Function) -> Environment:
        """Each environment signs with a key of its own, so that a call tells which process made it."""
        definition = function.definition
        self.on_start(definition)
        key, secret = f"ASIA{secrets.token_hex(8).upper()}", secrets.token_urlsafe(30)
        principal = definition.role.arn.replace(":iam:", ":sts:").replace(":role/", ":assumed-role/")
        started: list[Environment] = []

        def kill() -> None:
            started[0].kill()

        caller = Caller(
            definition.name, secret, f"{principal}/{definition.name}", definition.role, kill, lambda: started[0]
        )
        self._callers[key] = caller
        variables = self._variables(definition, function.folder) | {
            "AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": secret, "AWS_SESSION_TOKEN": secrets.token_urlsafe(30),
        }  # fmt: skip
        write, now = function.output.write, self._hours.now
        started.append(Environment(definition.handler, variables, function.folder, write, now))
        return started[0]

    def _variables(self, definition: Definition, folder: Path) -> dict[str, str]:
        """Source: Lambda developer guide, "Defined runtime environment variables"."""
        inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
        return {
            **inherited,
            "LANG": "en_US.UTF-8", "TZ": ":UTC", "PYTHONUNBUFFERED": "1", "TMPDIR": str(folder),
            **self._hours.environment(os.pathsep.join(map(str, self.source_paths))),
            "LAMBDA_TASK_ROOT": str(self.source_paths[0]), "_HANDLER": definition.handler,
            "AWS_REGION": self._region, "AWS_DEFAULT_REGION": self._region, "AWS_ENDPOINT_URL": self.aws_url,
            "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13", "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_LAMBDA_FUNCTION_NAME": definition.name, "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(definition.memory_mib),
            "AWS_LAMBDA_LOG_GROUP_NAME": definition.log_name,
            "AWS_LAMBDA_LOG_STREAM_NAME": "local", "AWS_LAMBDA_LOG_FORMAT": definition.log_format,
            "AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            **definition.variables, **self.extra_variables,
        }  # fmt: skip
