"""The webhook, POST /webhook: a business rule says which record to look at; we say so on the bus."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from integration import names as n
from integration.aws.bus import Bus
from integration.aws.table import Table
from integration.connection.heard import Memory
from integration.connection.receiver import ExpectedInstance, Receiver
from integration.connection.runtime import runtime
from integration.registry import NOTIFICATIONS

if TYPE_CHECKING:
    from collections.abc import Mapping


def handler(event: Mapping[str, Any], _context: object) -> dict[str, Any]:
    return _receiver().answer(event)


@cache
def _receiver() -> Receiver:
    here = runtime("notifications_handler")
    environment, telemetry = here.environment, here.telemetry
    memory = Memory(Table(here.client("dynamodb"), environment[n.ENV_TABLE]), telemetry)
    expected = ExpectedInstance(here.client("ssm"), environment[n.ENV_PARAMETER_PREFIX])
    return Receiver(NOTIFICATIONS, Bus(here.client("events"), environment[n.ENV_BUS]), expected, memory, telemetry)
