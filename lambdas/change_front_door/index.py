"""The hooks, POST /gate/{kind}: a pipeline asks for a change; we check who asks and put it into the queue."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from integration import names as n
from integration.aws.bus import Event
from integration.aws.queue import Queue
from integration.aws.settings import load_values
from integration.changes.declaration import CHANGES
from integration.changes.gate.addresses import Allowed, listed
from integration.changes.gate.front_door import FrontDoor
from integration.changes.gate.hook_secrets import HookSecrets
from integration.changes.gate.names import ASKED_EVENT, ENV_QUEUE, ENV_SECRET
from integration.connection.runtime import runtime

if TYPE_CHECKING:
    from collections.abc import Mapping

HERE = runtime("change_front_door", CHANGES)


def handler(event: Mapping[str, Any], _context: object) -> dict[str, Any]:
    return _door().answer(event)


@cache
def _door() -> FrontDoor:
    secrets = HookSecrets(HERE.client("secretsmanager"), HERE.environment[ENV_SECRET])
    queue = Queue(HERE.client("sqs"), HERE.environment[ENV_QUEUE])

    def send(ask: dict[str, Any]) -> None:
        queue.send([(Event(n.SOURCE_INCIDENTS, ASKED_EVENT, ask), 0)])

    return FrontDoor(secrets, _allowed, send, HERE.telemetry)


def _allowed() -> Allowed:
    return listed(load_values(HERE.client("ssm"), HERE.environment[n.ENV_PARAMETER_PREFIX]))
