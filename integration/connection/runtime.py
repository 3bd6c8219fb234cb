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
from integration.connection.declaration import CONNECTION

if TYPE_CHECKING:
    from collections.abc import Mapping

    from integration.declaration import Integration

_MAKING = threading.Lock()


@dataclass(frozen=True)
class Runtime:
    """`function` is what its log lines call it, `integration` whose it is. Each part is made when first asked for."""

    environment: Mapping[str, str]
    function: str
    session: boto3.Session
    integration: Integration = CONNECTION

    @cached_property
    def names(self) -> n.Names:
        return n.Names(self.environment.get(n.ENV_DEPLOYMENT, ""))

    @cached_property
    def telemetry(self) -> Telemetry:
        own, level = self.integration, self.environment.get(n.ENV_LOG_LEVEL, "error")
        service = self.names.telemetry_service
        return Telemetry(self.function, service, level, metrics=own.metrics, log_keys=own.log_keys)

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
def runtime(function: str, integration: Integration = CONNECTION) -> Runtime:
    """That of this container, which runs one function. `CONFIGURATION_REVISION` starts new containers."""
    return Runtime(os.environ, function, boto3.Session(), integration)
