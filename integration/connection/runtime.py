"""The environment, AWS clients and telemetry of one function."""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

import boto3

from integration import names as n
from integration.aws.errors import connect
from integration.aws.telemetry import Telemetry

if TYPE_CHECKING:
    from collections.abc import Mapping

_MAKING = threading.Lock()


@dataclass(frozen=True)
class Runtime:
    """`function` is what its log lines call it. Each part is made when it is first asked for."""

    environment: Mapping[str, str]
    function: str
    session: boto3.Session

    @cached_property
    def names(self) -> n.Names:
        return n.Names(self.environment.get(n.ENV_DEPLOYMENT, ""))

    @cached_property
    def telemetry(self) -> Telemetry:
        return Telemetry(self.function, self.names.telemetry_service, self.environment.get(n.ENV_LOG_LEVEL, "error"))

    @cached_property
    def _clients(self) -> dict[str, Any]:
        return {}

    def client(self, service: str) -> Any:
        """Made once; boto3 makes clients in one thread at a time only."""
        with _MAKING:
            if service not in self._clients:
                self._clients[service] = connect(self.session, service)
            return self._clients[service]


@cache
def runtime(function: str) -> Runtime:
    """That of this container, which runs one function. `CONFIGURATION_REVISION` starts new containers."""
    return Runtime(os.environ, function, boto3.Session())
