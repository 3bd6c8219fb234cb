"""All functions of the template: what they are started with, and their asynchronous invocations."""

from __future__ import annotations

import os
import secrets
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from integration.aws_plane.concurrency import Concurrency, Throttled
from integration.aws_plane.environment import Environment
from integration.aws_plane.function import Definition, Function, Watcher
from integration.aws_plane.gateway import Caller
from integration.aws_plane.output import Output

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from integration.aws_plane.hours import Hours

SOURCE = Path(__file__).resolve().parents[2]
"""Functions run from the repository, not from the bundle; a test elsewhere imports every handler from the bundle."""
RETRY_PAUSES_S = (60, 120)
"""Between the attempts of an asynchronous invocation (Lambda developer guide, "Asynchronous invocation")."""
_INHERITED = ("PATH", "HOME", "LD_LIBRARY_PATH", "SYSTEMROOT")


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
        for function in self:
            function.rest()

    def _environment(self, function: Function) -> Environment:
        """Each environment signs with a key of its own, so that a call tells which process made it."""
        definition = function.definition
        self.on_start(definition)
        key, secret = f"ASIA{secrets.token_hex(8).upper()}", secrets.token_urlsafe(30)
        token = secrets.token_urlsafe(30)
        principal = definition.role.arn.replace(":iam:", ":sts:").replace(":role/", ":assumed-role/")
        started: list[Environment] = []

        def kill() -> None:
            started[0].kill()

        caller = Caller(
            definition.name,
            secret,
            f"{principal}/{definition.name}",
            definition.role,
            kill,
            lambda: started[0],
            token=token,
        )
        self._callers[key] = caller
        variables = self._variables(definition, function.folder) | {
            "AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": secret, "AWS_SESSION_TOKEN": token,
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
