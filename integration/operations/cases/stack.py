"""Cases and incidents in step: queues, rules, both clients, the poller; all of it in the stack of the connection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import CfnOutput, Duration

from integration import names as n
from integration.connection.declaration import CONNECTION
from integration.operations.cases.event_rules import EventRules
from integration.operations.cases.grants import GRANTS
from integration.operations.stacks.base import Base, IntegrationStack, role_arn
from integration.operations.stacks.closing import close
from integration.operations.stacks.every_minute import EveryMinute, never_repeat
from integration.operations.stacks.queues import EventQueue, client_timeout_s

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def add(base: Base) -> IntegrationStack:
    """To the connection's stack, where it stood before there were others."""
    stack = base.made[CONNECTION.key]
    environment = {n.ENV_TABLE: stack.names.table, n.ENV_BUS: stack.names.bus, n.ENV_DATA_KEY: stack.data_key}
    _poller(stack, environment, _clients(stack, environment))
    return stack


def _clients(stack: IntegrationStack, environment: Mapping[str, str]) -> tuple[EventQueue, EventQueue]:
    """Both run the same whole pass; each has its own queues. Returns those that the poller sends to."""
    names, timeout = stack.names, Duration.seconds(client_timeout_s())
    cases = EventQueue(stack, "CaseEvents", names.cases_queue)
    incidents = EventQueue(stack, "IncidentEvents", names.incidents_queue)
    backfill = EventQueue(stack, "Backfill", names.backfill_queue)
    EventRules(stack, names, cases, incidents, backfill)
    client = stack.function("servicenow_client", timeout, environment)
    cases.feed(client)
    security_ir = stack.function("security_ir_client", timeout, environment)
    incidents.feed(security_ir)
    backfill.feed(security_ir)
    for each in (client, security_ir):
        each.add_environment(n.ENV_CLIENT_ROLES, f"{role_arn(client)} {role_arn(security_ir)}")
    CfnOutput(stack, n.OUTPUT_CLIENT, value=client.function_arn)
    return cases, incidents


def _poller(stack: IntegrationStack, environment: Mapping[str, str], queues: Sequence[EventQueue]) -> None:
    """Of functions it alone sends to the two queues of edits; operators send to the third."""
    names, timeout = stack.names, Duration.seconds(client_timeout_s())
    poller = stack.function("poller", timeout, {**environment, n.ENV_SETUP: stack.deployment.setup})
    never_repeat(poller)
    for each in queues:
        close(each.queue, poller.role)
    EveryMinute(
        stack, "PollSchedule", stack.deployment, "poll_schedule", names.poller, GRANTS["poll_schedule"],
        "Look for what no event told",
    ).node.add_dependency(poller)  # fmt: skip
